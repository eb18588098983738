"""Q4_K by hand against the gguf package: scales, blocks, and what rounding leaves."""

import gguf
import numpy as np
import pytest
from llmcourse.scratch.gguf_blocks import dequantize, quantize
from llmcourse.scratch.k_quants import pack_q4_k, pack_scales, unpack_q4_k, unpack_scales

Q4_K = gguf.GGMLQuantizationType.Q4_K


def test_any_block_is_unpacked_as_by_the_package():
    blocks = np.random.default_rng(0).integers(0, 256, (400, 144), dtype=np.uint8)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(unpack_q4_k(blocks), gguf.quants.dequantize(blocks, Q4_K))


def test_scales_are_those_of_the_package_and_come_back():
    packed = np.random.default_rng(1).integers(0, 256, (300, 12), dtype=np.uint8)
    theirs = gguf.quants.Q4_K.get_scale_min(packed)
    for ours, expected in zip(unpack_scales(packed), theirs, strict=True):
        np.testing.assert_array_equal(ours, expected.reshape(-1, 8))
    np.testing.assert_array_equal(pack_scales(*unpack_scales(packed)), packed)


@pytest.mark.parametrize("size", [1, 1e-3, 100])
@pytest.mark.parametrize("shift", [0, 3, -3])
def test_rounding_is_off_by_little(size, shift):
    values = (np.random.default_rng(2).standard_normal((40, 256)).astype(np.float32) + shift) * size
    back = unpack_q4_k(pack_q4_k(values))
    # A step is at most the block's widest range over 15; coarse scales and minima add as much again.
    reach = np.maximum(values.max(-1), 0) - np.minimum(values.min(-1), 0)
    assert (np.abs(back - values).max(-1) <= reach / 15).all()


def test_it_beats_q4_0_at_the_same_size():
    values = np.random.default_rng(3).standard_normal((200, 256)).astype(np.float32)
    blocks, plain = pack_q4_k(values), quantize(values, "Q4_0")
    assert blocks.shape == plain.shape == (200, 144)
    off = [np.square(dequantize(each, kind) - values).mean() for each, kind in ((blocks, "Q4_K"), (plain, "Q4_0"))]
    assert off[0] < off[1]


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1e-9])
def test_a_block_of_one_value_stays_finite(value):
    back = unpack_q4_k(pack_q4_k(np.full((1, 256), value, np.float32)))
    assert np.isfinite(back).all() and np.abs(back - value).max() < 0.01
