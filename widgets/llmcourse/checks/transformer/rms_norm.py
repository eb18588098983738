"""Exercise: RMSNorm: scale each token's features to a root mean square of one, then by a learned weight."""

import torch

from ...exercise import Exercise, Mistake


def rms_norm(x, weight):
    mean_square = x.square().mean(-1, keepdim=True)
    return x / (mean_square + 1e-5).sqrt() * weight


def layer_norm(x, weight):
    return torch.nn.functional.layer_norm(x, x.shape[-1:]) * weight


def unit_length(x, weight):
    return x / (x.square().sum(-1, keepdim=True) + 1e-5).sqrt() * weight


def no_root(x, weight):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5) * weight


def whole_text(x, weight):
    return x / (x.square().mean() + 1e-5).sqrt() * weight


def over_tokens(x, weight):
    return x / (x.square().mean(0, keepdim=True) + 1e-5).sqrt() * weight


def weight_forgotten(x, weight):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()


def mean_size(x, weight):
    return x / (x.abs().mean(-1, keepdim=True) + 1e-5) * weight


def make_stream(size, generator):
    x = torch.randn(size + 1, size + 3, generator=generator)
    return 3 * x + 2 * torch.randn(size + 1, 1, generator=generator), torch.rand(size + 3, generator=generator) + 1.5


EXERCISE = Exercise(
    name="transformer.rms_norm",
    goal="RMSNorm: scale each token's features to a root mean square of one, then by a learned weight.",
    solution=rms_norm,
    cases=make_stream,
    mistakes=[
        Mistake(
            "mean subtracted",
            layer_norm,
            "This is LayerNorm. RMSNorm leaves the mean where it is: it only divides.",
        ),
        Mistake(
            "sum for mean",
            unit_length,
            "You divide by the length of the vector, the root of the *sum* of squares. The root of the *mean* is "
            "wanted, which does not grow with the width.",
        ),
        Mistake("no root", no_root, "You divide by the mean square; its root is missing."),
        Mistake(
            "one scale for all tokens",
            whole_text,
            "All tokens are divided by the same number. Each token has a mean square of its own: `mean(-1, "
            "keepdim=True)`.",
        ),
        Mistake(
            "over the tokens",
            over_tokens,
            "The mean runs over the tokens, so tokens depend on each other. It runs over the features, dimension -1.",
        ),
        Mistake(
            "weight forgotten", weight_forgotten, "The learned `weight`, one number a feature, multiplies at the end."
        ),
        Mistake(
            "mean size, not mean square",
            mean_size,
            "You divide by the mean of the absolute values. RMS means: square, mean, root.",
        ),
    ],
    hint="Read the name backwards: square, mean over the features (keep the dimension), root; divide by it.",
    second_hint="`x.square().mean(-1, keepdim=True)`, plus 1e-5, `.sqrt()`. Divide `x` by it and multiply by `weight`.",
    statement=(
        "`x` has the shape (tokens, features), `weight` (features,). Divide each token by the root of the mean of its "
        "squared features (add 0.00001 under the root), then multiply by `weight`. For `[[3, 4, 0, 0]]` the root mean "
        "square is √(25/4) = 2.5, so with a weight of ones it is `[[1.2, 1.6, 0, 0]]`."
    ),
    difficulty=2,
    minutes=5,
)
