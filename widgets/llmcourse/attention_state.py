"""The traits of AttentionExplorer that follow from one stack of attention, live and in a saved page."""

import base64

from .attention_packing import (
    looks_ahead,
    pack_biases,
    pack_exact,
    pack_overviews,
    pack_queries_keys,
    pack_scores,
    pack_thumbnails,
    pack_weights,
    weights_size,
)
from .head_scores import PAIRS, head_score

LONG = 512  # tokens: up to here a head travels whole; of longer texts a coarse picture, and exact parts on demand
WHOLE_MODEL = 400_000  # bytes: up to this size all heads travel at once, and no switch of head asks the kernel
AROUND = 384  # tokens: side of the exact square that a saved page carries around the selected pair


def stack_traits(stack, place, number):
    """(traits, places sent): all that a page needs to show a stack, its head `place` = (layer, head) large.

    number: of the trace, which each block of bytes carries.
    """
    layers, heads, count, key_count = stack.attention.shape
    square, long = looks_ahead(stack), max(count, key_count) > LONG
    everything = [(layer, head) for layer in range(layers) for head in range(heads)]
    whole = not long and len(everything) * weights_size(stack, square) <= WHOLE_MODEL
    sent = everything if whole else [place if place in everything else (0, 0)]
    thumbnails, side, pool = pack_thumbnails(stack.attention)
    return {
        "stack": stack.name,
        "trace_number": number,
        "tokens": [sendable(token) for token in stack.query_tokens],
        "key_tokens": [sendable(token) for token in stack.key_tokens] if stack.name == "cross" else [],
        "layers": layers,
        "heads": heads,
        "layer_numbers": list(stack.layer_numbers or []),
        "square": square,
        "long": long,
        "scaling": None if stack.queries is None else stack.scaling or stack.queries.shape[-1] ** -0.5,
        "note": stack.note,
        "pool": pool,
        "thumbnail_side": side,
        "thumbnails": thumbnails,
        "scores": pack_scores([head_score(stack, name) for name in PAIRS], (layers, heads)),
        "weights": b"" if long else pack_weights(stack, sent, number, square),
        "overviews": pack_overviews(stack, sent, number) if long else b"",
        "exact": b"",
        "wanted": [],
        "queries_keys": b"",
        "biases": b"",
    }, sent


def page_traits(stack, place, pair, number, room):
    """The traits of a page without a kernel: as many heads as `room` bytes hold, `place` first, with queries and keys.

    pair: the selected query and key, -1 for none; of a long text the exact weights around them are included.
    """
    layers, heads, count, key_count = stack.attention.shape
    places = [(layer, head) for layer in range(layers) for head in range(heads)]
    places.sort(key=lambda other: (other != place, abs(other[0] - place[0])))
    square, traits = looks_ahead(stack), {}
    if max(count, key_count) > LONG:
        fit = max(1, room // len(pack_overviews(stack, places[:1], number)))
        traits["overviews"] = pack_overviews(stack, places[:fit], number)
        traits["exact"] = _exact_around(stack, place, pair, number)
    else:
        fit = max(1, room // weights_size(stack, square))
        traits["weights"] = pack_weights(stack, places[:fit], number, square)
    if stack.queries is not None:
        one = 4 * stack.queries.shape[-1] * (count + key_count)
        fit = min(fit, max(1, (room - sum(map(len, traits.values()))) // one))
        traits["queries_keys"] = pack_queries_keys(stack, places[:fit], number)
        traits["biases"] = pack_biases(stack, places[:fit], number)
    return traits


def as_json(traits):
    """Traits with bytes as base64 text: {"state": …, "binary": …}."""
    binary = {name: base64.b64encode(value).decode() for name, value in traits.items() if isinstance(value, bytes)}
    return {"state": {name: value for name, value in traits.items() if name not in binary}, "binary": binary}


def sendable(text):
    """Text without half surrogate pairs, which no message can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _exact_around(stack, place, pair, number):
    """A square of exact weights around the selected pair, or at the end of the text."""
    count, key_count = stack.attention.shape[2:]
    query = pair[0] if pair[0] >= 0 else count - 1
    key = pair[1] if pair[1] >= 0 else min(query, key_count - 1)
    corner = [max(0, min(at - AROUND // 2, most - AROUND)) for at, most in ((query, count), (key, key_count))]
    return pack_exact(stack, *place, *corner, AROUND, AROUND, number)
