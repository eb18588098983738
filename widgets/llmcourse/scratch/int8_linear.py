"""Linear layers in 8-bit whole numbers: a quarter of the bytes to read, so decoding is faster by about as much.

Each row of a weight matrix gets a scale of its own (absmax), and so does each token's input, which is rounded as it
comes: one token's outliers must not blur the others. torch's packed kernel multiplies whole numbers. Inputs keep 7
bits, since without special instructions a sum of two products of 8 bits can overflow 16. Lesson 5.1 takes the rounding
apart.
"""

import warnings

import torch
from torch import nn


class Int8Linear(nn.Module):
    """y = x Wᵀ with W in 8 bits, for inference on a CPU; made from a Linear without bias.

    >>> layer = Int8Linear(nn.Linear(8, 4, bias=False))
    >>> layer(torch.zeros(1, 8)).shape
    torch.Size([1, 4])
    """

    def __init__(self, linear):
        super().__init__()
        weight = linear.weight.detach().float()
        self.out_features, self.in_features = weight.shape
        scale = weight.abs().amax(1).clamp_min(1e-12) / 127
        with warnings.catch_warnings():  # torch will move these kernels one day; nothing replaces them yet
            warnings.simplefilter("ignore")
            rounded = torch.quantize_per_channel(
                weight, scale.double(), torch.zeros(len(weight), dtype=torch.long), 0, torch.qint8
            )
            self.packed = torch.ops.quantized.linear_prepack(rounded, None)

    def forward(self, x):
        """x: (…, in) float32 -> (…, out) float32."""
        if x.numel() == self.in_features:  # one token: the kernel's scale of all is its own
            return torch.ops.quantized.linear_dynamic(x, self.packed, True)
        peak = x.abs().amax(-1, keepdim=True).clamp_min(1e-12)
        return torch.ops.quantized.linear_dynamic(x / peak, self.packed, True) * peak


class SteadyInt8Linear(Int8Linear):
    """An Int8Linear whose result for a row is the same, bit for bit, whatever other rows share the batch.

    The kernel rounds a batch with one scale, from its least to its largest number, so a neighbour can move that scale.
    A row more, which holds -1 and 1, fixes it; the sums are of whole numbers, and so exact in any order.

    >>> layer, x = SteadyInt8Linear(nn.Linear(8, 4, bias=False)), torch.randn(3, 8)
    >>> torch.equal(layer(x)[0], layer(x[:1])[0])
    True
    """

    def forward(self, x):
        """x: (…, in) float32 -> (…, out) float32."""
        rows = x.reshape(-1, self.in_features)
        peak = rows.abs().amax(-1, keepdim=True).clamp_min(1e-12)
        fixed = torch.zeros(1, self.in_features)
        fixed[0, 0], fixed[0, -1] = -1, 1
        whole = torch.ops.quantized.linear_dynamic(torch.cat([rows / peak, fixed]), self.packed, True)
        return (whole[:-1] * peak).view(*x.shape[:-1], self.out_features)


def make_steady(model):
    """Turn every Int8Linear of a model into a SteadyInt8Linear, in place and with the same weights; returns it."""
    for module in model.modules():
        if type(module) is Int8Linear:
            module.__class__ = SteadyInt8Linear
    return model


def in_int8(model, kind=Int8Linear):
    """Replace every Linear of a model by an Int8Linear, one at a time; the embedding stays as it is."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, kind(child))
                del child
    return model
