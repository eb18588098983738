"""Exercise: A block of weights in 4 bits: scaled, put to the nearest level, and scaled back."""

import torch

from ...exercise import Exercise, Mistake

LEVELS = torch.tensor([-1.0, -0.5, -0.2, 0.0, 0.1, 0.4, 1.0])


def round_to_levels(block, levels):
    scale = block.abs().max()
    distance = (block[:, None] / scale - levels).abs()
    return levels[distance.argmin(1)] * scale


def largest_value(block, levels):
    scale = block.max()
    return levels[(block[:, None] / scale - levels).abs().argmin(1)] * scale


def not_scaled_back(block, levels):
    return levels[(block[:, None] / block.abs().max() - levels).abs().argmin(1)]


def not_scaled(block, levels):
    return levels[(block[:, None] - levels).abs().argmin(1)]


def next_level_below(block, levels):
    scale = block.abs().max()
    return levels[(levels <= block[:, None] / scale).sum(1) - 1] * scale


def scaled_by_the_spread(block, levels):
    scale = block.square().mean().sqrt()
    return levels[(block[:, None] / scale - levels).abs().argmin(1)] * scale


def make_block(size, generator):
    block = torch.randn(3 * size + 2, generator=generator)
    block[0] = -3 - torch.rand(1, generator=generator).item()  # the largest magnitude is negative
    block[1] = 1 + torch.rand(1, generator=generator).item()
    return block, LEVELS.clone()


EXERCISE = Exercise(
    name="lora_and_qlora.round_to_levels",
    goal="A block of weights in 4 bits: scaled, put to the nearest level, and scaled back.",
    solution=round_to_levels,
    cases=make_block,
    mistakes=[
        Mistake(
            "the largest value instead of the largest magnitude",
            largest_value,
            "A block's largest weight may be negative. Take the largest magnitude, block.abs().max(), or weights fall "
            "outside the levels.",
        ),
        Mistake(
            "not scaled back",
            not_scaled_back,
            "These are levels between -1 and 1. Multiply with the scale again: that is what the scale is stored for.",
        ),
        Mistake(
            "not scaled at all",
            not_scaled,
            "The levels reach from -1 to 1, the weights do not care. Divide the block by its largest magnitude first.",
        ),
        Mistake(
            "the next level below instead of the nearest",
            next_level_below,
            "You always round down, so all weights shrink together. Take the level with the least distance.",
        ),
        Mistake(
            "scaled by the spread",
            scaled_by_the_spread,
            "Divided by the typical size, the largest weights lie outside -1 to 1 and are cut off. NF4 divides by the "
            "largest magnitude.",
        ),
    ],
    hint="Three steps: scale = the largest magnitude; for each weight / scale the nearest level; times scale.",
    second_hint="`(block[:, None] / scale - levels).abs()` is a table of distances; `argmin(1)` finds the nearest.",
    statement=(
        "`block` holds some weights, `levels` the levels of a code, sorted, from -1 to 1. Return the weights as they "
        "come back from the code: each the nearest level to weight / scale, times scale, where scale is the largest "
        "magnitude in the block.\n\n"
        "Worked value: [4, -1, 0.5] with the levels [-1, 0, 0.25, 1] gives [4, 0, 0]: -0.25 is nearest to 0, and 0.125 "
        "stands halfway, where the first of two equally near levels counts."
    ),
    difficulty=2,
    minutes=6,
)
