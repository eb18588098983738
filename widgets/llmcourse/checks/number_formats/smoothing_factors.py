"""Exercise: What SmoothQuant divides each feature by."""

import torch

from ...exercise import Exercise, Mistake


def smoothing_factors(x, weights, alpha):
    return x.abs().amax(0) ** alpha / weights.abs().amax(0) ** (1 - alpha)


def alpha_swapped(x, weights, alpha):
    return x.abs().amax(0) ** (1 - alpha) / weights.abs().amax(0) ** alpha


def rows_of_the_weights(x, weights, alpha):
    return x.abs().amax(0) ** alpha / weights.abs().amax(1) ** (1 - alpha)


def multiplied(x, weights, alpha):
    return x.abs().amax(0) ** alpha * weights.abs().amax(0) ** (1 - alpha)


def upside_down(x, weights, alpha):
    return weights.abs().amax(0) ** (1 - alpha) / x.abs().amax(0) ** alpha


def one_maximum_for_all(x, weights, alpha):
    return x.abs().amax() ** alpha / weights.abs().amax(0) ** (1 - alpha)


def make_smoothing(size, generator):
    x, weights = (
        torch.randn(size + 2, size + 1, generator=generator),
        torch.randn(size + 1, size + 1, generator=generator),
    )
    x[0, 0] = -30 - torch.rand((), generator=generator)
    return x, weights, 0.25 + 0.1 * (size % 2) + 0.35 * (size % 3 == 0)


EXERCISE = Exercise(
    name="number_formats.smoothing_factors",
    goal="What SmoothQuant divides each feature by.",
    solution=smoothing_factors,
    cases=make_smoothing,
    mistakes=[
        Mistake(
            "alpha swapped",
            alpha_swapped,
            "alpha belongs to the activations: with alpha = 1 all of the difficulty moves into the weights.",
        ),
        Mistake(
            "rows of the weights",
            rows_of_the_weights,
            "Feature j meets column j of the weights, not row j: take the maximum over the outputs, dimension 0.",
        ),
        Mistake("multiplied, not divided", multiplied, "The larger the weights, the less they can take on: divide."),
        Mistake("upside down", upside_down, "That is what x is multiplied with. Asked is what it is divided by."),
        Mistake(
            "one maximum for all",
            one_maximum_for_all,
            "Each feature has its own maximum over the tokens; with one for all, nothing is evened out.",
        ),
    ],
    hint="The largest magnitude of each feature of x: `x.abs().amax(0)`. The same of the weights' columns.",
    second_hint="`x.abs().amax(0) ** alpha / weights.abs().amax(0) ** (1 - alpha)`.",
    statement=(
        "`x` is (tokens, features), `weights` (outputs, features). Return s, one number a feature: max|x| to the "
        "power of "
        "`alpha`, over max|W| to the power of `1 - alpha`. A feature with maximum 100 whose weights reach 1 "
        "gives 10 at "
        "`alpha = 0.5`."
    ),
    difficulty=2,
    minutes=4,
)
