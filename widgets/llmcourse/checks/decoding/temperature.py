"""Exercise: The probabilities of the next token at a temperature."""

from ...exercise import Exercise, Mistake
from .inputs import random_logits


def temperature(logits, value):
    return (logits / value).softmax(-1)


def multiplied(logits, value):
    return (logits * value).softmax(-1)


def divided_probabilities(logits, value):
    return logits.softmax(-1) / value


def softmax_twice(logits, value):
    return (logits.softmax(-1) / value).softmax(-1)


def no_softmax(logits, value):
    return logits / value


def make_temperature(size, generator):
    """Random logits, and a temperature below and above 1 by turns."""
    return random_logits(size, generator), (0.5, 2.0)[size % 2]


EXERCISE = Exercise(
    name="decoding.temperature",
    goal="The probabilities of the next token at a temperature.",
    solution=temperature,
    cases=make_temperature,
    mistakes=[
        Mistake(
            "multiplied instead of divided",
            multiplied,
            "Your high temperature sharpens and your low one flattens. Divide the logits by the temperature.",
        ),
        Mistake(
            "divided after the softmax",
            divided_probabilities,
            "Your numbers no longer add up to 1: dividing every probability by the same number changes no "
            "preference. Divide the logits, then take the softmax.",
        ),
        Mistake(
            "softmax of probabilities",
            softmax_twice,
            "You took the softmax twice. Probabilities all lie between 0 and 1, so a second softmax makes them "
            "nearly equal. Divide the logits, then take one softmax.",
        ),
        Mistake(
            "still logits",
            no_softmax,
            "The logits are scaled rightly, but they are no probabilities yet: a softmax is missing.",
        ),
    ],
    hint="Two operations, in this order: scale the logits, then turn them into probabilities.",
    second_hint="`logits / value` first, then `.softmax(-1)`.",
    statement=(
        "Return the **probabilities** of the next token at temperature `value`.\n\n"
        "Worked value: `temperature(torch.tensor([2.0, 1.0]), 0.5)` is `tensor([0.8808, 0.1192])`, the "
        "softmax of `[4, 2]`."
    ),
    difficulty=1,
    minutes=3,
)
