"""Scores of attention heads: how much a head does one well-known thing, one number a head.

All scores are mean attention weights over pairs of a query and a key: 0 is never, 1 is always. They compare the heads
of one text. Each takes a Trace, or one AttentionStack of it.
"""

import torch


def previous_token_score(trace):
    """Find the heads that look one token back: the mean weight a token gives to the token before it.

    Returns (layers, heads) float32 in 0 … 1, or None for a text of one token, which has no token before it, and for
    cross-attention, whose keys are another text. Such heads tell each token what stands before it, one half of an
    induction circuit (Olsson et al. 2022, https://arxiv.org/abs/2209.11895).

    >>> previous_token_score(trace(model, tokenizer, "The cat sat")).shape     # doctest: +SKIP
    torch.Size([30, 9])
    """
    return head_score(trace, "previous-token")


def first_token_score(trace):
    """Find the attention sinks: the mean weight that the later tokens give to the very first one.

    Returns (layers, heads) float32 in 0 … 1, or None for a text of one token. The first token itself does not
    count: in a causal model it can only look at itself. In cross-attention all tokens count, and the first one is the
    source's. Sinks: Xiao et al. 2023, https://arxiv.org/abs/2309.17453.

    >>> first_token_score(trace(model, tokenizer, "The cat sat")).max() > 0.9  # doctest: +SKIP
    tensor(True)
    """
    return head_score(trace, "first-token")


def induction_score(trace):
    """Find the induction heads: the mean weight from a repeated token to what followed its last copy.

    Returns (layers, heads) float32 in 0 … 1, or None when no token repeats and for cross-attention. A copy right
    behind its original is left out, since the token after the original is the copy itself. This is the prefix matching
    of Olsson et al. 2022 (https://arxiv.org/abs/2209.11895), which they measure on repeated random tokens; on a text
    with few repetitions it is a mean of few weights.

    >>> text = "alpha delta omega alpha delta omega"
    >>> induction_score(trace(model, tokenizer, text)).argmax()                # doctest: +SKIP
    """
    return head_score(trace, "induction")


def head_score(seen, name):
    """The score called `name` ("previous-token", "first-token" or "induction") of a Trace or an AttentionStack."""
    ready = getattr(seen.attention, "scores", None)  # of a long text, taken during its forward pass
    if ready is not None:
        return ready[name]
    query_ids = getattr(seen, "query_ids", None) or seen.ids
    pairs = PAIRS[name](
        query_ids, getattr(seen, "key_ids", None) or query_ids, getattr(seen, "name", "self") == "cross"
    )
    return None if pairs is None else seen.attention[:, :, pairs[0], pairs[1]].float().mean(-1)


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


def _to_previous(query_ids, key_ids, cross):
    later = torch.arange(1, len(query_ids))
    return None if cross or len(later) == 0 else (later, later - 1)


def _to_first(query_ids, key_ids, cross):
    asking = torch.arange(0 if cross else 1, len(query_ids))
    return None if len(asking) == 0 else (asking, torch.zeros_like(asking))


def _to_follower(query_ids, key_ids, cross):
    pairs = None if cross else induction_pairs(query_ids)
    return None if pairs is None or len(pairs[0]) == 0 else pairs


PAIRS = {"previous-token": _to_previous, "first-token": _to_first, "induction": _to_follower}
SCORES = {
    "previous-token": previous_token_score,
    "first-token": first_token_score,
    "induction": induction_score,
}
