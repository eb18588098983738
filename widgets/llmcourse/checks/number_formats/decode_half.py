"""Exercise: The number that the 16 bits of a float16 mean."""

import torch

from ...exercise import Exercise, Mistake


def decode_half(bits):
    sign = -1 if bits >> 15 else 1
    exponent, fraction = bits >> 10 & 31, bits & 1023
    if exponent == 0:
        return sign * fraction / 1024 * 2.0**-14
    return sign * (1 + fraction / 1024) * 2.0 ** (exponent - 15)


def _parts(bits):
    return -1 if bits >> 15 else 1, bits >> 10 & 31, bits & 1023


def no_bias(bits):
    sign, exponent, fraction = _parts(bits)
    if exponent == 0:
        return sign * fraction / 1024 * 2.0**-14
    return sign * (1 + fraction / 1024) * 2.0**exponent


def no_hidden_one(bits):
    sign, exponent, fraction = _parts(bits)
    return sign * fraction / 1024 * 2.0 ** (max(exponent, 1) - 15)


def subnormals_like_the_others(bits):
    sign, exponent, fraction = _parts(bits)
    return sign * (1 + fraction / 1024) * 2.0 ** (exponent - 15)


def subnormals_one_power_too_low(bits):
    sign, exponent, fraction = _parts(bits)
    return sign * ((exponent > 0) + fraction / 1024) * 2.0 ** (exponent - 15)


def no_sign(bits):
    return abs(decode_half(bits))


def make_bits(size, generator):
    fraction = int(torch.randint(1, 1024, (), generator=generator))
    if size == 1:
        return (15 << 10 | 512,)  # 1.5
    if size in (3, 6):
        return ((size == 6) << 15 | fraction,)  # subnormal
    exponent = int(torch.randint(1, 31, (), generator=generator))
    return (size % 2 << 15 | exponent << 10 | fraction,)


EXERCISE = Exercise(
    name="number_formats.decode_half",
    goal="The number that the 16 bits of a float16 mean.",
    solution=decode_half,
    cases=make_bits,
    tolerance=1e-12,
    mistakes=[
        Mistake(
            "bias forgotten",
            no_bias,
            "The exponent is stored with 15 added, so that small numbers need no sign there. Take 15 off again.",
        ),
        Mistake(
            "hidden one forgotten",
            no_hidden_one,
            "The fraction stands behind a 1 that is not stored: 1 + fraction / 1024, unless the exponent bits "
            "are all 0.",
        ),
        Mistake(
            "subnormals read like the others",
            subnormals_like_the_others,
            "With exponent bits 00000 there is no hidden one, or 0 itself could not be written: the value is "
            "fraction / 1024 · 2⁻¹⁴.",
        ),
        Mistake(
            "subnormals one power too low",
            subnormals_one_power_too_low,
            "Without the hidden one, right. But the power stays that of the smallest normal numbers, 2⁻¹⁴, not "
            "2⁻¹⁵: so "
            "the steps go on evenly down to 0.",
        ),
        Mistake("sign ignored", no_sign, "The first bit is the sign: where it is 1, the number is negative."),
    ],
    hint="Three parts: `bits >> 15`, `bits >> 10 & 31` and `bits & 1023`. When the middle one is 0, two things change.",
    second_hint="Normal: (1 + fraction / 1024) · 2^(exponent − 15). Exponent bits all 0: fraction / 1024 · 2^−14.",
    statement=(
        "`bits` is a whole number from 0 to 65,535: the pattern of a float16, one sign bit, 5 exponent bits, 10 "
        "fraction "
        "bits. Return the number it means. `0b0_01111_1000000000` gives 1.5; `0b0_00000_0000000001` gives 2⁻²⁴, about "
        "6e-8. Infinity and NaN (exponent bits all 1) are not asked for."
    ),
    difficulty=2,
    minutes=6,
)
