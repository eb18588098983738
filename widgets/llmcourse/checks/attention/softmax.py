"""Exercise: Weights from scores: each row positive, each row summing to one."""

import torch

from ...exercise import Exercise, Mistake
from ...scratch.attention import softmax as stable_softmax


def softmax(scores):
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return powers / powers.sum(-1, keepdim=True)


def softmax_over_queries(scores):
    return stable_softmax(scores, dim=0)


def softmax_over_everything(scores):
    return stable_softmax(scores.flatten()).view_as(scores)


def share_without_powers(scores):
    return scores / scores.sum(-1, keepdim=True)


def powers_without_sum(scores):
    return scores.exp()


def make_scores(size, generator):
    return (torch.randn(size, size + 1, generator=generator),)


EXERCISE = Exercise(
    name="attention.softmax",
    goal="Weights from scores: each row positive, each row summing to one.",
    solution=softmax,
    cases=make_scores,
    mistakes=[
        Mistake(
            "softmax over the queries",
            softmax_over_queries,
            "Your columns sum to one. Each query shares out its own attention, so each row must: use the last "
            "dimension.",
        ),
        Mistake(
            "softmax over everything",
            softmax_over_everything,
            "All numbers together sum to one. Every query has a whole unit of attention of its own: sum along "
            "the last dimension, with keepdim=True.",
        ),
        Mistake(
            "shares without exp",
            share_without_powers,
            "A negative score gives a negative weight, and a sum near zero gives huge ones. Take exp first: "
            "it makes every score positive.",
        ),
        Mistake(
            "exp without the sum",
            powers_without_sum,
            "These are positive but do not sum to one. Divide each row by its sum.",
        ),
    ],
    hint="Take exp of all scores, then divide each row by its sum: sum(-1, keepdim=True).",
    second_hint=(
        "powers = scores.exp(); then powers divided by `powers.sum(-1, keepdim=True)`. The last dimension is the row."
    ),
    statement=(
        "Turn a matrix of scores, one row a query, into weights. Each row must be positive and sum to one. "
        "The scores `[2, 1, 0]` give `[0.67, 0.24, 0.09]`."
    ),
    difficulty=1,
    minutes=3,
)
