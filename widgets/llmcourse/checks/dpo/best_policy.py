"""Exercise: The policy that the RLHF objective asks for."""

import torch

from ...exercise import Exercise, Mistake


def best_policy(reference, rewards, beta):
    weights = reference * (rewards / beta).exp()
    return weights / weights.sum()


def beta_multiplied(reference, rewards, beta):
    return best_policy(reference, rewards, 1 / beta)


def reference_forgotten(reference, rewards, beta):
    return (rewards / beta).softmax(-1)


def not_divided(reference, rewards, beta):
    return reference * (rewards / beta).exp()


def best_answer_alone(reference, rewards, beta):
    return (rewards == rewards.max()).float()


def added_instead(reference, rewards, beta):
    return (reference + rewards / beta).softmax(-1)


def make_answers(size, generator):
    reference = torch.rand(size + 2, generator=generator).add(0.1)
    return reference / reference.sum(), torch.randn(size + 2, generator=generator), 0.5 + 0.25 * (size % 2)


EXERCISE = Exercise(
    name="dpo.best_policy",
    goal="The policy that the RLHF objective asks for.",
    solution=best_policy,
    cases=make_answers,
    mistakes=[
        Mistake(
            "times beta instead of divided by it",
            beta_multiplied,
            "A large beta makes a step away from the reference dear, so rewards should count less. Divide by it.",
        ),
        Mistake(
            "the reference forgotten",
            reference_forgotten,
            "Your answer would be the same for every reference. Each answer begins with the probability that the "
            "reference gives it, and the reward only scales that.",
        ),
        Mistake(
            "not divided by the sum",
            not_divided,
            "These are weights: they do not sum to one. Their sum is the constant Z of the text; divide by it.",
        ),
        Mistake(
            "all on the best answer",
            best_answer_alone,
            "That is the answer of a beta of zero: reward alone. With a price on leaving the reference, every answer "
            "keeps a share.",
        ),
        Mistake(
            "probability and reward added",
            added_instead,
            "In the exponent stands log reference + reward / beta, not the probability itself. Outside of it, that is "
            "the reference times exp(reward / beta).",
        ),
    ],
    hint="Multiply the reference by exp(reward / beta), then make it sum to one.",
    second_hint="`weights = reference * (rewards / beta).exp()`, divided by its own sum.",
    statement=(
        "`reference` (answers,) are probabilities, `rewards` (answers,), `beta` a number above 0. Return the "
        "probabilities (answers,) that make mean reward - beta · KL as large as possible. Reference [0.5, 0.5], "
        "rewards [log 3, 0] and beta 1 give [0.75, 0.25]."
    ),
    difficulty=1,
    minutes=4,
)
