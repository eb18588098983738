"""What LogitLens shows of each token's states, computed a token at a time and packed as bytes for the page.

A token's states are all layers at one position: layers × vocab logits, a few megabytes, whatever the text's length.
static/lens_data.js reads the same layout.
"""

from dataclasses import dataclass

import numpy as np
import torch

from .scratch.lens import lens_logits

SHOWN = 10  # tokens that a cell lists
FOLLOWED = 20  # of the final answers, whose way through the layers travels with the lens


@dataclass(frozen=True)
class LensColumn:
    """All layers at one position; a row is a layer, the embedding first.

    ids, probs: (rows, shown) the likeliest tokens of each layer and their probabilities.
    entropy: (rows,) of the layer's distribution, in bits.
    divergence: (rows,) Kullback-Leibler divergence of the layer's distribution from the final one, in bits: what it
        costs to expect the layer's distribution where the final one is right.
    rank: (rows,) of the final answer in the layer; 1 is the likeliest.
    followed: (followed,) ids whose probabilities (followed, rows) and ranks (followed, rows) are known everywhere.
    """

    ids: np.ndarray
    probs: np.ndarray
    entropy: np.ndarray
    divergence: np.ndarray
    rank: np.ndarray
    followed: np.ndarray
    followed_probs: np.ndarray
    followed_ranks: np.ndarray


def read_column(logits, also=()):
    """Everything the lens shows of one token's logits (rows, vocab); `also` are further ids to follow.

    >>> read_column(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).rank
    array([2, 1], dtype=uint32)
    """
    logs = logits.log_softmax(-1)
    probs = logs.exp()
    final = probs[-1]
    shown = logits.topk(min(SHOWN, logits.shape[-1])).indices
    answers = logits[-1].topk(min(FOLLOWED, logits.shape[-1])).indices.tolist()
    followed = list(dict.fromkeys([*answers, *shown[:, 0].tolist(), *also]))
    ranks = ranks_of(logits, followed)
    bits = 1 / np.log(2)
    return LensColumn(
        ids=shown.numpy().astype(np.uint32),
        probs=probs.gather(-1, shown).numpy(),
        # a token that a model rules out has probability 0 and the logarithm -inf: it counts nothing
        entropy=bits * -torch.where(probs > 0, probs * logs, 0).sum(-1).numpy(),
        divergence=bits * torch.where(final > 0, final * (logs[-1] - logs), 0).sum(-1).clamp(min=0).numpy(),
        rank=ranks[0],
        followed=np.array(followed, np.uint32),
        followed_probs=probs[:, followed].T.contiguous().numpy(),
        followed_ranks=ranks,
    )


def ranks_of(logits, ids):
    """The rank of each id in each row of logits (rows, vocab): (ids, rows), 1 for the likeliest.

    >>> ranks_of(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), [0])
    array([[2, 1]], dtype=uint32)
    """
    rows = logits.numpy()
    ranks = [[1 + np.count_nonzero(row > row[number]) for row in rows] for number in ids]
    return np.array(ranks, np.uint32).reshape(len(ids), len(rows))


def check_reading(model, trace):
    """Raise ValueError unless reading the last state of this trace gives the model's own logits."""
    if trace.hidden is None or trace.logits is None:
        raise ValueError("trace must hold hidden states and logits; this one has none. Make it with trace(…).")
    width = model.get_input_embeddings().weight.shape[-1]
    if trace.hidden.shape[-1] != width or trace.logits.shape[-1] != model.config.vocab_size:
        raise ValueError(
            f"trace must come from this model: its states have {trace.hidden.shape[-1]} of {width} numbers."
        )
    if torch.isnan(trace.logits).any():
        raise ValueError("trace holds logits that are not numbers (NaN): this model computes nothing on this text.")
    read = lens_logits(model, trace.hidden[:, -1:])[-1, 0]
    own = trace.logits[-1]
    if not torch.allclose(read, own, rtol=0.02, atol=0.02, equal_nan=True):
        raise ValueError(
            f"trace must come from this model: reading its last state gives other logits than it holds, up to "
            f"{float((read - own).abs().max()):.3g} apart."
        )


def read_token(model, trace, position, also=()):
    """The LensColumn of one position of a trace."""
    return read_column(lens_logits(model, trace.hidden[:, [position]])[:, 0], also)


def follow_token(model, trace, position, token_id):
    """(probabilities, ranks) of one token through the layers at one position: two arrays (rows,)."""
    logits = lens_logits(model, trace.hidden[:, [position]])[:, 0]
    return logits.softmax(-1)[:, token_id].numpy(), ranks_of(logits, [token_id])[0]


def pack_columns(columns, number):
    """The columns of a lens as bytes: uint32 [number, rows, shown, columns, followed of each column …], then, column
    after column, ids, probabilities, entropy, divergence, rank, followed ids, their probabilities and ranks.
    """
    rows, shown = columns[0].ids.shape
    head = [number, rows, shown, len(columns), *(len(column.followed) for column in columns)]
    blocks = [np.array(head, "<u4").tobytes()]
    for column in columns:
        for values, kind in [
            (column.ids, "<u4"),
            (column.probs, "<f4"),
            (column.entropy, "<f4"),
            (column.divergence, "<f4"),
            (column.rank, "<u4"),
            (column.followed, "<u4"),
            (column.followed_probs, "<f4"),
            (column.followed_ranks, "<u4"),
        ]:
            blocks.append(np.ascontiguousarray(values, kind).tobytes())
    return b"".join(blocks)


def pack_track(number, position, token_id, probs, ranks):
    """One token's way through the layers as bytes: uint32 [number, position, id, rows], probabilities, ranks."""
    head = np.array([number, position, token_id, len(probs)], "<u4").tobytes()
    return head + probs.astype("<f4").tobytes() + ranks.astype("<u4").tobytes()
