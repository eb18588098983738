"""Exercise: A frozen layer with a low-rank update beside it."""

import torch

from ...exercise import Exercise, Mistake


def low_rank_layer(x, W, A, B, alpha):
    detour = x @ A.T @ B.T
    return x @ W.T + alpha / len(A) * detour


def alpha_not_divided(x, W, A, B, alpha):
    return x @ W.T + alpha * (x @ A.T @ B.T)


def not_scaled(x, W, A, B, alpha):
    return x @ W.T + x @ A.T @ B.T


def frozen_forgotten(x, W, A, B, alpha):
    return alpha / len(A) * (x @ A.T @ B.T)


def everything_scaled(x, W, A, B, alpha):
    return alpha / len(A) * (x @ W.T + x @ A.T @ B.T)


def divided_by_the_inputs(x, W, A, B, alpha):
    return x @ W.T + alpha / A.shape[1] * (x @ A.T @ B.T)


def make_layer(size, generator):
    sizes = [(2, size + 2), (size + 3, size + 2), (size, size + 2), (size + 3, size)]
    return *(torch.randn(each, generator=generator) for each in sizes), 1.0 + 3 * size


EXERCISE = Exercise(
    name="lora_and_qlora.low_rank_layer",
    goal="A frozen layer with a low-rank update beside it.",
    solution=low_rank_layer,
    cases=make_layer,
    mistakes=[
        Mistake(
            "alpha not divided by the rank",
            alpha_not_divided,
            "Your update counts alpha times. LoRA divides alpha by the rank, so that a larger rank does not make a "
            "larger update by itself: alpha / len(A).",
        ),
        Mistake("no scale", not_scaled, "Alpha does nothing yet: the detour counts alpha / rank times."),
        Mistake(
            "the frozen weights forgotten",
            frozen_forgotten,
            "This is the update alone. The frozen weights still do most of the work: x @ W.T comes first.",
        ),
        Mistake(
            "the frozen weights scaled too",
            everything_scaled,
            "Alpha scales the whole layer here, so the model would be changed even while B is zero. Scale the detour "
            "only.",
        ),
        Mistake(
            "divided by the inputs instead of the rank",
            divided_by_the_inputs,
            "A has the shape (rank, inputs): its rank is len(A) or A.shape[0], not A.shape[1].",
        ),
    ],
    hint="Two ways from x to the result, added: through W, and through A and then B. Only the second one is scaled.",
    second_hint="The detour is `x @ A.T @ B.T`; the rank is `len(A)`.",
    statement=(
        "`x` has the shape (examples, inputs), `W` (outputs, inputs), `A` (rank, inputs), `B` (outputs, rank), and "
        "`alpha` is a number. Return (examples, outputs): the frozen layer's result plus alpha / rank times the "
        "detour through A and B.\n\n"
        "Worked value: with x = [[1, 2]], W the 2 × 2 identity, A = [[1, 1]], B = [[1], [0]] and alpha = 2 the result "
        "is [[7, 2]]: the detour gives 3, counts twice, and reaches the first output only."
    ),
    difficulty=1,
    minutes=5,
)
