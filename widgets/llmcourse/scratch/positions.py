"""Four ways to tell attention where a token stands: sinusoidal, learned, RoPE, ALiBi.

The first two are added to the embeddings, RoPE turns queries and keys, ALiBi is added to the scores.
"""

import math

import torch
from torch import nn


def sinusoidal(length, width, base=10_000.0):
    """A fixed vector for each position, sines and cosines of falling speed (Vaswani et al. 2017, 3.5).

    Returns (length, width): sines in the even columns, cosines in the odd ones. The dot product of two rows
    depends only on their distance. Raises ValueError for an odd width.

    >>> sinusoidal(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    if width % 2:
        raise ValueError(f"width must be even, since sines and cosines come in pairs; got {width}.")
    angles = rope_angles(torch.arange(length), width, base)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


class LearnedPositions(nn.Module):
    """A trained vector for each position, added to the embeddings, as in GPT-2 and BERT: a table with an end.

    >>> LearnedPositions(8, 4)(torch.zeros(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(self, length, width):
        super().__init__()
        self.table = nn.Parameter(torch.randn(length, width) * 0.02)

    def forward(self, embeddings):
        """embeddings: (…, tokens, width) -> the same shape. Raises ValueError for more tokens than rows."""
        tokens, length = embeddings.shape[-2], len(self.table)
        if tokens > length:
            raise ValueError(f"embeddings has {tokens} tokens, but only {length} positions were learned.")
        return embeddings + self.table[:tokens]


def rope_angles(positions, size, base=10_000.0):
    """By how much RoPE turns each pair of features at each position: (positions, size / 2), in radians.

    The first pair turns by 1 radian a token, the last by almost 1/base. Raises ValueError for an odd size.

    >>> rope_angles(torch.tensor([0, 1, 2]), size=4)
    tensor([[0.0000, 0.0000],
            [1.0000, 0.0100],
            [2.0000, 0.0200]])
    """
    if size % 2:
        raise ValueError(f"size must be even, since features are turned in pairs; got {size}.")
    pair = torch.arange(0, size, 2, device=positions.device) / size
    # 1 / base**pair and not base**-pair: rounded as in transformers, which far positions would tell apart.
    return positions[:, None].float() * (1 / base**pair)


def rope(x, positions, base=10_000.0):
    """Turn queries or keys by their position, so that their dot product knows the distance (Su et al. 2021).

    x: (…, tokens, size). positions: (tokens,). Feature i is paired with feature i + size/2, the layout of Llama
    in transformers (the paper pairs neighbours: the same up to the order of the features).

    >>> rope(torch.tensor([[1.0, 0.0]]), torch.tensor([1]))
    tensor([[0.5403, 0.8415]])
    """
    angles = rope_angles(positions, x.shape[-1], base)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def alibi_slopes(heads):
    """How strongly each head dislikes distance (Press et al. 2021): a falling geometric series, (heads,).

    >>> alibi_slopes(4)
    tensor([0.2500, 0.0625, 0.0156, 0.0039])
    """
    power = 2 ** math.floor(math.log2(heads))
    slopes = [2 ** (-8 * (head + 1) / power) for head in range(power)]
    # Other numbers of heads take every second slope of the next power of two, as in the paper's code.
    extra = [2 ** (-4 * (head + 1) / power) for head in range(0, 2 * (heads - power), 2)]
    return torch.tensor(slopes + extra)


def alibi_bias(heads, length):
    """What ALiBi adds to the scores: minus slope x distance, -inf for the future: (heads, length, length).

    >>> alibi_bias(8, 3)[0]
    tensor([[ 0.0000,    -inf,    -inf],
            [-0.5000,  0.0000,    -inf],
            [-1.0000, -0.5000,  0.0000]])
    """
    position = torch.arange(length)
    behind = position - position[:, None]  # 0 on the diagonal, -1 one token back
    bias = alibi_slopes(heads)[:, None, None] * behind
    return bias.masked_fill(behind > 0, -math.inf)
