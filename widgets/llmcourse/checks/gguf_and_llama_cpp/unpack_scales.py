"""Exercise: The eight 6-bit scales of a Q4_K block out of its twelve bytes."""

import numpy as np
import torch

from ...exercise import Exercise, Mistake


def unpack_scales(packed):
    low = packed[:4] & 63
    high = (packed[8:] & 15) | (packed[:4] >> 6 << 4)
    return np.concatenate([low, high])


def without_high_bits(packed):
    return np.concatenate([packed[:4] & 63, packed[8:] & 15])


def bits_of_the_minima(packed):
    return np.concatenate([packed[:4] & 63, (packed[8:] & 15) | (packed[4:8] >> 6 << 4)])


def high_bits_below(packed):
    return np.concatenate([packed[:4] & 63, (packed[8:] & 15) << 2 | packed[:4] >> 6])


def halves_of_the_minima(packed):
    return np.concatenate([packed[:4] & 63, (packed[8:] >> 4) | (packed[:4] >> 6 << 4)])


def whole_bytes(packed):
    return packed[:8].copy()


def not_masked(packed):
    return np.concatenate([packed[:4], (packed[8:] & 15) | (packed[:4] >> 6 << 4)])


def make_packed(size, generator):
    packed = torch.randint(0, 256, (12,), generator=generator, dtype=torch.uint8).numpy()
    packed[size % 4] |= 64
    packed[0], packed[4], packed[8] = 0x81, 0x42, 0x37
    return (packed,)


EXERCISE = Exercise(
    name="gguf_and_llama_cpp.unpack_scales",
    goal="The eight 6-bit scales of a Q4_K block.",
    solution=unpack_scales,
    cases=make_packed,
    mistakes=[
        Mistake(
            "two bits forgotten",
            without_high_bits,
            "Your last four scales have four bits only. Their two highest bits stand at the top of the first four "
            "bytes.",
        ),
        Mistake(
            "the minima's bits",
            bits_of_the_minima,
            "The bits at the top of bytes 4 to 7 belong to the minima. The scales' are at the top of bytes 0 to 3.",
        ),
        Mistake(
            "two bits at the bottom",
            high_bits_below,
            "The two bits are the highest of the six: move them up by four, and leave the low four in their place.",
        ),
        Mistake(
            "the minima's halves",
            halves_of_the_minima,
            "The upper halves of bytes 8 to 11 are the minima's. The scales have the lower halves.",
        ),
        Mistake(
            "whole bytes",
            whole_bytes,
            "Those are eight bytes as they stand, 0 to 255. A scale has six bits, and bytes 4 to 7 hold minima.",
        ),
        Mistake(
            "first four not masked",
            not_masked,
            "Your first four scales still carry two bits that belong to others. `& 63` keeps the lower six.",
        ),
    ],
    hint="The first four scales are the lower six bits of bytes 0 to 3. The other four come in two pieces.",
    second_hint="`packed[8:] & 15` are the lower four bits, `packed[:4] >> 6` the upper two: move those up by `<< "
    "4`, join with `|`.",
    statement=(
        "`packed` holds 12 bytes, uint8. Return the eight scales, (8,) uint8. Scales 0 to 3: the lower six bits of "
        "bytes "
        "0 to 3. Scales 4 to 7: their lower four bits are the lower halves of bytes 8 to 11, their upper two bits "
        "the top "
        "two of bytes 0 to 3. With byte 0 = `0x81` and byte 8 = `0x37`, scale 0 is 1 and scale 4 is 7 + 2·16 = 39."
    ),
    difficulty=3,
    minutes=7,
)
