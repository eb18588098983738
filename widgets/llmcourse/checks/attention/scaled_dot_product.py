"""Exercise: Scaled dot-product attention of one head."""

import torch

from ...exercise import Exercise, Mistake


def scaled_dot_product(query, key, value):
    scores = query @ key.T / query.shape[-1] ** 0.5
    return scores.softmax(-1) @ value


def without_scale(query, key, value):
    return (query @ key.T).softmax(-1) @ value


def divided_by_size(query, key, value):
    return (query @ key.T / query.shape[-1]).softmax(-1) @ value


def scaled_after_softmax(query, key, value):
    return (query @ key.T).softmax(-1) / query.shape[-1] ** 0.5 @ value


def softmax_over_wrong_axis(query, key, value):
    return (query @ key.T / query.shape[-1] ** 0.5).softmax(-2) @ value


def without_softmax(query, key, value):
    return query @ key.T / query.shape[-1] ** 0.5 @ value


def mean_of_keys(query, key, value):
    return scaled_dot_product(query, key, key)


def make_query_key_value(size, generator):
    return tuple(torch.randn(size + 1, 2 * size + 1, generator=generator) for _ in range(3))


EXERCISE = Exercise(
    name="attention.scaled_dot_product",
    goal="Scaled dot-product attention of one head.",
    solution=scaled_dot_product,
    cases=make_query_key_value,
    mistakes=[
        Mistake(
            "no scaling",
            without_scale,
            "The scores are the bare dot products. Their spread grows with the size of the head, and softmax "
            "then picks one token: divide the scores by the square root of the size.",
        ),
        Mistake(
            "divided by d, not by its root",
            divided_by_size,
            "The spread of a dot product grows with √d, its variance with d. Divide by d ** 0.5; dividing by d "
            "makes all weights nearly equal.",
        ),
        Mistake(
            "scaled after the softmax",
            scaled_after_softmax,
            "Your weights sum to 1/√d. The scale belongs to the scores, before the softmax.",
        ),
        Mistake(
            "softmax over the wrong axis",
            softmax_over_wrong_axis,
            "Your columns sum to one: each key shares itself out. A query shares out its attention: softmax "
            "over the last dimension, the keys.",
        ),
        Mistake(
            "no softmax",
            without_softmax,
            "Scores are not weights: they can be negative and do not sum to one. Put them through a softmax "
            "before they meet the values.",
        ),
        Mistake(
            "mean of the keys",
            mean_of_keys,
            "The weights are right, but they average the keys. Keys are only for finding; what is handed on is "
            "the value.",
        ),
    ],
    hint="Three lines: scores = query @ key.T / √d, weights = softmax of each row, result = weights @ value.",
    second_hint="`query @ key.T` has one row a query. Divide it by `query.shape[-1] ** 0.5` before `softmax(-1)`.",
    statement=(
        "For one head: `query`, `key`, `value` of shape (tokens, d) each. Return the weighted mean of the "
        "values for each query. With zeros as queries, every result is the plain mean of the values."
    ),
    difficulty=2,
    minutes=5,
)
