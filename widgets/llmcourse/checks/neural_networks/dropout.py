"""Exercise: Dropout, in training and in evaluation."""

import torch

from ...exercise import Exercise, Mistake


def dropout(x, noise, share, training):
    if not training:
        return x
    return torch.where(noise < share, 0.0, x / (1 - share))


def without_scale(x, noise, share, training):
    return torch.where(noise < share, 0.0, x) if training else x


def scaled_by_share(x, noise, share, training):
    return torch.where(noise < share, 0.0, x / share) if training else x


def wrong_ones(x, noise, share, training):
    return torch.where(noise < share, x / (1 - share), 0.0) if training else x


def in_evaluation_too(x, noise, share, training):
    return dropout(x, noise, share, True)


def scaled_in_evaluation(x, noise, share, training):
    return torch.where(noise < share, 0.0, x) if training else x * (1 - share)


def only_in_evaluation(x, noise, share, training):
    return dropout(x, noise, share, not training)


def make_dropout(size, generator):
    x, noise = torch.randn(size, 4, generator=generator), torch.rand(size, 4, generator=generator)
    return x, noise, [0.2, 0.3, 0.4][size % 3], size not in (3, 6)


EXERCISE = Exercise(
    name="neural_networks.dropout",
    goal="Dropout that keeps sums the same on average and does nothing in evaluation.",
    solution=dropout,
    cases=make_dropout,
    mistakes=[
        Mistake(
            "no scaling",
            without_scale,
            "With a share gone, the next layer's sums shrink, and in evaluation they are suddenly larger than "
            "it is used "
            "to. Divide what stays by 1 - share.",
        ),
        Mistake(
            "divided by the dropped share",
            scaled_by_share,
            "What stays is the share 1 - share: divide by that. Dropping 20 % must enlarge the rest a little, not five "
            "times.",
        ),
        Mistake(
            "the wrong ones dropped",
            wrong_ones,
            "Drop where noise < share: that happens with the probability `share`. You keep just those.",
        ),
        Mistake(
            "dropped in evaluation too",
            in_evaluation_too,
            "When `training` is False nothing is dropped: the whole network answers, and always alike.",
        ),
        Mistake(
            "scaled in evaluation",
            scaled_in_evaluation,
            "That is the dropout of 2012, which scales in evaluation. Today it is done in training (inverted "
            "dropout), so "
            "that evaluation needs no change.",
        ),
        Mistake("only in evaluation", only_in_evaluation, "You have training and evaluation the wrong way round."),
    ],
    hint="In training: zero where noise < share, and everything else divided by 1 - share. Else: x as it is.",
    second_hint="`torch.where(noise < share, 0.0, x / (1 - share))`, but only if `training`.",
    statement=(
        "`noise` holds uniform random numbers from 0 to 1, as many as `x`. In training set `x` to 0 where "
        "`noise < share`, "
        "and enlarge the rest so that the mean stays the same over many draws. In evaluation give `x` back. "
        "For `x = [1, "
        "1]`, `noise = [0.1, 0.9]`, `share = 0.5` in training you get `[0, 2]`."
    ),
    difficulty=2,
    minutes=4,
)
