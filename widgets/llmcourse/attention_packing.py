"""The attention of a Trace as bytes: what AttentionExplorer sends to the page instead of JSON.

static/attention_data.js reads the same layout. Every block begins with a head of little-endian uint32 that names what
it holds, so that a page can never take the weights of one text for those of another. `seen` is an AttentionStack, or a
Trace, which then stands for its own stack.
"""

from functools import cache

import numpy as np
import torch

from .attention_on_demand import overview_pool, shades, strongest

THUMBNAIL = 24  # the longest side of a thumbnail in pixels: all heads of a 135M model in 155 kB
LEVELS = 65535  # a weight travels as round(weight * 65535): at most 0.0000077 from the true one


def check_attention(seen):
    """Raise ValueError, naming the layer and head, when the attention is not made of weights between 0 and 1.

    >>> check_attention(trace(model, tokenizer, "The cat sat"))                # doctest: +SKIP
    """
    attention = seen.attention
    if not isinstance(attention, torch.Tensor):  # on demand: looked at during the forward pass
        if attention.wrong is None:
            return
        raise ValueError(f"attention must hold weights between 0 and 1, but layer {attention.wrong} holds others.")
    for layer, weights in enumerate(attention):
        least, most = torch.aminmax(weights)
        if least >= 0 and most <= 1.001:  # false for NaN; half precision can round a weight to a little over 1
            continue
        head, query, key = (~((weights >= 0) & (weights <= 1.001))).nonzero()[0].tolist()
        raise ValueError(
            f"attention must hold weights between 0 and 1, but layer {layer}, head {head} gives "
            f"{float(weights[head, query, key])} from token {query} to token {key}."
        )


def looks_ahead(seen):
    """Whether any token gives weight to a later one or to another text: then all cells are sent, else a triangle."""
    if not seen.causal or getattr(seen, "name", "self") == "cross":
        return True
    attention = seen.attention
    if not isinstance(attention, torch.Tensor):
        return attention.ahead
    return any(bool(layer.triu(1).any()) for layer in attention)


def pack_thumbnails(attention):
    """(bytes, side, pool): a small picture of every head, uint8 (layers, heads, side, side).

    A pixel is the strongest of pool x pool weights, so that a thin diagonal stays visible; its value is
    255 * sqrt(weight), the place on the colour ramp. Where there are fewer keys than queries, or fewer queries than
    keys, the rest of the square is 0.

    >>> pack_thumbnails(torch.eye(3).expand(2, 4, 3, 3))[1:]
    (3, 1)
    """
    whole = isinstance(attention, torch.Tensor)
    source = attention if whole else attention.overview  # shades keep the order of weights, so pooling them is the same
    pool = -(-max(source.shape[2:]) // THUMBNAIL)
    side = -(-max(source.shape[2:]) // pool)
    pictures = torch.zeros((*source.shape[:2], side, side), dtype=torch.uint8)
    for layer, weights in zip(pictures, source, strict=True):
        small = strongest(weights, pool)
        layer[:, : small.shape[1], : small.shape[2]] = shades(small) if whole else small
    return pictures.numpy().tobytes(), side, pool * (1 if whole else attention.pool)


def pack_scores(scores, shape):
    """Scores of all heads, float32 (scores, layers, heads); a score that is None becomes NaN.

    >>> len(pack_scores([None, torch.zeros(2, 4)], (2, 4)))
    64
    """
    missing = torch.full(shape, torch.nan)
    return torch.stack([missing if score is None else score for score in scores]).numpy().astype("<f4").tobytes()


def pack_weights(seen, places, number, square):
    """The weights of some heads: a head, then uint16 (places, cells of the triangle or the whole, row by row).

    places: (layer, head) pairs. square: send every cell, not only those up to the diagonal.
    The head: `number` of the trace, queries, square, count of places, then layer and head of each.

    >>> len(pack_weights(trace(model, tokenizer, "The cat sat"), [(0, 3)], 1, False))   # doctest: +SKIP
    36
    """
    count, key_count = seen.attention.shape[2:]
    header = np.array([number, count, square, len(places), *sum(places, ())], dtype="<u4")
    rows, columns = _cells(count, key_count, square)
    heads = (seen.attention[layer, head].float().numpy()[rows, columns] for layer, head in places)
    return header.tobytes() + b"".join(_levels(weights) for weights in heads)


def weights_size(seen, square):
    """Bytes that the packed weights of one head take."""
    count, key_count = seen.attention.shape[2:]
    return 2 * (count * key_count if square else count * (count + 1) // 2)


def pack_overviews(stack, places, number):
    """Coarse pictures of some heads of a long text: a head, then uint8 (places, rows, columns).

    A pixel is the strongest of pool x pool weights, as 255 * sqrt(weight).
    The head: `number` of the trace, rows, columns, pool, count of places, then layer and head of each.
    """
    count, key_count = stack.attention.shape[2:]
    if isinstance(stack.attention, torch.Tensor):
        pool = overview_pool(count, key_count, 1)
        pictures = [shades(strongest(stack.attention[layer, head][None], pool)[0]) for layer, head in places]
    else:
        pool, pictures = stack.attention.pool, [stack.attention.overview[place] for place in places]
    head = np.array([number, *pictures[0].shape, pool, len(places), *sum(places, ())], dtype="<u4")
    return head.tobytes() + b"".join(picture.numpy().tobytes() for picture in pictures)


def pack_exact(stack, layer, head, query, key, rows, columns, number):
    """The exact weights of a part of one head: a head, then uint16 (rows, columns), from `query` and `key` on.

    The head: `number` of the trace, layer, head, query, key, rows, columns.
    """
    weights = stack.rows(layer, head, query, query + rows)[:, key : key + columns].numpy()
    header = np.array([number, layer, head, query, key, *weights.shape], dtype="<u4")
    return header.tobytes() + _levels(weights)


def pack_queries_keys(seen, places, number):
    """Queries and keys of some heads: a head, then of each place float32 (queries, size) and (keys, size).

    places: (layer, head) pairs. With grouped-query attention heads share keys: each gets its copy.
    The head: `number` of the trace, queries, size, count of places, then layer and head of each.
    """
    count, size = seen.queries.shape[2:]
    group = seen.queries.shape[1] // seen.keys.shape[1]
    header = np.array([number, count, size, len(places), *sum(places, ())], dtype="<u4")
    vectors = [
        vector.float().numpy().astype("<f4").tobytes()
        for layer, head in places
        for vector in (seen.queries[layer, head], seen.keys[layer, head // group])
    ]
    return header.tobytes() + b"".join(vectors)


def pack_biases(stack, places, number):
    """What is added to the scores of some heads, by distance: a head, then float32 (places, queries + keys - 1).

    The head: `number` of the trace, count of places, then layer and head of each. Empty where the stack has no bias.
    """
    if stack.bias is None:
        return b""
    header = np.array([number, len(places), *sum(places, ())], dtype="<u4")
    heads = stack.bias.shape[1]
    rows = [stack.bias[layer, head % heads].float().numpy().astype("<f4").tobytes() for layer, head in places]
    return header.tobytes() + b"".join(rows)


def _levels(weights):
    return (weights.clip(0, 1) * LEVELS + 0.5).astype("<u2").tobytes()


@cache
def _cells(count, key_count, square):
    return np.indices((count, key_count)).reshape(2, -1) if square else np.tril_indices(count)
