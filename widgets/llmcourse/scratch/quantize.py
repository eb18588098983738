"""Weights as small whole numbers: each group shares a scale (absmax), or a scale and a zero point.

Dettmers et al. 2022 (LLM.int8(), https://arxiv.org/abs/2208.07339) and Jacob et al. 2018
(https://arxiv.org/abs/1712.05877). The arithmetic is that of torch.fake_quantize_per_tensor_affine.
"""

import math
from dataclasses import dataclass

import torch

SCALE_BITS = 16  # scales are kept as float16, as llama.cpp's blocks do
LARGEST = 65504  # of float16


@dataclass(frozen=True)
class Quantized:
    """Weights after rounding. codes: whole numbers (groups, weights of a group); scale: (groups, 1) float32, each a
    float16; zero: the code of 0, (groups, 1), or None where that is code 0 itself; shape: of the weights.
    """

    codes: torch.Tensor
    scale: torch.Tensor
    zero: torch.Tensor | None
    bits: int
    shape: torch.Size

    def dequantize(self):
        """The weights that are left, float32, in their shape."""
        codes = self.codes if self.zero is None else self.codes - self.zero
        return codes.float().mul_(self.scale).reshape(self.shape)  # in place: fresh memory would take most of the time

    @property
    def bits_per_weight(self):
        """What a weight really costs: its code, and its share of the group's scale and zero point."""
        groups, size = self.codes.shape
        return self.bits + (SCALE_BITS + (0 if self.zero is None else self.bits)) / size if groups else float(self.bits)


def absmax(weights, bits=8, group="tensor", clip=0.0):
    """Symmetric rounding: the largest weight of a group becomes the largest code, 0 stays 0.

    weights: a float tensor, its last dimension the inputs of a linear layer. bits: 2 to 8; codes run from
    −(2^(bits−1) − 1) to 2^(bits−1) − 1. group: "tensor", "channel" (each row has a scale) or a number of weights that
    divides the rows. clip: the share of a group's weights that may lie outside its range, half at each end (0 to 0.5).
    Raises TypeError or ValueError, naming the argument.

    >>> absmax(torch.tensor([0.5, -1.0, 0.3]), bits=4).codes
    tensor([[ 4, -7,  2]], dtype=torch.int16)
    """
    grouped = _grouped(weights, bits, group, clip)
    low, high = _range(grouped, clip)
    limit = 2 ** (bits - 1) - 1
    scale = _half(torch.maximum(low.abs(), high.abs()) / limit)
    codes = (grouped * _inverse(scale)).round_().clamp_(-limit, limit)
    return Quantized(codes.to(torch.int16), scale, None, bits, weights.shape)


def zeropoint(weights, bits=8, group="tensor", clip=0.0):
    """Asymmetric rounding: the codes 0 to 2^bits − 1 span a group's range from its smallest to its largest weight; the
    zero point is the code of 0, which stays exact. Arguments as in `absmax`.

    >>> zeropoint(torch.tensor([0.0, 0.5, 3.0]), bits=2).dequantize()
    tensor([0., 0., 3.])
    """
    grouped = _grouped(weights, bits, group, clip)
    low, high = _range(grouped, clip)
    low, high = low.clamp(max=0), high.clamp(min=0)  # so that 0 has a code
    levels = 2**bits - 1
    scale = _half((high - low) / levels)
    inverse = _inverse(scale)
    zero = (-low * inverse).round().clamp(0, levels)
    codes = (grouped * inverse).round_().add_(zero).clamp_(0, levels)
    return Quantized(codes.to(torch.int16), scale, zero.to(torch.int16), bits, weights.shape)


def _grouped(weights, bits, group, clip):
    if not torch.is_tensor(weights) or not weights.is_floating_point():
        raise TypeError(f"weights must be a tensor of floats; got {type(weights).__name__}.")
    if weights.ndim == 0 or weights.numel() == 0:
        raise ValueError(f"weights must hold at least one number in at least one row; got {tuple(weights.shape)}.")
    weights = weights.detach().float()
    low, high = weights.aminmax()
    if not (low >= -LARGEST and high <= LARGEST):  # NaN fails too
        raise ValueError("weights must be finite and at most 65,504 in magnitude: scales are float16.")
    if isinstance(bits, bool) or not isinstance(bits, int) or not 2 <= bits <= 8:
        raise ValueError(f"bits must be a whole number from 2 to 8; got {bits!r}.")
    if not 0 <= clip <= 0.5:
        raise ValueError(f"clip must lie between 0 and 0.5; got {clip}.")
    return weights.reshape(-1, group_size(weights.shape, group))


def group_size(shape, group):
    """How many weights share a scale. Raises ValueError for a group that does not divide the rows of `shape`.

    >>> group_size((576, 1536), "channel"), group_size((576, 1536), 64)
    (1536, 64)
    """
    if group == "tensor":
        return math.prod(shape)
    if group == "channel":
        return shape[-1]
    if isinstance(group, bool) or not isinstance(group, int) or group < 1 or shape[-1] % group:
        raise ValueError(
            f"group must be 'tensor', 'channel' or a number that divides the {shape[-1]} weights of a row; "
            f"got {group!r}."
        )
    return group


def _range(grouped, clip):
    """The smallest and the largest weight of each group, after the clipped ones are left out: (groups, 1) each."""
    count = grouped.shape[1]
    left_out = int(count * clip / 2)
    if left_out == 0:
        return grouped.amin(1, keepdim=True), grouped.amax(1, keepdim=True)
    ranked = grouped.sort(1).values
    last = max(count - 1 - left_out, left_out)
    return ranked[:, left_out, None], ranked[:, last, None]


def _half(scale):
    return scale.half().float()


def _inverse(scale):
    return torch.where(scale == 0, 0, 1 / scale)  # a group of zeros, or of weights too small for float16: all become 0
