"""Exercise: How often a model refuses what it should, and what it should not."""

import torch

from ...exercise import Exercise, Mistake


def refusal_rates(refused, harmful):
    return torch.stack([refused[harmful].float().mean(), refused[~harmful].float().mean()])


def shares_of_all(refused, harmful):
    return torch.stack([(refused & harmful).float().mean(), (refused & ~harmful).float().mean()])


def shares_of_refusals(refused, harmful):
    count = refused.sum().clamp_min(1)
    return torch.stack([(refused & harmful).sum() / count, (refused & ~harmful).sum() / count])


def exchanged(refused, harmful):
    return refusal_rates(refused, ~harmful)


def answered_instead(refused, harmful):
    return refusal_rates(~refused, harmful)


def make_requests(size, generator):
    count = 2 * size + 3
    harmful = torch.arange(count) % 3 == 0
    return torch.rand(count, generator=generator) < 0.6, harmful


EXERCISE = Exercise(
    name="dpo.refusal_rates",
    goal="How often a model refuses what it should, and what it should not.",
    solution=refusal_rates,
    cases=make_requests,
    mistakes=[
        Mistake(
            "shares of all requests",
            shares_of_all,
            "You divide by the number of all requests, so more harmless questions in the set would change the first "
            "number. Divide each count by the size of its own group.",
        ),
        Mistake(
            "shares of the refusals",
            shares_of_refusals,
            "You ask what part of the refusals was justified. A model that refuses a single, harmful request would get "
            "1 and look perfect. Ask what part of each group of requests was refused.",
        ),
        Mistake(
            "the groups exchanged",
            exchanged,
            "First the harmful requests, which should be refused; then the harmless ones, which should not.",
        ),
        Mistake(
            "answers counted, not refusals",
            answered_instead,
            "Both numbers are shares of refusals: the first should be near 1, the second near 0.",
        ),
    ],
    hint="`refused[harmful]` are the verdicts on the harmful requests alone; `~harmful` are the others.",
    second_hint="`torch.stack([refused[harmful].float().mean(), …])` puts the two shares into one tensor.",
    statement=(
        "`refused` and `harmful` are True or False for each request, (requests,). Return a tensor of two shares: the "
        "harmful requests that were refused, and the harmless ones that were (over-refusal). refused [1, 1, 0], "
        "harmful [1, 0, 0] give [1.0, 0.5]."
    ),
    difficulty=1,
    minutes=3,
)
