"""The GGUF reader and its blocks against the gguf package; damaged and hostile files; GGUFMap in Python."""

import json
import math
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import GGUFMap
from llmcourse.scratch.gguf import read
from llmcourse.scratch.gguf_blocks import TYPES, dequantize, quantize
from vectors.make_gguf_map import vectors
from widget_examples.gguf_map import write_example

KINDS = gguf.GGMLQuantizationType
UNPACKED = [kind.name for kind in gguf.quants._type_traits]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("gguf") / "small.gguf")


def assert_same(ours, path):
    theirs = gguf.GGUFReader(path)
    fields = {key: field for key, field in theirs.fields.items() if not key.startswith("GGUF.")}
    assert list(ours.metadata) == list(fields)
    for key, field in fields.items():
        value, expected = ours.metadata[key].value, field.contents()
        assert (list(value) if isinstance(expected, list) else value) == expected, key
        assert ours.metadata[key].start == field.offset
    assert len(ours.tensors) == len(theirs.tensors)
    for tensor in theirs.tensors:
        our = ours.tensors[tensor.name]
        assert (our.type, our.start, our.size) == (tensor.tensor_type.name, tensor.data_offset, tensor.n_bytes)
        assert our.shape == tuple(int(size) for size in reversed(tensor.shape))
        expected = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(ours.values_of(tensor.name), expected.reshape(our.shape))
    assert ours.data_start == theirs.data_offset


@pytest.mark.parametrize("kind", [KINDS.Q4_0, KINDS.Q4_1, KINDS.Q8_0, KINDS.F16, KINDS.BF16, KINDS.F32], ids=str)
def test_reads_what_the_gguf_package_reads(tmp_path, kind):
    from tiny_gguf import write_tiny_gguf

    path = write_tiny_gguf(tmp_path / "tiny.gguf", kind)
    assert_same(read(path), path)


def test_reads_the_real_file_as_the_gguf_package_does():
    from llmcourse.embedded_model import gguf_file

    path = gguf_file()
    ours = read(path)
    assert (len(ours.tensors), len(ours.data)) == (272, 98_362_432)
    assert_same(ours, path)


def test_all_kinds_of_metadata(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "kinds.gguf", "llama")
    for name, value in (
        ("uint8", 255),
        ("int8", -7),
        ("uint16", 65535),
        ("int16", -9),
        ("int32", -5),
        ("uint64", 2**63),
    ):
        getattr(writer, f"add_{name}")(f"a.{name}", value)
    writer.add_float64("a.float64", 0.1)
    writer.add_bool("a.bool", True)
    writer.add_string("a.text", "naïve 🎉 \x00 مرحبا")
    writer.add_array("a.texts", ["one", "", "three"])
    writer.add_array("a.numbers", [1.5, -2.5])
    writer.add_array("a.bools", [True, False])
    writer.add_custom_alignment(64)
    writer.add_tensor("scalar", np.ones(1, np.float32))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    ours = read(tmp_path / "kinds.gguf")
    assert_same(ours, tmp_path / "kinds.gguf")
    assert ours.alignment == 64 and ours.tensors["scalar"].start % 64 == 0
    assert ours.metadata["a.bool"].value is True
    assert ours.metadata["a.texts"].kind == "array of string"


def test_the_table_of_types_is_the_packages():
    theirs = {int(kind): (kind.name, *sizes) for kind, sizes in gguf.constants.GGML_QUANT_SIZES.items()}
    assert {number: theirs[number] for number in TYPES} == TYPES


@pytest.mark.parametrize("name", UNPACKED)
def test_any_block_is_unpacked_as_by_the_package(name):
    size = gguf.constants.GGML_QUANT_SIZES[KINDS[name]][1]
    blocks = np.random.default_rng(1).integers(0, 256, (200, 3 * size), dtype=np.uint8)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(dequantize(blocks, name), gguf.quants.dequantize(blocks, KINDS[name]))


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q8_0"])
@pytest.mark.parametrize("size", [1, 1e-3, 1e3, 6e-8, 0])
def test_quantizes_as_the_package(name, size):
    values = (np.random.default_rng(2).standard_normal((64, 96)) * size).astype(np.float32)
    values[0, :32] = 0
    values[1, 3] = values[1, 7] = 3 * size  # two furthest weights
    values[2] = np.round(values[2] * 2) / 2  # ties
    with np.errstate(all="ignore"):
        expected = gguf.quants.quantize(values, KINDS[name])
    np.testing.assert_array_equal(quantize(values, name), expected)


def test_the_vectors_are_those_of_the_package():
    stored = json.loads((Path(__file__).parent / "vectors" / "gguf_map.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(vectors()))
    for case in stored:
        block = np.frombuffer(bytes.fromhex(case["bytes"]), np.uint8)
        assert dequantize(block, case["type"]).tolist() == case["values"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: quantize(np.ones(32), "Q5_0"), "type must be one of Q4_0, Q4_1, Q8_0"),
        (lambda: quantize(np.ones(31), "Q4_0"), "whole blocks of 32"),
        (lambda: quantize(np.full(32, np.nan), "Q4_0"), "finite"),
        (lambda: quantize(np.full(32, 1e6), "Q4_1"), "65,504"),
        (lambda: dequantize(np.zeros(17, np.uint8), "Q4_0"), "whole blocks of 18 bytes"),
        (lambda: dequantize(np.zeros(18), "Q4_0"), "uint8"),
        (lambda: dequantize(np.zeros(36, np.uint8), "Q9"), "type must be one of"),
        (lambda: dequantize(np.zeros(292, np.uint8), "Q8_K"), "cannot unpack it"),
    ],
)
def test_bad_blocks_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def header(version=3, tensors=0, entries=0):
    return b"GGUF" + struct.pack("<IQQ", version, tensors, entries)


def text(value):
    return struct.pack("<Q", len(value)) + value


NESTED = struct.pack("<IQ", 9, 1) * 50
INFO = text(b"w") + struct.pack("<IQIQ", 1, 32, 2, 0)
HOSTILE_FILES = {
    "is not a GGUF file": b"PK\x03\x04" + bytes(100),
    "is cut off: its header": b"GGUF\x03\x00",
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 1, 1),
    "version 1;": header(version=1),
    "more than any real file": header(tensors=2**63),
    r"holds 18,446,744,073,709,551,615 metadata": header(entries=2**64 - 1),
    "cut off in the name of a metadata entry": header(entries=1) + struct.pack("<Q", 2**62),
    "unknown type 99": header(entries=1) + text(b"k") + struct.pack("<I", 99),
    "needs 36,893,488,147,419,103,232 bytes": header(entries=1) + text(b"k") + struct.pack("<IIQ", 9, 10, 2**62),
    "more than 4 deep": header(entries=1) + text(b"k") + struct.pack("<I", 9) + NESTED,
    "array of the unknown type": header(entries=1) + text(b"k") + struct.pack("<IIQ", 9, 77, 1),
    "two metadata entries called 'k'": header(entries=2) + (text(b"k") + struct.pack("<IB", 0, 1)) * 2,
    "dimensions; at most 4": header(tensors=1) + text(b"w") + struct.pack("<I", 2**31),
    "tensor 'w' has the unknown type 4": header(tensors=1) + text(b"w") + struct.pack("<IQIQ", 1, 32, 4, 0),
    "no whole blocks of 32": header(tensors=1) + text(b"w") + struct.pack("<IQIQ", 1, 33, 2, 0),
    "ends .* bytes after the end of the file": header(tensors=1)
    + text(b"w")
    + struct.pack("<IQQIQ", 2, 2**40, 2**60, 2, 0),
    "larger than any real one": header(tensors=1) + text(b"w") + struct.pack("<IQQIQ", 2, 2**63, 0, 0, 0) + bytes(99),
    "multiple of 32": header(tensors=1) + text(b"w") + struct.pack("<IQIQ", 1, 32, 2, 5) + bytes(99),
    "overlap": header(tensors=2) + INFO + INFO.replace(b"w", b"v") + bytes(99),
    "power of two": header(entries=1) + text(b"general.alignment") + struct.pack("<II", 4, 0),
}


@pytest.mark.parametrize("words", HOSTILE_FILES)
def test_a_hostile_file_gets_one_clear_sentence(tmp_path, words):
    path = tmp_path / "bad.gguf"
    path.write_bytes(HOSTILE_FILES[words])
    with pytest.raises(ValueError, match=words) as caught:
        read(path)
    assert str(caught.value).startswith("bad.gguf ") and "\n" not in str(caught.value)


def test_no_file_and_a_folder_are_the_systems_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.gguf")
    with pytest.raises(OSError):
        read(tmp_path)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_mutated_and_truncated_bytes_never_hang_or_crash(small, tmp_path_factory, data):
    sound = small.read_bytes()
    path = tmp_path_factory.mktemp("mutated") / "bad.gguf"
    for _ in range(40):
        content = bytearray(sound)
        for place, byte in data.draw(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=3)):
            content[place] = byte
        length = data.draw(st.integers(0, 2 * len(sound)))
        path.write_bytes(content[:length])
        try:
            found = read(path)
        except ValueError as problem:
            assert str(problem).startswith("bad.gguf ")
        else:
            assert all(tensor.start + tensor.size <= len(found.data) for tensor in found.tensors.values())
            assert GGUFMap(path).summary


def test_the_map_names_every_byte_once(small):
    view = GGUFMap(small)
    assert view.bounds[0] == 0 and view.bounds[-1] == view.size == small.stat().st_size
    assert view.bounds == sorted(view.bounds)
    assert view.entries[0][3] == 24
    for (*_, end), (*_, start, _) in zip(view.entries, view.entries[1:], strict=False):
        assert start == end
    infos = sorted((row[5], row[6]) for row in view.tensors)
    assert (infos[0][0], infos[-1][1]) == (view.bounds[2], view.bounds[3])


def test_any_block_is_read_from_the_file(small):
    view = GGUFMap(small)
    for place, row in enumerate(view.tensors):
        weights, size, _, _ = view.units[row[1]]
        view.tensor = place
        expected = view.file.values_of(row[0]).reshape(-1) if view.block_values is not None else None
        for block in (0, 3, 10**9):
            view.block = block
            assert view.block_at == [place, view.block]
            start = row[3] + view.block * size
            assert view.block_bytes == view.file.data[start : min(start + size, row[3] + row[4])].tobytes()
            if expected is not None:
                first = view.block * weights
                np.testing.assert_array_equal(view.block_values, expected[first : first + weights])
        assert view.block == math.ceil(row[4] / size) - 1, "one past the end becomes the last"


def test_a_choice_out_of_range_becomes_the_nearest(small):
    view = GGUFMap(small, section=99, entry=-4, tensor=10**6, block=-1, weight=10**6)
    assert (view.section, view.entry, view.tensor, view.block) == (4, 0, len(view.tensors) - 1, 0)
    view.tensor = 0
    view.block = 5
    view.tensor = len(view.tensors) - 1
    assert view.block_at == [view.tensor, view.block]


def test_a_file_without_tensors(tmp_path):
    path = tmp_path / "empty.gguf"
    path.write_bytes(header())
    view = GGUFMap(path)
    assert view.block_values is None
    assert "0 tensors (none)" in view.summary
    assert view.picture().startswith(b"\x89PNG") and view.to_html()


@settings(max_examples=10, deadline=None)
@given(place=st.tuples(*[st.integers(-5, 10**7)] * 5))
def test_any_place_has_a_picture_and_a_page(small, place):
    view = GGUFMap(small, **dict(zip(("section", "entry", "tensor", "block", "weight"), place, strict=True)))
    assert view.summary.startswith("small.gguf: GGUF version 3")
    assert view.picture().startswith(b"\x89PNG")
    assert "gguf-map" in view.to_html()
