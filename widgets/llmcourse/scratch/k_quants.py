"""Q4_K, the best known of llama.cpp's K-quants: 256 weights share two float16 scales, and scales have scales.

A block is a float16 scale, a float16 scale of the minima, 12 bytes that hold eight scales and eight minima of 6 bits,
and 128 bytes of 4-bit codes. The layout and the order of operations:
https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h (block_q4_K).
"""

import numpy as np

WEIGHTS, BYTES, PARTS = 256, 144, 8  # of a block; its parts of 32 weights have a scale and a minimum each


def unpack_scales(packed):
    """The eight scales and eight minima (0 to 63) out of 12 bytes.

    packed: (blocks, 12) uint8. Returns (scales, minima), (blocks, 8) uint8 each. The low six bits of the first eight
    bytes hold the first four scales and minima. The other four have their low halves in the last four bytes, and their
    two high bits where the first eight bytes had two to spare.

    >>> unpack_scales(np.full((1, 12), 255, np.uint8))[0]
    array([[63, 63, 63, 63, 63, 63, 63, 63]], dtype=uint8)
    """
    first, second, third = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scales = np.concatenate([first & 63, (third & 15) | (first >> 6 << 4)], axis=-1)
    minima = np.concatenate([second & 63, (third >> 4) | (second >> 6 << 4)], axis=-1)
    return scales, minima


def pack_scales(scales, minima):
    """The 12 bytes that `unpack_scales` reads: (blocks, 12) uint8 from two (blocks, 8) of 0 to 63.

    >>> unpack_scales(pack_scales(np.arange(8)[None], np.arange(8)[None] + 50))[1]
    array([[50, 51, 52, 53, 54, 55, 56, 57]], dtype=uint8)
    """
    scales, minima = scales.astype(np.uint8), minima.astype(np.uint8)
    first = scales[:, :4] | (scales[:, 4:] >> 4 << 6)
    second = minima[:, :4] | (minima[:, 4:] >> 4 << 6)
    third = (scales[:, 4:] & 15) | (minima[:, 4:] & 15) << 4
    return np.concatenate([first, second, third], axis=-1)


def unpack_q4_k(blocks):
    """The weights of Q4_K blocks: scale · code − minimum, where the scale and the minimum are products themselves.

    blocks: (blocks, 144) uint8. Returns (blocks, 256) float32, bit for bit what the `gguf` package gives.

    >>> unpack_q4_k(np.zeros((2, 144), np.uint8)).shape
    (2, 256)
    """
    halves = blocks[:, :4].copy().view("<f2").astype(np.float32)
    scales, minima = unpack_scales(blocks[:, 4:16])
    scale = halves[:, :1] * scales.astype(np.float32)
    minimum = halves[:, 1:] * minima.astype(np.float32)
    packed = blocks[:, 16:].reshape(-1, PARTS // 2, 32)  # 32 bytes hold two parts: one low, one high
    codes = np.stack([packed & 15, packed >> 4], axis=2).reshape(-1, PARTS, 32)
    return (scale[..., None] * codes.astype(np.float32) - minimum[..., None]).reshape(-1, WEIGHTS)


def pack_q4_k(values):
    """Round weights to Q4_K blocks, from the smallest and the largest weight of each part of 32.

    values: (blocks, 256) float32. Returns (blocks, 144) uint8. llama.cpp's own quantizer also searches for scales that
    make the error smaller; the blocks mean the same.

    >>> values = np.linspace(-1, 1, 256, dtype=np.float32)[None]
    >>> bool(np.abs(unpack_q4_k(pack_q4_k(values)) - values).max() < 0.02)
    True
    """
    parts = values.reshape(-1, PARTS, 32)
    lowest = np.maximum(-parts.min(-1), 0)  # a minimum is subtracted, so it is never negative
    steps = (parts.max(-1) + lowest).clip(0) / 15
    halves = (np.stack([steps.max(-1), lowest.max(-1)], axis=-1) / 63).astype("<f2")
    wide = halves.astype(np.float32)
    scales = np.rint(steps * _inverse(wide[:, :1])).clip(0, 63)
    minima = np.rint(lowest * _inverse(wide[:, 1:])).clip(0, 63)
    scale, minimum = (wide[:, :1] * scales)[..., None], (wide[:, 1:] * minima)[..., None]
    codes = np.rint((parts + minimum) * _inverse(scale)).clip(0, 15).astype(np.uint8).reshape(-1, PARTS // 2, 2, 32)
    packed = (codes[:, :, 0] | codes[:, :, 1] << 4).reshape(-1, WEIGHTS // 2)
    return np.concatenate([halves.view(np.uint8), pack_scales(scales, minima), packed], axis=-1)


def _inverse(scale):
    with np.errstate(divide="ignore"):
        return np.where(scale == 0, 0, 1 / scale).astype(np.float32)
