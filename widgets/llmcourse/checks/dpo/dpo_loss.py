"""Exercise: The DPO loss."""

import torch

from ...exercise import Exercise, Mistake


def dpo(chosen, rejected, reference_chosen, reference_rejected, beta):
    margins = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -torch.nn.functional.logsigmoid(beta * margins).mean()


def no_reference(chosen, rejected, reference_chosen, reference_rejected, beta):
    return -torch.nn.functional.logsigmoid(beta * (chosen - rejected)).mean()


def turned_round(chosen, rejected, reference_chosen, reference_rejected, beta):
    return dpo(rejected, chosen, reference_rejected, reference_chosen, beta)


def beta_outside(chosen, rejected, reference_chosen, reference_rejected, beta):
    return beta * dpo(chosen, rejected, reference_chosen, reference_rejected, 1.0)


def references_crossed(chosen, rejected, reference_chosen, reference_rejected, beta):
    return dpo(chosen, rejected, reference_rejected, reference_chosen, beta)


def no_sigmoid(chosen, rejected, reference_chosen, reference_rejected, beta):
    return -(beta * ((chosen - reference_chosen) - (rejected - reference_rejected))).mean()


def minus_forgotten(chosen, rejected, reference_chosen, reference_rejected, beta):
    return -dpo(chosen, rejected, reference_chosen, reference_rejected, beta)


def make_logps(size, generator):
    return *(-20 * torch.rand(size, generator=generator) - 1 for _ in range(4)), 0.1 + 0.1 * (size % 3)


EXERCISE = Exercise(
    name="dpo.dpo_loss",
    goal="The DPO loss.",
    solution=dpo,
    cases=make_logps,
    mistakes=[
        Mistake(
            "no reference",
            no_reference,
            "The loss asks how far the model has moved, not where it stands: take the reference's log-probability away "
            "from each. Without it, a short answer would win because it is short.",
        ),
        Mistake(
            "chosen and rejected exchanged",
            turned_round,
            "This loss gets small when the model prefers the rejected answer. The margin is chosen minus rejected.",
        ),
        Mistake(
            "beta outside the sigmoid",
            beta_outside,
            "Outside, beta only scales the step, like the learning rate. It belongs inside, where it says how large a "
            "margin is enough.",
        ),
        Mistake(
            "the references crossed",
            references_crossed,
            "The chosen answer is compared with the reference's log-probability of the same, chosen answer.",
        ),
        Mistake(
            "no log-sigmoid",
            no_sigmoid,
            "Without -logsigmoid the loss falls without end: a pair that is already right would push on as hard as at "
            "first.",
        ),
        Mistake(
            "the minus forgotten",
            minus_forgotten,
            "A log-probability is negative and should rise. The loss is its negative, so that falling is better.",
        ),
    ],
    hint="For each answer: log-probability minus the reference's. Then chosen minus rejected, times beta, -logsigmoid.",
    second_hint="`margins = (chosen - reference_chosen) - (rejected - reference_rejected)`; the mean comes last.",
    statement=(
        "Four tensors (pairs,) of log-probabilities of whole answers, and `beta`. Return the mean DPO loss. "
        "When the model equals its reference, it is log 2 = 0.693 whatever the pairs."
    ),
    difficulty=2,
    minutes=5,
)
