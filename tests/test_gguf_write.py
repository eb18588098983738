"""GGUF files written by hand: read by our reader and by the gguf package, whole or not at all."""

import gguf
import numpy as np
import pytest
from llmcourse.scratch.gguf import read
from llmcourse.scratch.gguf_write import Planned, pack_entry, padding, write

KINDS = {
    "uint8": 255, "int8": -7, "uint16": 65535, "int16": -9, "uint32": 7, "int32": -5, "uint64": 2**63,
    "int64": -(2**62), "float32": 0.5, "float64": 0.1, "bool": True, "string": "naïve 🎉",
}  # fmt: skip
ARRAYS = {"array of string": ["one", "", "three"], "array of int32": [1, -2, 3], "array of float32": [0.5, -1.5]}


def tensor(name, shape, value=1.0):
    values = np.full(shape, value, np.float32)
    return Planned(name, "F32", shape, lambda: values.view(np.uint8))


def test_what_is_written_is_read_by_us_and_by_the_package(tmp_path):
    entries = [pack_entry(f"a.{kind}", kind, value) for kind, value in (KINDS | ARRAYS).items()]
    path = tmp_path / "ours.gguf"
    size = write(path, entries, [tensor("first", (3, 5)), tensor("second", (7,), 2.0)])
    assert size == path.stat().st_size
    ours, theirs = read(path), gguf.GGUFReader(path)
    for kind, value in (KINDS | ARRAYS).items():
        assert ours.metadata[f"a.{kind}"].kind == kind
        found = theirs.fields[f"a.{kind}"].contents()
        assert (list(found) if isinstance(value, list) else found) == value
    assert [each.name for each in theirs.tensors] == ["first", "second"]
    np.testing.assert_array_equal(theirs.tensors[0].data, np.ones((3, 5), np.float32))
    np.testing.assert_array_equal(ours.values_of("second"), np.full(7, 2.0, np.float32))
    assert all(each.start % 32 == 0 for each in ours.tensors.values())


def test_another_alignment_stands_in_its_entry(tmp_path):
    path = tmp_path / "wide.gguf"
    entry = pack_entry("general.alignment", "uint32", 128)
    write(path, [entry], [tensor("first", (3,)), tensor("second", (3,))], alignment=128)
    assert [each.start % 128 for each in read(path).tensors.values()] == [0, 0]
    assert [each.data_offset % 128 for each in gguf.GGUFReader(path).tensors] == [0, 0]


def test_padding_reaches_the_next_multiple_and_not_further():
    assert [padding(place, 8) for place in (0, 1, 7, 8, 9)] == [0, 7, 1, 0, 7]


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"old")

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, [], [tensor("first", (8,)), Planned("second", "F32", (8,), stop)])
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda path: write(path, [], [Planned("w", "Q4_0", (2, 31), None)]), "whole blocks of 32"),
        (lambda path: write(path, [], [Planned("w", "F32", (2,), lambda: np.zeros(4, np.uint8))]), "must have 8 bytes"),
        (lambda path: pack_entry("a", "text", "b"), "kind must be one of"),
    ],
)
def test_bad_input_is_named(tmp_path, call, words):
    with pytest.raises(ValueError, match=words):
        call(tmp_path / "bad.gguf")
    assert list(tmp_path.iterdir()) == []
