"""A small NumberFormat; it shows no foreign text, so its hostile example holds hostile numbers."""

import math

from llmcourse import NumberFormat


def example(hostile=False):
    """3.14159 in BF16, or infinity in FP8."""
    return NumberFormat(math.inf, "fp8_e4m3", absmax=1e-30) if hostile else NumberFormat(3.14159, "bf16")
