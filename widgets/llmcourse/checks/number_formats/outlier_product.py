"""Exercise: A product whose outlier columns stay in floats, while the rest is rounded to 8 bits."""

import torch

from ...exercise import Exercise, Mistake


def outlier_product(x, weights, threshold):
    apart = x.abs().amax(0) >= threshold
    inside = x.masked_fill(apart, 0)
    scale = inside.abs().amax(1, keepdim=True) / 127
    rounded = (inside / scale).round() * scale
    return rounded @ weights.T + x[:, apart] @ weights[:, apart].T


def _rounded(x, scaled_by=None):
    scale = (x if scaled_by is None else scaled_by).abs().amax(1, keepdim=True) / 127
    return (x / scale).round() * scale


def no_decomposition(x, weights, threshold):
    return _rounded(x) @ weights.T


def counted_twice(x, weights, threshold):
    apart = x.abs().amax(0) >= threshold
    return _rounded(x) @ weights.T + x[:, apart] @ weights[:, apart].T


def outliers_lost(x, weights, threshold):
    return _rounded(x.masked_fill(x.abs().amax(0) >= threshold, 0)) @ weights.T


def positive_outliers_only(x, weights, threshold):
    apart = x.amax(0) >= threshold
    return _rounded(x.masked_fill(apart, 0)) @ weights.T + x[:, apart] @ weights[:, apart].T


def scale_of_the_outliers(x, weights, threshold):
    apart = x.abs().amax(0) >= threshold
    return _rounded(x.masked_fill(apart, 0), x) @ weights.T + x[:, apart] @ weights[:, apart].T


def outlier_tokens(x, weights, threshold):
    apart = x.abs().amax(1, keepdim=True) >= threshold
    return torch.where(apart, x, _rounded(x)) @ weights.T


def make_product(size, generator):
    x, weights = torch.randn(size + 1, size + 2, generator=generator), torch.randn(3, size + 2, generator=generator)
    x = x.clamp(-4, 4)
    x[0, 0] = (-1) ** size * (40 + 10 * torch.rand((), generator=generator))
    return x, weights, 6.0


EXERCISE = Exercise(
    name="number_formats.outlier_product",
    goal="A product whose outlier columns stay in floats, while the rest is rounded to 8 bits.",
    solution=outlier_product,
    cases=make_product,
    mistakes=[
        Mistake(
            "nothing kept out",
            no_decomposition,
            "Everything was rounded together: the outlier columns must be taken out before, and multiplied in floats.",
        ),
        Mistake(
            "outliers counted twice",
            counted_twice,
            "The outlier columns are in the 8-bit part too. Set them to 0 there before you round.",
        ),
        Mistake(
            "outliers lost", outliers_lost, "The outlier columns are taken out and never added: add their product."
        ),
        Mistake(
            "only positive outliers",
            positive_outliers_only,
            "A feature of −40 is as large as one of 40: compare magnitudes, x.abs().",
        ),
        Mistake(
            "the outlier still sets the scale",
            scale_of_the_outliers,
            "You took the scale before the outlier was out, so the small features still share its coarse steps.",
        ),
        Mistake(
            "whole tokens kept",
            outlier_tokens,
            "You kept rows, tokens. A matrix product can be cut along the features: whole columns of x and of "
            "the weights.",
        ),
    ],
    hint="`apart = x.abs().amax(0) >= threshold` marks columns. `x.masked_fill(apart, 0)` is x without them.",
    second_hint="Round what is left (a scale for each row), multiply; then add `x[:, apart] @ weights[:, apart].T`.",
    statement=(
        "`x` is (tokens, features), `weights` (outputs, features). A feature that reaches `threshold` in "
        "magnitude for any "
        "token is an outlier. Round the other features to 8 bits (absmax, a scale for each token) and multiply; "
        "multiply "
        "the outlier features as they are; return the sum, (tokens, outputs). `x = [[1, 0.3, 60]]` with "
        "`weights = [[1, 1, 1]]` and `threshold = 6` gives 61.299; without the decomposition it would be 60.94."
    ),
    difficulty=3,
    minutes=8,
)
