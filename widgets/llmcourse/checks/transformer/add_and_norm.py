"""Exercise: Add & Norm: add a sublayer's result to the stream, then normalise each token."""

import torch

from ...exercise import Exercise, Mistake


def add_and_norm(x, result):
    total = x + result
    mean = total.mean(-1, keepdim=True)
    variance = (total - mean).square().mean(-1, keepdim=True)
    return (total - mean) / (variance + 1e-5).sqrt()


def normed(x):
    return torch.nn.functional.layer_norm(x, x.shape[-1:])


def residual_forgotten(x, result):
    return normed(result)


def norm_first(x, result):
    return x + normed(result)


def norm_of_the_stream_first(x, result):
    return normed(x) + result


def over_tokens(x, result):
    return add_and_norm(x.T, result.T).T


def variance_not_rooted(x, result):
    total = x + result
    centred = total - total.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-5)


def mean_left_in(x, result):
    total = x + result
    return total / (total.square().mean(-1, keepdim=True) + 1e-5).sqrt()


def n_minus_one(x, result):
    total = x + result
    return (total - total.mean(-1, keepdim=True)) / (total.var(-1, keepdim=True) + 1e-5).sqrt()


def make_streams(size, generator):
    shape = (size + 2, size + 3)
    # Neither a mean of zero nor a variance of one: mistakes differ.
    return 2 * torch.randn(shape, generator=generator) + 1, torch.randn(shape, generator=generator)


EXERCISE = Exercise(
    name="transformer.add_and_norm",
    goal="Add & Norm: add a sublayer's result to the stream, then normalise each token.",
    solution=add_and_norm,
    cases=make_streams,
    mistakes=[
        Mistake(
            "nothing added",
            residual_forgotten,
            "The stream is lost: only the sublayer's result goes on. It must be added to `x` first.",
        ),
        Mistake(
            "result normed, then added",
            norm_first,
            "The result is normalised before it is added. In 2017's order the norm comes last: it gets the sum.",
        ),
        Mistake(
            "stream normed, then added",
            norm_of_the_stream_first,
            "The stream is normalised before the result is added. Add first; the norm gets the sum.",
        ),
        Mistake(
            "over the tokens",
            over_tokens,
            "Mean and variance run over the tokens, so a token depends on its neighbours. They run over the features "
            "of one token: the last dimension, -1.",
        ),
        Mistake(
            "no root",
            variance_not_rooted,
            "You divide by the variance. Its square root, the standard deviation, has the unit of the features.",
        ),
        Mistake(
            "mean left in",
            mean_left_in,
            "The mean is still there: this is RMSNorm, which comes later. LayerNorm subtracts the mean first.",
        ),
        Mistake(
            "divided by n − 1",
            n_minus_one,
            "`var` divides by n − 1 unless told otherwise. LayerNorm divides by n: square, then take the mean.",
        ),
    ],
    hint="First the sum. Then, with `mean(-1, keepdim=True)`, its mean, and the mean of the squared distances to it.",
    second_hint="`total = x + result`. Subtract the mean, and divide by `(variance + 1e-5).sqrt()`.",
    statement=(
        "`x` and `result` have the shape (tokens, features). Return the **sum**, normalised: each token's features get "
        "mean 0 and variance 1. Divide by √(variance + 0.00001), where the variance is the *mean* of the squares. For "
        "`x = [[0, 4]]` and `result = [[1, 1]]` it is `[[-1, 1]]`, up to that small number."
    ),
    difficulty=2,
    minutes=6,
)
