"""Attention from scratch: scores, softmax, mask, heads. Equal to torch's and to the embedded model's own.

Follows Vaswani et al. 2017 (arXiv:1706.03762); shared key heads as in Ainslie et al. 2023 (arXiv:2305.13245).
Lesson 2.2 builds these functions one by one.
"""

import math

import torch
from torch import nn

from .positions import rope


def softmax(scores, dim=-1):
    """Turn scores into weights that are positive and sum to one along `dim`.

    scores: any shape; -inf gets the weight 0. A row of nothing but -inf becomes zeros, as in torch's attention.

    >>> softmax(torch.tensor([0.0, math.log(3.0)]))
    tensor([0.2500, 0.7500])
    """
    peak = scores.amax(dim, keepdim=True)
    peak = peak.masked_fill(peak == -math.inf, 0)  # -inf minus -inf would be nan
    powers = (scores - peak).exp()  # at most exp(0): nothing overflows
    # The largest score adds exp(0) = 1, so only a row that sees nothing has a sum below 1.
    return powers / powers.sum(dim, keepdim=True).clamp_min(1)


def causal_mask(queries, keys=None):
    """Which keys each query may look at when nobody sees the future: (queries, keys), True where it may.

    keys: how many keys, as many as queries unless given. With more keys the queries are the last tokens, as when
        a cache holds the earlier keys.

    >>> causal_mask(3).int()
    tensor([[1, 0, 0],
            [1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    keys = queries if keys is None else keys
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def repeat_heads(shared, heads):
    """Hand each key or value head to its group of query heads: (…, heads, tokens, size) from fewer heads.

    Neighbouring query heads share: with 4 heads and 2 key heads the order is 0, 0, 1, 1.
    Raises ValueError when the number of key heads does not divide `heads`.

    >>> repeat_heads(torch.tensor([5.0, 7.0]).view(2, 1, 1), heads=4).flatten()
    tensor([5., 5., 7., 7.])
    """
    groups, rest = divmod(heads, shared.shape[-3])
    if rest:
        raise ValueError(f"heads must be a multiple of the {shared.shape[-3]} key heads; got {heads}.")
    return shared.repeat_interleave(groups, dim=-3)


def attention_weights(query, key, mask=None):
    """How much each query takes from each key: (…, queries, keys), each row sums to one.

    query: (…, heads, queries, size) or (queries, size).
    key: (…, key heads, keys, size) with as many heads or a divisor of them, or (keys, size).
    mask: boolean, True where a query may look; or numbers that are added to the scores (ALiBi).

    >>> attention_weights(torch.zeros(2, 4), torch.zeros(2, 4), causal_mask(2))
    tensor([[1.0000, 0.0000],
            [0.5000, 0.5000]])
    """
    if query.ndim > 2 and key.shape[-3] != query.shape[-3]:
        key = repeat_heads(key, query.shape[-3])
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is not None and mask.dtype == torch.bool:
        scores = scores.masked_fill(~mask.to(scores.device), -math.inf)
    elif mask is not None:
        scores = scores + mask
    return softmax(scores)


def attention(query, key, value, mask=None):
    """Look back: for each query, the mean of the values, weighted by how well their keys match.

    Shapes and mask as in `attention_weights`; value has the heads and tokens of key and any size.
    Returns (…, heads, queries, value size): torch's `scaled_dot_product_attention(…, enable_gqa=True)`.

    >>> attention(torch.zeros(1, 2), torch.zeros(2, 2), torch.tensor([[1.0], [3.0]]))
    tensor([[2.]])
    """
    if query.ndim > 2 and value.shape[-3] != query.shape[-3]:
        value = repeat_heads(value, query.shape[-3])
    return attention_weights(query, key, mask) @ value


def split_heads(features, heads):
    """(…, tokens, heads x size) -> (…, heads, tokens, size): each head gets its own slice of the features.

    >>> split_heads(torch.arange(4.0).view(1, 4), heads=2).tolist()
    [[[0.0, 1.0]], [[2.0, 3.0]]]
    """
    return features.unflatten(-1, (heads, -1)).transpose(-3, -2)


def merge_heads(heads):
    """(…, heads, tokens, size) -> (…, tokens, heads x size): the way back from `split_heads`.

    >>> merge_heads(torch.tensor([[[0.0, 1.0]], [[2.0, 3.0]]]))
    tensor([[0., 1., 2., 3.]])
    """
    return heads.transpose(-3, -2).flatten(-2)


class MultiHeadAttention(nn.Module):
    """Causal self-attention with shared key heads, its parts named as in Llama, so that its weights load.

    width: features a token, a multiple of `heads`. heads: query heads.
    key_heads: as many (multi-head), one (multi-query) or a divisor of heads between them (grouped-query).
    rope_base: base of the rotary angles; None for no positions.

    >>> MultiHeadAttention(width=12, heads=3, key_heads=1)(torch.zeros(1, 5, 12)).shape
    torch.Size([1, 5, 12])
    """

    def __init__(self, width, heads, key_heads=None, rope_base=None):
        super().__init__()
        self.heads, self.key_heads, self.rope_base = heads, key_heads or heads, rope_base
        size = width // heads
        self.q_proj = nn.Linear(width, heads * size, bias=False)
        self.k_proj = nn.Linear(width, self.key_heads * size, bias=False)
        self.v_proj = nn.Linear(width, self.key_heads * size, bias=False)
        self.o_proj = nn.Linear(heads * size, width, bias=False)

    def forward(self, x):
        """x: (batch, tokens, width) -> the same shape."""
        query = split_heads(self.q_proj(x), self.heads)
        key = split_heads(self.k_proj(x), self.key_heads)
        value = split_heads(self.v_proj(x), self.key_heads)
        if self.rope_base is not None:
            positions = torch.arange(x.shape[-2], device=x.device)
            query, key = rope(query, positions, self.rope_base), rope(key, positions, self.rope_base)
        return self.o_proj(merge_heads(attention(query, key, value, causal_mask(x.shape[-2]))))
