"""Lesson 5.1: number formats, from the bits of a float16 to the memory of a quantized model."""

from . import absmax, decode_half, memory, next_scale, outlier_product, per_channel, smoothing_factors, zeropoint

EXERCISES = [
    decode_half.EXERCISE,
    absmax.EXERCISE,
    zeropoint.EXERCISE,
    per_channel.EXERCISE,
    memory.EXERCISE,
    outlier_product.EXERCISE,
    smoothing_factors.EXERCISE,
    next_scale.EXERCISE,
]
