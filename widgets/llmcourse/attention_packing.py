"""The attention of a Trace as bytes: what AttentionExplorer sends to the page instead of JSON.

static/attention_data.js reads the same layout. Every block begins with a head of little-endian uint32 that names what
it holds, so that a page can never take the weights of one text for those of another.
"""

from functools import cache

import numpy as np
import torch

THUMBNAIL = 24  # the longest side of a thumbnail in pixels: all heads of a 135M model in 155 kB
LEVELS = 65535  # a weight travels as round(weight * 65535): at most 0.0000077 from the true one


def check_attention(trace):
    """Raise ValueError, naming the layer and head, when the attention is not made of weights between 0 and 1.

    >>> check_attention(trace(model, tokenizer, "The cat sat"))                # doctest: +SKIP
    """
    least, most = torch.aminmax(trace.attention)
    if least >= 0 and most <= 1.001:  # false for NaN; half precision can round a weight to a little over 1
        return
    wrong = ~((trace.attention >= 0) & (trace.attention <= 1.001))
    layer, head, query, key = (int(place) for place in wrong.nonzero()[0])
    raise ValueError(
        f"attention must hold weights between 0 and 1, but layer {layer}, head {head} gives "
        f"{float(trace.attention[layer, head, query, key])} from token {query} to token {key}."
    )


def looks_ahead(trace):
    """Whether any token gives weight to a later one: then the whole square is sent, else a triangle."""
    return not trace.causal or any(bool(layer.triu(1).any()) for layer in trace.attention)


def pack_thumbnails(attention):
    """(bytes, side, pool): a small picture of every head, uint8 (layers, heads, side, side).

    A pixel is the strongest of pool x pool weights, so that a thin diagonal stays visible; its value is
    255 * sqrt(weight), the place on the colour ramp.

    >>> pack_thumbnails(torch.eye(3).expand(2, 4, 3, 3))[1:]
    (3, 1)
    """
    pool = -(-attention.shape[-1] // THUMBNAIL)
    small = torch.nn.functional.max_pool2d(attention.float(), pool, ceil_mode=True)
    shades = small.clamp(0, 1).sqrt().mul(255).round().to(torch.uint8)
    return shades.numpy().tobytes(), small.shape[-1], pool


def pack_scores(scores, shape):
    """Scores of all heads, float32 (scores, layers, heads); a score that is None becomes NaN.

    >>> len(pack_scores([None, torch.zeros(2, 4)], (2, 4)))
    64
    """
    missing = torch.full(shape, torch.nan)
    return torch.stack([missing if score is None else score for score in scores]).numpy().astype("<f4").tobytes()


def pack_weights(trace, places, number, square):
    """The weights of some heads: a head, then uint16 (places, cells of the triangle or the square, row by row).

    places: (layer, head) pairs.
    The head: `number` of the trace, tokens, 1 for a square, count of places, then layer and head of each.

    >>> len(pack_weights(trace(model, tokenizer, "The cat sat"), [(0, 3)], 1, False))   # doctest: +SKIP
    36
    """
    header = np.array([number, len(trace), square, len(places), *sum(places, ())], dtype="<u4")
    layers, heads = zip(*places, strict=True)
    rows, columns = _cells(len(trace), square)
    weights = trace.attention[list(layers), list(heads)].float().numpy()[:, rows, columns]
    return header.tobytes() + (weights.clip(0, 1) * LEVELS + 0.5).astype("<u2").tobytes()


def weights_size(trace, square):
    """Bytes that the packed weights of one head take."""
    count = len(trace)
    return 2 * (count * count if square else count * (count + 1) // 2)


def pack_queries_keys(trace, places, number):
    """Queries and keys of some heads: a head, then float32 (places, 2, tokens, size).

    places: (layer, head) pairs. With grouped-query attention heads share keys: each gets its copy.
    The head: `number` of the trace, tokens, size, count of places, then layer and head of each.
    """
    size = trace.queries.shape[-1]
    group = trace.queries.shape[1] // trace.keys.shape[1]
    header = np.array([number, len(trace), size, len(places), *sum(places, ())], dtype="<u4")
    pairs = [
        torch.stack([trace.queries[layer, head], trace.keys[layer, head // group]]).float().numpy().astype("<f4")
        for layer, head in places
    ]
    return header.tobytes() + b"".join(pair.tobytes() for pair in pairs)


@cache
def _cells(count, square):
    return np.indices((count, count)).reshape(2, -1) if square else np.tril_indices(count)
