"""Exercise: Weights rounded by absmax, and read back."""

import torch

from ...exercise import Exercise, Mistake


def round_absmax(weights, bits):
    largest = 2 ** (bits - 1) - 1
    scale = weights.abs().max() / largest
    return (weights / scale).round() * scale


def signed_maximum(weights, bits):
    scale = weights.max() / (2 ** (bits - 1) - 1)
    return (weights / scale).round() * scale


def one_code_too_many(weights, bits):
    scale = weights.abs().max() / 2 ** (bits - 1)
    return (weights / scale).round() * scale


def all_codes_on_one_side(weights, bits):
    scale = weights.abs().max() / (2**bits - 1)
    return (weights / scale).round() * scale


def cut_off(weights, bits):
    scale = weights.abs().max() / (2 ** (bits - 1) - 1)
    return (weights / scale).trunc() * scale


def codes_only(weights, bits):
    scale = weights.abs().max() / (2 ** (bits - 1) - 1)
    return (weights / scale).round()


def make_weights(size, generator):
    weights = torch.randn(size + 2, generator=generator)
    weights[0] = (-1) ** size * (3 + torch.rand((), generator=generator))  # odd sizes: the largest is negative
    weights[1] = 1 + torch.rand((), generator=generator) / 2
    return weights, 3 + size % 3


EXERCISE = Exercise(
    name="number_formats.absmax",
    goal="Weights rounded by absmax, and read back.",
    solution=round_absmax,
    cases=make_weights,
    mistakes=[
        Mistake(
            "largest, not largest magnitude",
            signed_maximum,
            "Your scale follows the largest weight. A large negative weight then gets a code that does not exist: take "
            "the largest magnitude, weights.abs().max().",
        ),
        Mistake(
            "one code too many",
            one_code_too_many,
            "With 8 bits the positive codes end at 127, not at 128: 2^(bits − 1) − 1.",
        ),
        Mistake(
            "all codes on one side",
            all_codes_on_one_side,
            "2^bits − 1 steps would be needed for positive weights alone. Half of the codes are for negative weights.",
        ),
        Mistake(
            "cut off, not rounded",
            cut_off,
            "You cut off what stands behind the point, so every weight moves towards 0. Round to the nearest code.",
        ),
        Mistake("codes, not weights", codes_only, "Those are the codes. Read them back: multiply by the scale again."),
    ],
    hint="The scale is the largest magnitude divided by the largest code, 2^(bits − 1) − 1.",
    second_hint="`(weights / scale).round()` are the codes; times `scale` they are weights again.",
    statement=(
        "Round `weights` to `bits` bits with one scale for all: the largest magnitude becomes the largest code. "
        "Return the "
        "weights that the codes stand for. `[0.6, -1.0, 0.3]` with 4 bits gives the codes `[4, -7, 2]`, and these "
        "the weights `[0.571, -1.0, 0.286]`."
    ),
    difficulty=1,
    minutes=4,
)
