"""Exercise: How much a head looks at the token after the last occurrence, on a sequence read twice."""

import torch

from ...exercise import Exercise, Mistake
from .causal_weights import causal_weights


def induction_score(weights, period):
    queries = torch.arange(period, 2 * period)
    return weights[queries, queries - period + 1].mean()


def same_token(weights, period):
    return weights.diagonal(-period).mean()


def previous_token(weights, period):
    return weights.diagonal(-1).mean()


def one_row_too_many(weights, period):
    return weights.diagonal(1 - period).mean()


def sum_of_weights(weights, period):
    return induction_score(weights, period) * period


def two_after(weights, period):
    return weights.diagonal(2 - period)[-period:].mean()


def make_repeated_weights(size, generator):
    period = size + 2
    scores = torch.randn(2 * period, 2 * period, generator=generator)
    return causal_weights(scores), period


EXERCISE = Exercise(
    name="attention.induction_score",
    goal="How much a head looks at the token after the last occurrence, on a sequence read twice.",
    solution=induction_score,
    cases=make_repeated_weights,
    mistakes=[
        Mistake(
            "the same token, not the next",
            same_token,
            "You measured the look at the earlier copy of the token itself. An induction head looks one further: "
            "at what came after it.",
        ),
        Mistake(
            "previous token",
            previous_token,
            "That is the score of a previous-token head, its partner. Here each token looks a whole period "
            "back, less one.",
        ),
        Mistake(
            "one row too many",
            one_row_too_many,
            "The diagonal starts one row too early: the last token of the first reading has no earlier copy. "
            "Take the queries period … 2·period − 1.",
        ),
        Mistake("sum instead of mean", sum_of_weights, "Divide by the number of queries, so that 1 is always."),
        Mistake(
            "two after",
            two_after,
            "One step too far: from query i the copy of the token is at i − period, the next at i − period + 1.",
        ),
    ],
    hint="Make queries = torch.arange(period, 2 * period) and index weights[queries, …] with one key a query.",
    second_hint="The key is one after the copy: `queries - period + 1`. Then take the mean.",
    statement=(
        "`weights` is the attention of one head, (2 · period, 2 · period), on a sequence that is read twice. "
        "Token `i` of the second reading (`i` from `period` to `2 * period - 1`) has its copy at `i - "
        "period`. How much, on average, does it look at the token *after* that copy?\n\n"
        "For `period = 3` the mean of `weights[3, 1]`, `weights[4, 2]`, `weights[5, 3]`."
    ),
    difficulty=3,
    minutes=8,
)
