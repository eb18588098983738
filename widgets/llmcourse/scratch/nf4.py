"""NF4, the 4-bit type of QLoRA: 16 levels where normally distributed weights are, one scale a block of 64.

Follows Dettmers et al. 2023 (arXiv:2305.14314). Levels, codes and scales equal bitsandbytes' own. `NF4Linear` keeps a
layer's weights so, and turns them back into numbers each time it is used: what QLoRA does on a GPU, simulated on any
device.
"""

import torch
from torch import nn

BLOCK = 64  # weights that share one scale
SCALES_BLOCK = 256  # scales that share one scale of their own (double quantization)
TAIL = 0.9677083  # the outermost quantile of the paper's code: between 1 - 1/30 and 1 - 1/32


def levels():
    """The 16 levels, from -1 to 1: quantiles of the normal distribution, 0 among them, 8 above it and 7 below.

    >>> levels()[[0, 1, 7, 8, 15]]
    tensor([-1.0000, -0.6962,  0.0000,  0.0796,  1.0000])
    """
    above = torch.special.ndtri(torch.linspace(TAIL, 0.5, 9, dtype=torch.float64)[:-1])
    below = -torch.special.ndtri(torch.linspace(TAIL, 0.5, 8, dtype=torch.float64)[:-1])
    values = torch.cat([above, below, torch.zeros(1, dtype=torch.float64)]).sort().values
    return (values / values.max()).float()


def quantize_nf4(weights, block=BLOCK):
    """(codes, scales): the nearest level of each weight after its block was divided by its largest magnitude.

    weights: any shape whose number of elements `block` divides. codes: uint8, the shape of weights, 0 to 15; scales:
    (elements / block,) float32. Raises ValueError where `block` does not divide.

    >>> codes, scales = quantize_nf4(torch.tensor([0.5, -2.0, 0.0, 1.5]), block=4)
    >>> codes.tolist(), scales.tolist()
    ([10, 0, 7, 14], [2.0])
    """
    if block < 1 or weights.numel() % block:
        raise ValueError(f"block must divide the {weights.numel()} weights; got {block}.")
    blocks = weights.detach().float().reshape(-1, block)
    scales = blocks.abs().amax(1)
    table = levels().to(blocks.device)
    relative = blocks / scales.clamp_min(torch.finfo(torch.float32).tiny)[:, None]
    codes = torch.bucketize(relative, (table[1:] + table[:-1]) / 2)
    return codes.to(torch.uint8).reshape(weights.shape), scales


def dequantize_nf4(codes, scales):
    """The weights again, float32, each a level times its block's scale.

    >>> dequantize_nf4(*quantize_nf4(torch.tensor([0.5, -2.0, 0.0, 1.5]), block=4))
    tensor([ 0.4922, -2.0000,  0.0000,  1.4459])
    """
    values = levels().to(codes.device)[codes.long()].reshape(len(scales), -1)
    return (values * scales[:, None]).reshape(codes.shape)


def quantize_scales(scales, block=SCALES_BLOCK):
    """Double quantization: (codes, steps, mean) with 8 bits a scale instead of 32.

    The mean is taken off first, since scales are positive; then each block of scales is divided by its largest
    magnitude and stored as FP8 (E4M3). codes: torch.float8_e4m3fn, (scales,); steps: (blocks,); mean: one number.
    """
    mean = scales.mean()
    padded = nn.functional.pad(scales - mean, (0, -len(scales) % block)).reshape(-1, block)
    steps = padded.abs().amax(1).clamp_min(torch.finfo(torch.float32).tiny) / torch.finfo(torch.float8_e4m3fn).max
    codes = (padded / steps[:, None]).to(torch.float8_e4m3fn).flatten()[: len(scales)]
    return codes, steps, mean


def dequantize_scales(codes, steps, mean, block=SCALES_BLOCK):
    """The scales again, (scales,) float32."""
    return codes.float() * steps.repeat_interleave(block)[: len(codes)] + mean


def bits_per_weight(block=BLOCK, double=True, scales_block=SCALES_BLOCK):
    """What a weight costs in bits: 4 and its share of the scales.

    >>> bits_per_weight(double=False), round(bits_per_weight(), 3)
    (4.5, 4.127)
    """
    return 4 + (8 / block + 32 / (block * scales_block) if double else 32 / block)


class NF4Linear(nn.Module):
    """A frozen linear layer with its weights in NF4, two to a byte; it multiplies with the numbers they stand for.

    linear: the nn.Linear to take the weights from; it stays as it is. double: quantize the scales too.

    >>> layer = NF4Linear(nn.Linear(64, 32))
    >>> layer(torch.ones(1, 64)).shape, layer.dequantize().shape
    (torch.Size([1, 32]), torch.Size([32, 64]))
    """

    def __init__(self, linear, double=True):
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.dtype, self.double = linear.weight.dtype, double
        codes, scales = quantize_nf4(linear.weight)
        pairs = codes.reshape(-1, 2)
        self.register_buffer("packed", pairs[:, 0] << 4 | pairs[:, 1])
        if double:
            for name, part in zip(("scale_codes", "scale_steps", "scale_mean"), quantize_scales(scales), strict=True):
                self.register_buffer(name, part)
        else:
            self.register_buffer("scales", scales)
        self.bias = linear.bias

    def dequantize(self):
        """The weights as numbers: (out_features, in_features), in the type that they came in."""
        codes = torch.stack([self.packed >> 4, self.packed & 15], dim=1)
        scales = dequantize_scales(self.scale_codes, self.scale_steps, self.scale_mean) if self.double else self.scales
        return dequantize_nf4(codes.reshape(self.out_features, self.in_features), scales).to(self.dtype)

    def forward(self, x):
        """(…, in_features) to (…, out_features). Gradients reach x, never the weights."""
        return nn.functional.linear(x, self.dequantize(), self.bias)

    def bytes(self):
        """What the weights take in memory."""
        return sum(part.numel() * part.element_size() for part in self.buffers())


def to_nf4(model, skip=("lm_head",), double=True):
    """Put an `NF4Linear` in the place of each nn.Linear of a model and return the model.

    skip: the last parts of names that stay as they are, such as the output layer.
    """
    for name, layer in list(model.named_modules()):
        parent, _, last = name.rpartition(".")
        if isinstance(layer, nn.Linear) and last not in skip:
            setattr(model.get_submodule(parent), last, NF4Linear(layer, double))
    return model
