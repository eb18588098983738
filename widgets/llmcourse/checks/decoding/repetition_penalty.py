"""Exercise: The logits with every token of the text so far made less likely, as CTRL does it."""

import torch

from ...exercise import Exercise, Mistake
from .inputs import random_logits


def repetition_penalty(logits, ids, penalty):
    seen = torch.zeros_like(logits, dtype=torch.bool)
    seen[ids] = True
    punished = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, punished, logits)


def negative_logits_divided(logits, ids, penalty):
    penalised = logits.clone()
    penalised[ids] = logits[ids] / penalty
    return penalised


def once_per_occurrence(logits, ids, penalty):
    penalised = logits.clone()
    for token in ids:
        penalised[token] = penalised[token] / penalty if penalised[token] > 0 else penalised[token] * penalty
    return penalised


def everything_penalised(logits, ids, penalty):
    return torch.where(logits > 0, logits / penalty, logits * penalty)


def subtracted(logits, ids, penalty):
    penalised = logits.clone()
    penalised[ids] = logits[ids] - penalty
    return penalised


def divide_and_multiply_swapped(logits, ids, penalty):
    return repetition_penalty(logits, ids, 1 / penalty)


def make_repetition(size, generator):
    """Random logits of both signs; the text so far holds the best token twice and the worst one once."""
    logits = random_logits(size, generator)
    logits = logits - logits.mean()
    best, worst = int(logits.argmax()), int(logits.argmin())
    return logits, [best, worst, best], 1.5


EXERCISE = Exercise(
    name="decoding.repetition_penalty",
    goal="The logits with every token of the text so far made less likely, as CTRL does it.",
    solution=repetition_penalty,
    cases=make_repetition,
    mistakes=[
        Mistake(
            "negative logits divided",
            negative_logits_divided,
            "Dividing -6 by 1.5 gives -4: the repeated token becomes likelier. Multiply where the logit is negative.",
        ),
        Mistake(
            "punished once per occurrence",
            once_per_occurrence,
            "A token that occurs twice is punished twice. This penalty asks only whether it occurs; the one that "
            "counts is the frequency penalty.",
        ),
        Mistake(
            "all tokens punished",
            everything_penalised,
            "You changed every logit. Only the tokens in `ids` are punished.",
        ),
        Mistake(
            "subtracted",
            subtracted,
            "Subtracting a constant is the presence penalty of OpenAI's API. CTRL's repetition penalty divides "
            "and multiplies.",
        ),
        Mistake(
            "divided and multiplied the wrong way round",
            divide_and_multiply_swapped,
            "Your repeated tokens become likelier: positive logits are divided, negative ones multiplied.",
        ),
    ],
    hint="`logits[ids]` picks the logits of the text so far. Both cases must move down: divide the positive, "
    "multiply the negative.",
    second_hint=(
        "On a clone: `torch.where(logits[ids] > 0, logits[ids] / penalty, logits[ids] * penalty)`, assigned at `ids`."
    ),
    statement=(
        "Return the **logits**, with every token that occurs in `ids` (a list) made less likely. How often it"
        " occurs does not matter.\n\n"
        "Worked value: `my_repetition_penalty(torch.tensor([4.0, -4.0, 4.0]), [0, 1, 1], 2.0)` is "
        "`tensor([2., -8., 4.])`."
    ),
    difficulty=2,
    minutes=6,
)
