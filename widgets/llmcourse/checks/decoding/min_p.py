"""Exercise: The probabilities of the tokens at least p times as likely as the likeliest one."""

from ...exercise import Exercise, Mistake
from .inputs import random_logits


def min_p(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= p * probs.max())
    return kept / kept.sum()


def absolute_threshold(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= p)
    return kept / kept.sum()


def threshold_on_logits(logits, p):
    kept = logits.softmax(-1) * (logits >= p * logits.max())
    return kept / kept.sum()


def min_p_not_renormalised(logits, p):
    probs = logits.softmax(-1)
    return probs * (probs >= p * probs.max())


def difference_from_the_best(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= probs.max() - p)
    return kept / kept.sum()


def make_min_p(size, generator):
    """Random logits, and a share of the likeliest token's probability."""
    return random_logits(size, generator), (0.2, 0.4)[size % 2]


EXERCISE = Exercise(
    name="decoding.min_p",
    goal="The probabilities of the tokens at least p times as likely as the likeliest one.",
    solution=min_p,
    cases=make_min_p,
    mistakes=[
        Mistake(
            "an absolute threshold",
            absolute_threshold,
            "You compare with p itself. The bar of min-p moves with the model's certainty: p times the largest "
            "probability.",
        ),
        Mistake(
            "logits compared, not probabilities",
            threshold_on_logits,
            "A share of a logit means nothing: add 5 to all logits and the probabilities stay, but your "
            "threshold moves. Compare probabilities.",
        ),
        Mistake(
            "not renormalised",
            min_p_not_renormalised,
            "The right tokens stay, but their probabilities no longer add up to 1. Divide by their sum.",
        ),
        Mistake(
            "subtracted from the best",
            difference_from_the_best,
            "You keep what lies within p below the best. Min-p is a ratio: multiply the largest probability by p.",
        ),
    ],
    hint="Softmax first. The bar is `p * probs.max()`. Divide what stays by its sum.",
    second_hint="`probs >= p * probs.max()` marks what stays; multiply by it, then divide by the new sum.",
    statement=(
        "Return the **probabilities** of the tokens at least `p` times as likely as the likeliest, "
        "renormalised.\n\n"
        "Worked value: for the logits `torch.tensor([0.2, 0.5, 0.3]).log()` and `p = 0.5` the bar is 0.25, "
        "and the result is `tensor([0.0000, 0.6250, 0.3750])`."
    ),
    difficulty=2,
    minutes=4,
)
