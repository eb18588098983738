"""Exercise: A weight matrix in 8 bits, each output with a scale of its own."""

import torch

from ...exercise import Exercise, Mistake


def per_channel(weights):
    scale = weights.abs().amax(1, keepdim=True) / 127
    return (weights / scale).round() * scale


def a_scale_for_each_input(weights):
    scale = weights.abs().amax(0, keepdim=True) / 127
    return (weights / scale).round() * scale


def one_scale(weights):
    scale = weights.abs().amax() / 127
    return (weights / scale).round() * scale


def signed_maximum(weights):
    scale = weights.amax(1, keepdim=True) / 127
    return (weights / scale).round() * scale


def codes_only(weights):
    return (weights / weights.abs().amax(1, keepdim=True) * 127).round()


def make_matrix(size, generator):
    weights = torch.randn(size + 1, size + 2, generator=generator)
    weights[:, 0] = -3 - torch.rand(size + 1, generator=generator)
    weights[:, 1] = 1.7
    weights *= 10 * torch.arange(1, size + 2).flip(0)[:, None] ** 2
    return (weights * torch.linspace(1, 2, size + 2),)


EXERCISE = Exercise(
    name="number_formats.per_channel",
    goal="A weight matrix in 8 bits, each output with a scale of its own.",
    solution=per_channel,
    cases=make_matrix,
    mistakes=[
        Mistake(
            "a scale for each input",
            a_scale_for_each_input,
            "Your scales belong to the columns, the inputs. They cannot be taken out of the sum over the inputs, so no "
            "integer product could use them. A scale for each row: dimension 1 is reduced.",
        ),
        Mistake("one scale for all", one_scale, "That is one scale for the whole tensor. Each row needs its own."),
        Mistake(
            "largest, not largest magnitude",
            signed_maximum,
            "A row whose largest magnitude is negative gets codes beyond 127. Take .abs() first.",
        ),
        Mistake("codes, not weights", codes_only, "Those are the codes. Multiply them by their row's scale again."),
    ],
    hint="`weights.abs().amax(1, keepdim=True)` is the largest magnitude of each row, still a column of the matrix.",
    second_hint="Divide by 127 for the scale; divide the weights by it, round, and multiply by it again.",
    statement=(
        "`weights` has the shape (outputs, inputs). Round it to 8 bits by absmax with one scale for each output, and "
        "return the weights that are left. `[[1, 0.5], [100, 30]]` keeps 0.5 as 64/127, about 0.504; with one "
        "scale for "
        "all it would become 0.787."
    ),
    difficulty=1,
    minutes=4,
)
