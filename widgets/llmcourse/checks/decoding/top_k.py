"""Exercise: The logits with all but the k likeliest tokens removed."""

import math

import torch

from ...exercise import Exercise, Mistake
from .inputs import random_logits


def top_k(logits, k):
    return logits.masked_fill(logits < logits.topk(k).values[-1], -math.inf)


def one_too_many(logits, k):
    return top_k(logits, k + 1)


def one_too_few(logits, k):
    return logits.masked_fill(logits <= logits.topk(k).values[-1], -math.inf)


def smallest_kept(logits, k):
    return logits.masked_fill(logits > logits.topk(k, largest=False).values[-1], -math.inf)


def zeros_for_removed(logits, k):
    return logits.masked_fill(logits < logits.topk(k).values[-1], 0.0)


def first_ids(logits, k):
    return logits.masked_fill(torch.arange(len(logits)) >= k, -math.inf)


def values_only(logits, k):
    return logits.topk(k).values


def make_top_k(size, generator):
    """Random logits with the likeliest token last, and a k below their number."""
    logits = random_logits(size, generator)
    logits[-1] = logits.max() + 1
    return logits, size + 1


EXERCISE = Exercise(
    name="decoding.top_k",
    goal="The logits with all but the k likeliest tokens removed.",
    solution=top_k,
    cases=make_top_k,
    mistakes=[
        Mistake(
            "k + 1 tokens kept",
            one_too_many,
            "One token too many stays. The k-th largest value is at index k - 1 of a descending sort.",
        ),
        Mistake(
            "k - 1 tokens kept",
            one_too_few,
            "The k-th likeliest token itself must stay: remove what is smaller than its logit, not equal to it.",
        ),
        Mistake(
            "the k smallest kept",
            smallest_kept,
            "You keep the unlikely end. A higher logit means a likelier token: sort in descending order.",
        ),
        Mistake(
            "zero instead of minus infinity",
            zeros_for_removed,
            "A logit of 0 is no removal: e^0 = 1, so softmax still gives that token a share. Minus infinity "
            "becomes exactly 0.",
        ),
        Mistake(
            "the first k ids",
            first_ids,
            "You kept the first k places of the vocabulary. What counts is the size of the logit, not the id.",
        ),
        Mistake(
            "only the k values",
            values_only,
            "The values are right, but their places are lost, and a place is a token's id. Return as many "
            "logits as came in.",
        ),
    ],
    hint="`logits.topk(k).values[-1]` is the smallest logit that stays. `masked_fill` removes the rest.",
    second_hint=(
        "Compare: `logits < smallest` marks what goes. Fill it with `-math.inf`, and leave the places as they are."
    ),
    statement=(
        "Return the **logits**, with −∞ for all but the `k` likeliest tokens.\n\n"
        "Worked value: `my_top_k(torch.tensor([1.0, 3.0, 2.0]), 2)` is `tensor([-inf, 3., 2.])`."
    ),
    difficulty=1,
    minutes=5,
)
