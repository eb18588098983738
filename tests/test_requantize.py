"""Models written anew in other formats: values as the gguf package rounds them, metadata byte for byte."""

import gguf
import numpy as np
import pytest
from llmcourse.requantize import FORMATS, pack, plan, requantize, short_name, split_format
from llmcourse.scratch.gguf import read
from tiny_gguf import write_tiny_gguf

KINDS = gguf.GGMLQuantizationType


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return read(write_tiny_gguf(tmp_path_factory.mktemp("source") / "tiny.gguf", KINDS.F32))


@pytest.mark.parametrize("format", [each for each in FORMATS if each != "Q4_K"])
def test_matrices_are_rounded_as_by_the_package(source, tmp_path, format):
    size = requantize(source, tmp_path / "new.gguf", f"{format}:Q8_0")
    assert size == (tmp_path / "new.gguf").stat().st_size
    for tensor in gguf.GGUFReader(tmp_path / "new.gguf").tensors:
        kind = "Q8_0" if tensor.name == "token_embd.weight" else format
        kind = kind if len(tensor.shape) > 1 else "F32"
        assert tensor.tensor_type.name == kind
        expected = gguf.quants.quantize(source.values_of(tensor.name), KINDS[kind])
        np.testing.assert_array_equal(tensor.data.reshape(-1).view(np.uint8), expected.reshape(-1).view(np.uint8))


def test_metadata_is_copied_but_for_the_file_type(source, tmp_path):
    requantize(source, tmp_path / "new.gguf", "Q4_0")
    new = read(tmp_path / "new.gguf")
    assert list(new.metadata) == list(source.metadata)
    for name, entry in new.metadata.items():
        old = source.metadata[name]
        if name != "general.file_type":
            same = new.data[entry.start : entry.end], source.data[old.start : old.end]
            np.testing.assert_array_equal(*same)


def test_the_same_format_changes_no_byte_of_a_weight(tmp_path):
    source = read(write_tiny_gguf(tmp_path / "tiny.gguf", KINDS.Q4_1))
    requantize(source, tmp_path / "new.gguf", "Q4_1:Q4_1")
    new = read(tmp_path / "new.gguf")
    for name in source.tensors:
        np.testing.assert_array_equal(new.bytes_of(name), source.bytes_of(name))


def test_rows_that_do_not_fit_fall_back(source):
    kinds = {tensor.type for tensor in plan(source, "Q4_K")}
    assert kinds == {"F32", "Q5_0", "Q8_0"}  # rows of 64 and 96 are no multiple of 256


def test_rows_of_256_become_q4_k():
    values = np.random.default_rng(0).standard_normal((2, 3, 512)).astype(np.float32)
    packed = pack(values, "Q4_K")
    assert packed.shape == (2, 3, 288)
    back = gguf.quants.dequantize(packed, KINDS.Q4_K)
    assert np.abs(back - values).max() < 0.5


def test_progress_counts_every_weight(source, tmp_path):
    told = []
    requantize(source, tmp_path / "new.gguf", "F16", told.append)
    assert len(told) == len(source.tensors)
    assert sum(told) == sum(int(np.prod(tensor.shape)) for tensor in source.tensors.values())


def test_formats_and_names():
    assert split_format("F16") == ("F16", "F16")
    for strange in ("Q9", "Q4_0:", "", "Q4_0:Q9", "Q4_0:Q4_0:Q4_0"):
        with pytest.raises(ValueError, match="format must be one of"):
            split_format(strange)
    assert [short_name(each) for each in ("a.Q4_1.gguf", "a-f16.gguf", "a.gguf", "v1.5.Q4_K_M.gguf")] == [
        "a", "a", "a", "v1.5",
    ]  # fmt: skip
