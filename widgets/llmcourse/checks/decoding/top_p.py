"""Exercise: The probabilities of the nucleus: the fewest likeliest tokens that together hold at least p."""

import torch

from ...exercise import Exercise, Mistake
from .inputs import random_logits


def top_p(logits, p):
    probs = logits.softmax(-1)
    ranked, order = probs.sort(descending=True)
    before = ranked.cumsum(0) - ranked
    ranked[before >= p] = 0
    kept = torch.zeros_like(probs).scatter(0, order, ranked)
    return kept / kept.sum()


def crossing_dropped(logits, p):
    probs = logits.softmax(-1)
    ranked, order = probs.sort(descending=True)
    ranked[ranked.cumsum(0) > p] = 0
    kept = torch.zeros_like(probs).scatter(0, order, ranked)
    return kept / kept.sum()


def nucleus_not_renormalised(logits, p):
    probs = logits.softmax(-1)
    return probs * (top_p(logits, p) > 0)


def nucleus_in_ranked_order(logits, p):
    return top_p(logits, p).sort(descending=True).values


def from_the_wrong_end(logits, p):
    probs = logits.softmax(-1)
    ranked, order = probs.sort()
    before = ranked.cumsum(0) - ranked
    ranked[before >= p] = 0
    kept = torch.zeros_like(probs).scatter(0, order, ranked)
    return kept / kept.sum()


def each_alone_above_p(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= p)
    return kept / kept.sum()


def make_top_p(size, generator):
    """Random logits, and a mass halfway between the likeliest token's probability and 1: it is never enough alone."""
    logits = random_logits(size, generator)
    return logits, (1 + float(logits.softmax(-1).max())) / 2


EXERCISE = Exercise(
    name="decoding.top_p",
    goal="The probabilities of the nucleus: the fewest likeliest tokens that together hold at least p.",
    solution=top_p,
    cases=make_top_p,
    mistakes=[
        Mistake(
            "the token that crosses p dropped",
            crossing_dropped,
            "Your nucleus holds less than p. The token with which the sum reaches p belongs to it: ask what the "
            "likelier tokens hold before each one.",
        ),
        Mistake(
            "not renormalised",
            nucleus_not_renormalised,
            "The right tokens stay, but their probabilities no longer add up to 1. Divide by their sum.",
        ),
        Mistake(
            "left in ranked order",
            nucleus_in_ranked_order,
            "The numbers are right, but sorted, so they stand at the wrong ids. Put each back with `scatter`.",
        ),
        Mistake(
            "summed from the unlikely end",
            from_the_wrong_end,
            "Your sum starts at the least likely token, so junk fills the nucleus. Sort in descending order.",
        ),
        Mistake(
            "each token compared with p",
            each_alone_above_p,
            "You ask whether each token alone reaches p; here none does, and nothing is left. p is a bound on "
            "the running sum.",
        ),
    ],
    hint="Sort in descending order. `cumsum - itself` is what the likelier tokens hold before each token: "
    "keep a token while that is below p.",
    second_hint=(
        "`ranked[before >= p] = 0`, then `torch.zeros_like(probs).scatter(0, order, ranked)` puts each back at its id."
    ),
    statement=(
        "Return the **probabilities** of the nucleus, renormalised, each at its own id.\n\n"
        "Worked value: for the logits `torch.tensor([0.2, 0.5, 0.3]).log()` and `p = 0.6` the result is "
        "`tensor([0.0000, 0.6250, 0.3750])`."
    ),
    difficulty=2,
    minutes=8,
)
