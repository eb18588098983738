"""Exercise: Round a block to Q4_0: the weight furthest from zero becomes the code −8."""

import numpy as np
import torch

from ...exercise import Exercise, Mistake


def round_q4_0(weights):
    furthest = weights[np.abs(weights).argmax()]
    scale = furthest / -8
    codes = np.floor(weights / scale + 0.5) + 8
    return scale, codes.clip(0, 15)


def seven_levels(weights):
    scale = np.abs(weights).max() / 7
    return scale, (np.floor(weights / scale + 0.5) + 8).clip(0, 15)


def positive_scale(weights):
    scale = np.abs(weights).max() / 8
    return scale, (np.floor(weights / scale + 0.5) + 8).clip(0, 15)


def largest_not_furthest(weights):
    scale = weights.max() / -8
    return scale, (np.floor(weights / scale + 0.5) + 8).clip(0, 15)


def without_offset(weights):
    scale, codes = round_q4_0(weights)
    return scale, codes - 8


def not_clipped(weights):
    scale = weights[np.abs(weights).argmax()] / -8
    return scale, np.floor(weights / scale + 0.5) + 8


def cut_off(weights):
    scale = weights[np.abs(weights).argmax()] / -8
    return scale, (np.floor(weights / scale) + 8).clip(0, 15)


def make_block(size, generator):
    weights = torch.randn(32, generator=generator).double().numpy()
    sign = 1 if size % 2 else -1
    weights[3 * size] = 4.0 * sign  # furthest from zero: positive and negative in turn
    weights[3 * size + 1] = -3.95 * sign  # almost as far, on the other side: only clipping keeps it at 15
    return (weights,)


EXERCISE = Exercise(
    name="gguf_and_llama_cpp.round_q4_0",
    goal="A block in Q4_0: a scale, and 32 codes from 0 to 15.",
    solution=round_q4_0,
    cases=make_block,
    mistakes=[
        Mistake(
            "±7 as in absmax",
            seven_levels,
            "That is lesson 5.1's symmetric rounding, from −7 to 7: one of the 16 codes is never used. Q4_0 divides "
            "the "
            "furthest weight by −8.",
        ),
        Mistake(
            "scale without its sign",
            positive_scale,
            "Your scale is always positive, so a furthest weight that is positive would need the code +8, which does "
            "not exist. Keep its sign: dividing by −8 turns it into the code −8.",
        ),
        Mistake(
            "largest, not furthest",
            largest_not_furthest,
            "You took the largest weight. Take the one furthest from zero, negative or not: "
            "`np.abs(weights).argmax()`.",
        ),
        Mistake(
            "offset forgotten",
            without_offset,
            "Your codes run from −8 to 7. Four bits hold no sign: 8 is added before storing.",
        ),
        Mistake(
            "16 in four bits",
            not_clipped,
            "Some code of yours is 16, which needs five bits. Clip to 0 … 15: the other end of the scale is 7, not 8.",
        ),
        Mistake(
            "cut off instead of rounded",
            cut_off,
            "You rounded down. Add one half before `np.floor`.",
        ),
    ],
    hint="`weights[np.abs(weights).argmax()]` is the weight furthest from zero, with its sign.",
    second_hint="scale = furthest / -8; codes = floor(weights / scale + 0.5) + 8, clipped to 0 … 15.",
    statement=(
        "`weights` has the shape (32,). Return the pair (scale, codes): the scale is the weight **furthest from "
        "zero**, "
        "with its sign, divided by −8; a code is `floor(weight / scale + 0.5) + 8`, clipped to 0 … 15. If 4.0 is "
        "furthest, the scale is −0.5, and 4.0 gets the code 0, the weight 1.0 the code 6."
    ),
    difficulty=2,
    minutes=6,
)
