"""Scores of attention heads: how much a head does one well-known thing, one number a head.

All scores are mean attention weights: 0 is never, 1 is always. They compare the heads of one text.
"""

import torch


def previous_token_score(trace):
    """Find the heads that look one token back: the mean weight a token gives to the token before it.

    Returns (layers, heads) float32 in 0 … 1, or None for a text of one token, which has no token before it.
    Such heads tell each token what stands before it, one half of an induction circuit (Olsson et al. 2022,
    https://arxiv.org/abs/2209.11895).

    >>> previous_token_score(trace(model, tokenizer, "The cat sat")).shape     # doctest: +SKIP
    torch.Size([30, 9])
    """
    if len(trace) < 2:
        return None
    return trace.attention.diagonal(offset=-1, dim1=2, dim2=3).float().mean(-1)


def first_token_score(trace):
    """Find the attention sinks: the mean weight that the later tokens give to the very first one.

    Returns (layers, heads) float32 in 0 … 1, or None for a text of one token. The first token itself does not
    count: in a causal model it can only look at itself. Sinks: Xiao et al. 2023, https://arxiv.org/abs/2309.17453.

    >>> first_token_score(trace(model, tokenizer, "The cat sat")).max() > 0.9  # doctest: +SKIP
    tensor(True)
    """
    if len(trace) < 2:
        return None
    return trace.attention[:, :, 1:, 0].float().mean(-1)


def induction_score(trace):
    """Find the induction heads: the mean weight from a repeated token to what followed its last copy.

    Returns (layers, heads) float32 in 0 … 1, or None when no token repeats. A copy right behind its original is
    left out, since the token after the original is the copy itself. This is the prefix matching of Olsson et al.
    2022 (https://arxiv.org/abs/2209.11895), which they measure on repeated random tokens; on a text with few
    repetitions it is a mean of few weights.

    >>> text = "alpha delta omega alpha delta omega"
    >>> induction_score(trace(model, tokenizer, text)).argmax()                # doctest: +SKIP
    """
    queries, keys = induction_pairs(trace.ids)
    if len(queries) == 0:
        return None
    return trace.attention[:, :, queries, keys].float().mean(-1)


def induction_pairs(ids):
    """The (query, key) positions that an induction head joins: two tensors of equal length.

    >>> induction_pairs([7, 8, 9, 7, 8])
    (tensor([3, 4]), tensor([1, 2]))
    """
    ids, place = torch.tensor(ids), torch.arange(len(ids))
    earlier_copy = (ids[:, None] == ids) & (place < place[:, None])
    follower = torch.where(earlier_copy, place, -1).amax(1) + 1  # 0: the token has not come before
    queries = ((follower > 0) & (follower < place)).nonzero().flatten()
    return queries, follower[queries]


SCORES = {
    "previous-token": previous_token_score,
    "first-token": first_token_score,
    "induction": induction_score,
}
