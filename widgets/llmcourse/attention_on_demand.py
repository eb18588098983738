"""Attention of long texts: 270 heads of 2,048 tokens would be 4.5 GB, so the weights are computed when asked for.

During the forward pass each block of weights is reduced to what shows all heads (a coarse picture, three scores) and
then forgotten; later the model's own attention function makes any rows again from their queries and keys.
"""

import math

import torch

from .head_scores import PAIRS
from .visible_attention import block_rows

OVERVIEW = 512  # the longest side of a coarse picture of a head, in pixels
OVERVIEW_BYTES = 100_000_000  # for the coarse pictures of all heads together


class HeadReducer:
    """Reads the blocks of one stack during a forward pass and keeps a coarse picture and scores of each head.

    pool: a pixel of the picture is the strongest of pool x pool weights, as 255 * sqrt(weight) in uint8.
    """

    def __init__(self, query_ids, key_ids, cross, heads_in_all):
        self.count, self.key_count = len(query_ids), len(key_ids)
        self.pool = overview_pool(self.count, self.key_count, heads_in_all)
        self.pairs = {name: pairs(query_ids, key_ids, cross) for name, pairs in PAIRS.items()}
        self.pictures, self.sums = [], []
        self.ahead, self.wrong = False, None  # wrong: the first layer with something that is no weight

    def add(self, start, weights):
        """weights: (heads, some queries, keys); start: the first of them; 0 begins a new layer."""
        heads, rows = weights.shape[:2]
        if start == 0:
            side = (-(-self.count // self.pool), -(-self.key_count // self.pool))
            self.pictures.append(torch.empty((heads, *side), dtype=torch.uint8))
            self.sums.append({name: torch.zeros(heads) for name, pairs in self.pairs.items() if pairs is not None})
        least, most = torch.aminmax(weights)
        if self.wrong is None and not (least >= 0 and most <= 1.001):  # comparisons with NaN are false
            self.wrong = len(self.pictures) - 1
        small = strongest(weights, self.pool)
        self.pictures[-1][:, start // self.pool :][:, : small.shape[1]] = shades(small).cpu()
        for name, total in self.sums[-1].items():
            queries, keys = self.pairs[name]
            here = (queries >= start) & (queries < start + rows)
            total += weights[:, queries[here] - start, keys[here]].float().sum(-1).cpu()
        if not self.ahead and self.count == self.key_count:
            later = weights[:, :, start + 1 :]
            self.ahead = bool(later.triu().any())

    def scores(self):
        """{name: (layers, heads) float32, or None where the text has no such pair}."""
        return {
            name: None if pairs is None else torch.stack([sums[name] for sums in self.sums]) / len(pairs[0])
            for name, pairs in self.pairs.items()
        }


class AttentionOnDemand:
    """Weights of a long text, exact wherever they are asked for: attention.rows(layer, start, stop).

    shape: (layers, heads, queries, keys), as of a tensor. attention[layer] and attention[layer, head] are tensors.
    overview: (layers, heads, rows, columns) uint8: a coarse picture of each head; see HeadReducer. scores: of heads.
    """

    def __init__(self, layers, queries, keys, reducer):
        self._layers = layers
        self.queries, self.keys = queries, keys
        self.shape = torch.Size((len(layers), queries.shape[1], reducer.count, reducer.key_count))
        self.overview, self.pool, self.scores = torch.stack(reducer.pictures), reducer.pool, reducer.scores()
        self.ahead, self.wrong = reducer.ahead, reducer.wrong

    def rows(self, layer, start=0, stop=None):
        """(heads, queries start … stop, keys) float32 on the CPU, computed now."""
        seen, count = self._layers[layer], self.shape[2]
        stop = count if stop is None else min(stop, count)
        key = self.keys[layer][None].to(**seen.like)
        step, parts = block_rows(self.shape[1], self.shape[3]), []
        with torch.inference_mode():
            for first in range(start, stop, step):
                last = min(first + step, stop)
                query = self.queries[layer, :, first:last][None].to(**seen.like)
                # The values do not change the weights, so the keys stand in for them.
                parts.append(seen.attend(query, key, key, first, last)[1][0].float().cpu())
        return torch.cat(parts, dim=1) if parts else torch.empty(self.shape[1], 0, self.shape[3])

    def __getitem__(self, place):
        layer, head = place if isinstance(place, tuple) else (place, slice(None))
        return self.rows(layer)[head]

    def __len__(self):
        return self.shape[0]


def overview_pool(count, key_count, heads):
    """How many queries and keys go into one pixel of the coarse pictures.

    >>> overview_pool(2048, 2048, 270), overview_pool(300, 300, 270), overview_pool(2048, 2048, 1024)
    (4, 1, 7)
    """
    for_memory = math.ceil(math.sqrt(heads * count * key_count / OVERVIEW_BYTES))
    return max(math.ceil(max(count, key_count) / OVERVIEW), for_memory)


def strongest(weights, pool):
    """The strongest of each pool x pool weights, so that a thin diagonal stays visible.

    >>> strongest(torch.eye(5)[None], 2)
    tensor([[[1., 0., 0.],
             [0., 1., 0.],
             [0., 0., 1.]]])
    """
    return weights if pool == 1 else torch.nn.functional.max_pool2d(weights.float(), pool, ceil_mode=True)


def shades(weights):
    """The place of each weight on the colour ramp, uint8: 255 * sqrt(weight).

    >>> shades(torch.tensor([0.0, 0.25, 1.0]))
    tensor([  0, 128, 255], dtype=torch.uint8)
    """
    return weights.float().clamp(0, 1).sqrt().mul(255).round().to(torch.uint8)
