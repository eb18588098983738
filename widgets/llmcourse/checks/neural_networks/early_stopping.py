"""Exercise: When to stop, and which weights to keep."""

import torch

from ...exercise import Exercise, Mistake


def early_stopping(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return best, epoch
    return best, len(losses) - 1


def keeps_the_last(losses, patience):
    stopped = early_stopping(losses, patience)[1]
    return stopped, stopped


def first_rise(losses, patience):
    return early_stopping(losses, 1)


def rises_in_a_row(losses, patience):
    best = rises = 0
    for epoch in range(1, len(losses)):
        best = epoch if losses[epoch] < losses[best] else best
        rises = rises + 1 if losses[epoch] > losses[epoch - 1] else 0
        if rises == patience:
            return best, epoch
    return best, len(losses) - 1


def knows_the_future(losses, patience):
    return min(range(len(losses)), key=lambda epoch: losses[epoch]), early_stopping(losses, patience)[1]


def one_too_late(losses, patience):
    return early_stopping(losses, patience + 1)


def never_stops(losses, patience):
    return min(range(len(losses)), key=lambda epoch: losses[epoch]), len(losses) - 1


def make_losses(size, generator):
    fall = 1 / torch.arange(1.0, 3 * size + 7)
    noise = torch.rand(len(fall), generator=generator)
    return (fall + noise).tolist(), 2 + size % 3


EXERCISE = Exercise(
    name="neural_networks.early_stopping",
    goal="The epoch whose weights are kept, and the epoch after which training ends.",
    solution=early_stopping,
    cases=make_losses,
    mistakes=[
        Mistake(
            "keeps the last weights",
            keeps_the_last,
            "You stop at the right time and keep the weights of that time. They are `patience` epochs past "
            "the best: go "
            "back to the epoch with the lowest loss.",
        ),
        Mistake(
            "stops at the first look without a record",
            first_rise,
            "Validation losses are noisy: one that is no record says little. Wait for `patience` of them.",
        ),
        Mistake(
            "counts rises in a row",
            rises_in_a_row,
            "You compare each loss with the one before, so a small dip on the way up starts the count anew. "
            "Compare with "
            "the best so far.",
        ),
        Mistake(
            "knows the future",
            knows_the_future,
            "You choose the best of the whole curve, also of epochs after the stop, which were never trained.",
        ),
        Mistake("one epoch too late", one_too_late, "Stop as soon as `patience` epochs have passed since the best."),
        Mistake(
            "never stops",
            never_stops,
            "You train to the end and look back. It works, but saves no time: stop when `patience` epochs "
            "have brought no "
            "record.",
        ),
    ],
    hint=(
        "Walk through the losses, remember the epoch of the lowest so far, and stop when it lies "
        "`patience` epochs back."
    ),
    second_hint="`if epoch - best == patience: return best, epoch`; after the loop `best, len(losses) - 1`.",
    statement=(
        "`losses` are the validation losses of epochs 0, 1, 2, …; training stops at the first epoch that lies "
        "`patience` "
        "epochs after the best so far. Return the epoch whose weights are kept and the epoch at which "
        "training stops (the "
        "last one where it is never stopped). For `[3, 2, 2.5, 2.4, 1]` and `patience = 2` that is `(1, 3)`: the 1 is "
        "never seen."
    ),
    difficulty=2,
    minutes=5,
)
