"""Exercise: Take the 4-bit codes out of packed bytes, in the order of GGUF's blocks."""

import numpy as np
import torch

from ...exercise import Exercise, Mistake


def unpack_codes(packed):
    return np.concatenate([packed & 15, packed >> 4], axis=-1)


def interleaved(packed):
    return np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1)


def high_halves_first(packed):
    return np.concatenate([packed >> 4, packed & 15], axis=-1)


def not_shifted(packed):
    return np.concatenate([packed & 15, packed & 240], axis=-1)


def not_masked(packed):
    return np.concatenate([packed, packed >> 4], axis=-1)


def rows_for_columns(packed):
    return np.concatenate([packed & 15, packed >> 4], axis=0)


def make_packed(size, generator):
    packed = torch.randint(0, 256, (size + 1, 16), generator=generator, dtype=torch.uint8).numpy()
    packed[0, :3] = [0x21, 0x43, 0xF5]
    return (packed,)


EXERCISE = Exercise(
    name="gguf_and_llama_cpp.unpack_codes",
    goal="The 4-bit codes of packed bytes, in the order of GGUF's blocks.",
    solution=unpack_codes,
    cases=make_packed,
    mistakes=[
        Mistake(
            "interleaved",
            interleaved,
            "You took both halves of a byte as neighbours. In a block the low halves are weights 0 to 15 and the high "
            "halves weights 16 to 31: one byte holds weight i and weight i + 16.",
        ),
        Mistake(
            "high halves first",
            high_halves_first,
            "The low halves come first: they are weights 0 to 15.",
        ),
        Mistake(
            "high half not shifted",
            not_shifted,
            "Your high halves are 0, 16, 32, … 240. Shift them down by four bits: `>> 4`.",
        ),
        Mistake(
            "low half not masked",
            not_masked,
            "Your first half still holds the upper four bits. Keep the lower ones with `& 15`.",
        ),
        Mistake(
            "below, not beside",
            rows_for_columns,
            "You set the high halves below the low ones. They belong to the same block: join along the last axis.",
        ),
    ],
    hint="`packed & 15` keeps the lower four bits of each byte, `packed >> 4` moves the upper four down.",
    second_hint="Join both with `np.concatenate([…, …], axis=-1)`: low halves first.",
    statement=(
        "`packed` has the shape (blocks, 16), uint8. Return (blocks, 32): the low halves of the 16 bytes, then the "
        "high "
        "halves. A row that begins with `0x21 0x43` begins with `1 3` and has `2 4` at places 16 and 17."
    ),
    difficulty=1,
    minutes=4,
)
