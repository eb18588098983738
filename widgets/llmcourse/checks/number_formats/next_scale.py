"""Exercise: What becomes of the loss scale after a step."""

import torch

from ...exercise import Exercise, Mistake


def next_scale(scale, good, gradients):
    if not torch.isfinite(gradients).all():
        return scale / 2, 0
    if good + 1 == 4:
        return scale * 2, 0
    return scale, good + 1


def nan_missed(scale, good, gradients):
    if torch.isinf(gradients).any():
        return scale / 2, 0
    return (scale * 2, 0) if good + 1 == 4 else (scale, good + 1)


def count_kept(scale, good, gradients):
    if not torch.isfinite(gradients).all():
        return scale / 2, good
    return (scale * 2, 0) if good + 1 == 4 else (scale, good + 1)


def doubled_each_time(scale, good, gradients):
    if not torch.isfinite(gradients).all():
        return scale / 2, 0
    return scale * 2, good + 1


def one_step_late(scale, good, gradients):
    if not torch.isfinite(gradients).all():
        return scale / 2, 0
    return (scale * 2, 0) if good == 4 else (scale, good + 1)


def never_shrinks(scale, good, gradients):
    if not torch.isfinite(gradients).all():
        return scale, 0
    return (scale * 2, 0) if good + 1 == 4 else (scale, good + 1)


def make_step(size, generator):
    gradients = torch.randn(3, generator=generator)
    scale = 2.0 ** int(torch.randint(4, 12, (), generator=generator))
    if size in (3, 4, 6):
        gradients[int(torch.randint(3, (), generator=generator))] = {3: torch.inf, 4: torch.nan, 6: -torch.inf}[size]
    return scale, {1: 0, 2: 3, 3: 2, 4: 1, 5: 2, 6: 3}[size], gradients


EXERCISE = Exercise(
    name="number_formats.next_scale",
    goal="What becomes of the loss scale after a step.",
    solution=next_scale,
    cases=make_step,
    mistakes=[
        Mistake("NaN missed", nan_missed, "∞ − ∞ gives NaN: an overflow can show as NaN too. Ask torch.isfinite."),
        Mistake(
            "count kept after an overflow",
            count_kept,
            "Four good steps **in a row** are asked for: an overflow sets the count to 0.",
        ),
        Mistake(
            "doubled after every good step",
            doubled_each_time,
            "Doubling at each step runs into the next overflow at once. Wait for four good steps in a row.",
        ),
        Mistake("one step late", one_step_late, "This step counts too: with 3 good ones before it, it is the fourth."),
        Mistake(
            "never shrinks",
            never_shrinks,
            "After an overflow the same scale would overflow again: halve it.",
        ),
    ],
    hint=(
        "Two questions: are all gradients finite (`torch.isfinite(gradients).all()`)? Is this the fourth good "
        "step in a row?"
    ),
    second_hint="Not finite: (scale / 2, 0). Fourth good one: (scale * 2, 0). Else: (scale, good + 1).",
    statement=(
        "Before this step the loss scale was `scale`, and `good` steps in a row had been fine. Now the "
        "`gradients` are in. If "
        "one is infinite or NaN, halve the scale and begin to count anew. After the fourth good step in a row, double "
        "it and begin to count anew. Return (scale, good). `(1024.0, 3, [0.1, 0.2])` gives `(2048.0, 0)`."
    ),
    difficulty=2,
    minutes=5,
)
