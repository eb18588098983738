"""Exercise: The id of the likeliest next token, from the logits of one position."""

import torch

from ...exercise import Exercise, Mistake


def next_token(logits):
    return int(logits.argmax())


def probability_instead_of_id(logits):
    return logits.softmax(dim=-1).max()


def logit_instead_of_id(logits):
    return logits.max()


def least_likely(logits):
    return logits.argmin()


def off_by_one(logits):
    return logits.argmax() + 1


def all_probabilities(logits):
    return logits.softmax(dim=-1)


def make_logits(size, generator):
    """A vector of 4 · size logits."""
    return (torch.randn(4 * size, generator=generator),)


EXERCISE = Exercise(
    name="start.next_token",
    goal="The id of the likeliest next token, from the logits of one position.",
    solution=next_token,
    cases=make_logits,
    mistakes=[
        Mistake(
            "the largest logit, not its id",
            logit_instead_of_id,
            "`max` gives the score itself. The id of a token is the position of its score: `argmax`.",
        ),
        Mistake(
            "the probability, not the id",
            probability_instead_of_id,
            "That is how likely the token is. Asked is which token: the position of the largest number. "
            "Softmax keeps the order, so the logits are enough.",
        ),
        Mistake(
            "the least likely token",
            least_likely,
            "`argmin` finds the smallest score. A higher logit means a likelier token.",
        ),
        Mistake(
            "ids counted from one",
            off_by_one,
            "Token ids are positions in the vocabulary and start at 0, as `argmax` counts.",
        ),
        Mistake(
            "all probabilities, not one id",
            all_probabilities,
            "Softmax gives the probability of every token. Asked is the one position that holds the largest.",
        ),
    ],
    hint="`logits` holds one score for each token of the vocabulary. Which position holds the largest?",
    second_hint="`logits.argmax()` gives the position as a tensor; `int(…)` makes a whole number of it.",
    statement=(
        "The simplest rule of all is **greedy**: always take the likeliest token. Write a function that gets "
        "the logits, a tensor with one score for each token, and returns the *id* of the likeliest token as a"
        " whole number. For the logits `[0.1, 2.0, -3.0]` it returns `1`."
    ),
    difficulty=1,
    minutes=3,
)
