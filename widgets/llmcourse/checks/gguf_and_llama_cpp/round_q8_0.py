"""Exercise: What is left of a block after Q8_0: rounded to a scale and 8-bit codes, and back."""

import numpy as np
import torch

from ...exercise import Exercise, Mistake


def round_q8_0(weights):
    scale = np.abs(weights).max() / 127
    codes = np.round(weights / scale)
    return codes * scale


def divided_by_128(weights):
    scale = np.abs(weights).max() / 128
    return np.round(weights / scale).clip(-128, 127) * scale


def four_bits(weights):
    scale = np.abs(weights).max() / 7
    return np.round(weights / scale) * scale


def codes_only(weights):
    return np.round(weights * 127 / np.abs(weights).max())


def largest_only(weights):
    scale = weights.max() / 127
    return np.round(weights / scale).clip(-127, 127) * scale


def cut_off(weights):
    scale = np.abs(weights).max() / 127
    return np.trunc(weights / scale) * scale


def read_unsigned(weights):
    scale = np.abs(weights).max() / 127
    return np.round(weights / scale) % 256 * scale


def make_block(size, generator):
    weights = torch.randn(32, generator=generator).double().numpy()
    weights[size] = -5.0 if size % 2 else 5.0
    return (weights,)


EXERCISE = Exercise(
    name="gguf_and_llama_cpp.round_q8_0",
    goal="What is left of a block after it was rounded to Q8_0.",
    solution=round_q8_0,
    cases=make_block,
    tolerance=1e-7,
    mistakes=[
        Mistake(
            "divided by 128",
            divided_by_128,
            "Signed bytes run from −128 to 127, and Q8_0 uses −127 … 127, so that both signs have the same reach: "
            "divide by 127.",
        ),
        Mistake("four bits", four_bits, "That is a scale for 4 bits. Eight bits with a sign reach 127."),
        Mistake(
            "codes, not weights",
            codes_only,
            "These are the codes that are stored. Multiply them by the scale: that is what the model computes with.",
        ),
        Mistake(
            "largest, not furthest",
            largest_only,
            "You took the largest weight. A negative one may be further from zero: take the largest of "
            "`np.abs(weights)`.",
        ),
        Mistake("cut off instead of rounded", cut_off, "You cut the codes off towards zero. Round them."),
        Mistake(
            "read as unsigned",
            read_unsigned,
            "Your negative weights came back large and positive: the byte 255 stands for −1 here. Codes are signed.",
        ),
    ],
    hint="The weight furthest from zero becomes the code 127 or −127. That gives the scale.",
    second_hint="scale = np.abs(weights).max() / 127; codes = np.round(weights / scale); and back again.",
    statement=(
        "`weights` has the shape (32,). Round it to Q8_0, whole codes from −127 to 127 and one scale, and return the "
        "**weights that are left**, (32,). If the furthest weight is 12.7, the scale is 0.1 and 0.33 comes back as 0.3."
    ),
    difficulty=1,
    minutes=4,
)
