"""What SamplingExplorer's settings make of one position's logits: kept tokens, what each rule removed, draws.

The rules are those of scratch/sampling.py; here are only the conventions in which the page and the kernel agree to
the last token: temperature 0, the order of equal tokens, and the random numbers of a draw.
"""

import math

import numpy as np
import torch

from .scratch.sampling import greedy, process, process_steps
from .shared_random import seeded_uniform


def check_logits(logits):
    """Logits as a float32 tensor (vocab,) on the CPU; a ValueError says what would be right.

    >>> check_logits([1, 2])
    tensor([1., 2.])
    """
    logits = torch.as_tensor(logits).detach().float().cpu()
    if logits.ndim != 1 or not len(logits):
        raise ValueError(
            f"logits must have the shape (vocab,), one position's logits, for instance logits[0, -1]; "
            f"got {tuple(logits.shape)}."
        )
    greedy(logits)  # refuses NaN, +inf, and -inf everywhere
    return logits


def uncut_logits(logits, ids, settings):
    """Logits after repetition penalty and temperature, before any token is removed (temperature 0 counts as 1)."""
    ids = [number for number in ids if number < len(logits)]  # a tokenizer may know more than a model can say
    temperature = settings["temperature"] or 1.0
    return process(logits, ids, repetition_penalty=settings["repetition_penalty"], temperature=temperature)


def kept_tokens(logits, ids, settings):
    """Ids that no rule removed, likeliest first and equal ones by falling id, with their probabilities: two arrays.

    Of equal tokens at its edge a nucleus keeps some; here those with the highest ids (torch's sort leaves it open).

    >>> from llmcourse.scratch.sampling import SETTINGS
    >>> kept_tokens(torch.tensor([1.0, 3.0, 2.0]), [], {**SETTINGS, "top_k": 1})
    (array([1]), array([1.]))
    """
    uncut = uncut_logits(logits, ids, settings)
    if settings["temperature"] == 0:
        return np.array([int(greedy(uncut))]), np.ones(1)
    rules = {**settings, "repetition_penalty": 1.0, "temperature": 1.0}  # both have worked already
    kept = process(uncut, **rules) > -math.inf
    edge = (uncut == uncut[kept].min()).nonzero().flatten()
    some = int(kept[edge].sum())
    kept[edge], kept[edge[len(edge) - some :]] = False, True
    falling = kept.nonzero().flatten().numpy()[::-1]
    values = uncut.numpy()[falling]
    order = np.argsort(-values, kind="stable")
    weights = np.exp(values[order].astype(np.float64) - float(uncut.max()))
    return falling[order], weights / weights.sum()


def kept_mass(logits, ids, settings):
    """The probability, after penalty and temperature and before any token was removed, of what is kept."""
    if settings["temperature"] == 0:
        return 1.0
    kept, _ = kept_tokens(logits, ids, settings)
    return float(uncut_logits(logits, ids, settings).double().softmax(-1)[torch.from_numpy(kept)].sum())


def removed_counts(logits, ids, settings):
    """How many tokens each rule that is on removed, in the order in which they work: {setting: count}."""
    left = int((logits > -math.inf).sum())
    if settings["temperature"] == 0:
        return {"temperature": left - 1}
    counts, uncut = {}, uncut_logits(logits, ids, settings)
    for name, cut in process_steps(uncut, **{**settings, "repetition_penalty": 1.0, "temperature": 1.0}):
        remaining = int((cut > -math.inf).sum())
        counts[name], left = left - remaining, remaining
    return counts


def drawn_ids(kept, probs, seed, step, count):
    """The first `count` draws of a step under a seed, by the inverse of the cumulative distribution: (count,) ids.

    >>> drawn_ids(np.array([7, 3]), np.array([0.6, 0.4]), seed=0, step=0, count=3)
    array([3, 3, 3])
    """
    cumulative = probs.cumsum()
    targets = seeded_uniform(seed, step, count) * cumulative[-1]
    return kept[np.searchsorted(cumulative, targets, side="right").clip(max=len(kept) - 1)]
