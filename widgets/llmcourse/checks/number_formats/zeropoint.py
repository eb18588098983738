"""Exercise: Numbers rounded with a zero point, in a range that was measured before."""

import torch

from ...exercise import Exercise, Mistake


def round_zeropoint(x, low, high, bits):
    low, high, last = min(low, 0), max(high, 0), 2**bits - 1
    scale = (high - low) / last
    zero = round(-low / scale)
    codes = ((x / scale).round() + zero).clamp(0, last)
    return (codes - zero) * scale


def not_clamped(x, low, high, bits):
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / (2**bits - 1)
    return (x / scale).round() * scale


def zero_left_out(x, low, high, bits):
    last = 2**bits - 1
    scale = (high - low) / last
    zero = round(-low / scale)
    return (((x / scale).round() + zero).clamp(0, last) - zero) * scale


def zero_point_cut_off(x, low, high, bits):
    low, high, last = min(low, 0), max(high, 0), 2**bits - 1
    scale = (high - low) / last
    zero = int(-low / scale)
    return (((x / scale).round() + zero).clamp(0, last) - zero) * scale


def zero_point_not_taken_off(x, low, high, bits):
    low, high, last = min(low, 0), max(high, 0), 2**bits - 1
    scale = (high - low) / last
    return ((x / scale).round() + round(-low / scale)).clamp(0, last) * scale


def too_many_steps(x, low, high, bits):
    low, high, last = min(low, 0), max(high, 0), 2**bits - 1
    scale = (high - low) / 2**bits
    zero = round(-low / scale)
    return (((x / scale).round() + zero).clamp(0, last) - zero) * scale


def make_range(size, generator):
    last = 7
    scale = 0.2 + torch.rand((), generator=generator).item()
    place = [2.7, 0.0, 3.6, 1.7, 2.6, 0.0][size - 1]  # of zero among the codes
    low, high = -place * scale, (last - place) * scale
    x = torch.rand(size + 3, generator=generator) * (high - low) + low
    x[0], x[1], x[2] = high + 2.2 * scale, low - 2.2 * scale, low
    return x, 1.1 * scale if place == 0 else low, high, 3


EXERCISE = Exercise(
    name="number_formats.zeropoint",
    goal="Numbers rounded with a zero point, in a range that was measured before.",
    solution=round_zeropoint,
    cases=make_range,
    mistakes=[
        Mistake(
            "not clamped",
            not_clamped,
            "A number outside the measured range got a code that does not exist. Clamp the codes to 0 … 2^bits − 1.",
        ),
        Mistake(
            "zero left out of the range",
            zero_left_out,
            "Where all of the range lies above 0, your zero point is no code, and 0 cannot be written. Widen the range "
            "first: low = min(low, 0), high = max(high, 0).",
        ),
        Mistake(
            "zero point cut off",
            zero_point_cut_off,
            "The zero point is rounded to the nearest code; int() cuts it off.",
        ),
        Mistake(
            "zero point not taken off again",
            zero_point_not_taken_off,
            "To read a code back, first take the zero point off: (codes − zero) · scale.",
        ),
        Mistake(
            "one step too many",
            too_many_steps,
            "2^bits codes have 2^bits − 1 steps between them, as 8 posts have 7 gaps.",
        ),
    ],
    hint=(
        "Widen the range so that it holds 0. The scale is its width over 2^bits − 1 steps; the zero point is the "
        "code of 0."
    ),
    second_hint=(
        "zero = round(−low / scale); codes = (x / scale).round() + zero, clamped; back: (codes − zero) · scale."
    ),
    statement=(
        "`x` is to be rounded to the codes 0 … 2^bits − 1, which span the range from `low` to `high` (widened to "
        "hold 0, "
        "if need be). What lies outside becomes the nearest end. Return the numbers that the codes stand for. "
        "`x = [-1, 0.2, 2.9]` with `low = -1`, `high = 2` and 2 bits has scale 1, zero point 1 and the codes "
        "`[0, 1, 3]`: it gives `[-1, 0, 2]`."
    ),
    difficulty=2,
    minutes=7,
)
