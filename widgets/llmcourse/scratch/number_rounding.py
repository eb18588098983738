"""Whole tensors rounded to what a format can hold, for formats with and without a torch dtype of their own.

The same rules as number_formats.encode and decode, vectorised: nearest, of two equally near the even one. The layouts
are in number_formats.KINDS.
"""

import torch

from .number_formats import KINDS, limits

# The bits of the exponent: a float with all others cleared is the power of two below it.
EXPONENTS = {torch.float32: (torch.int32, 0xFF << 23), torch.float64: (torch.int64, 0x7FF << 52)}


def round_to(x, format):
    """`x` with every number replaced by the nearest one that the format has; float32.

    x: a float tensor; format: a floating-point key of KINDS such as "bf16", "tf32" or "fp8_e4m3". What is too large
    becomes infinite, or the largest number in a format without infinity. Raises ValueError for another format.

    >>> round_to(torch.tensor([0.1, 3.14159, 500.0]), "fp8_e4m3")
    tensor([  0.1016,   3.2500, 448.0000])
    """
    if format not in KINDS or not KINDS[format].exponent:
        floats = ", ".join(name for name, kind in KINDS.items() if kind.exponent)
        raise ValueError(f"format must be one of {floats}; got {format!r}.")
    kind, largest = KINDS[format], limits(format)["largest"]
    x = x.detach() if x.dtype in EXPONENTS else x.detach().float()
    whole, exponent = EXPONENTS[x.dtype]
    power = (x.contiguous().view(whole) & exponent).view(x.dtype)  # |x| lies in [power, 2 * power)
    step = power.clamp_(2.0**kind.lowest, torch.finfo(x.dtype).max).mul_(2.0**-kind.fraction)
    rounded = (x / step).round_().mul_(step)
    if kind.infinite:
        rounded.masked_fill_(rounded > largest, torch.inf).masked_fill_(rounded < -largest, -torch.inf)
    else:
        rounded.clamp_(-largest, largest)
    return rounded.float()


def scaled_cast(weights, dtype=torch.float8_e4m3fn, group="channel"):
    """Weights as an 8-bit float with scales: the largest magnitude of each group fills the range of `dtype`.

    weights: (outputs, inputs) floats. dtype: a float8 of torch. group: "tensor" or "channel" (each row has a scale).
    Returns what is left, float32 of the same shape. Raises ValueError for another group.

    >>> scaled_cast(torch.tensor([[0.001, 0.0005]]))
    tensor([[0.0010, 0.0005]])
    """
    if group not in ("tensor", "channel"):
        raise ValueError(f"group must be 'tensor' or 'channel'; got {group!r}.")
    weights = weights.detach().float()
    size = weights.abs().amax() if group == "tensor" else weights.abs().amax(-1, keepdim=True)
    largest = torch.finfo(dtype).max
    scale = torch.where(size > 0, size / largest, 1.0)
    # Clamped, since a quotient that is rounded up must not leave the range.
    return (weights / scale).clamp_(-largest, largest).to(dtype).float().mul_(scale)
