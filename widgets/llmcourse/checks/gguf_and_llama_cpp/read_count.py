"""Exercise: Read an unsigned 64-bit number out of the bytes of a file, little-endian."""

import numpy as np
import torch

from ...exercise import Exercise, Mistake


def read_count(data, start):
    return sum(int(byte) * 256**place for place, byte in enumerate(data[start : start + 8]))


def big_endian(data, start):
    return int.from_bytes(bytes(data[start : start + 8].tolist()), "big")


def four_bytes(data, start):
    return int.from_bytes(bytes(data[start : start + 4].tolist()), "little")


def signed(data, start):
    return int.from_bytes(bytes(data[start : start + 8].tolist()), "little", signed=True)


def from_the_front(data, start):
    return read_count(data, 0)


def bytes_added(data, start):
    return int(data[start : start + 8].astype(np.int64).sum())


def make_bytes(size, generator):
    data = torch.randint(0, 256, (24 + size,), generator=generator, dtype=torch.uint8).numpy()
    start = 4 * (size % 4) + 4
    data[start + 7] |= 128 if size % 2 == 0 else 1  # half of them would be negative if they were signed
    return data, start


EXERCISE = Exercise(
    name="gguf_and_llama_cpp.read_count",
    goal="An unsigned 64-bit number out of the bytes of a file, little-endian.",
    solution=read_count,
    cases=make_bytes,
    mistakes=[
        Mistake(
            "big-endian",
            big_endian,
            "You gave the first byte the most weight. GGUF is little-endian: the first byte counts ones, the second "
            "256s, the last 256 to the 7th.",
        ),
        Mistake(
            "four bytes",
            four_bytes,
            "You read four bytes. The version is a 32-bit number, but counts and lengths are 64 bits: eight bytes.",
        ),
        Mistake(
            "signed",
            signed,
            "The highest bit made your number negative. Counts are unsigned: it stands for 2 to the 63rd.",
        ),
        Mistake("start ignored", from_the_front, "You read the first eight bytes of `data`; begin at `start`."),
        Mistake(
            "bytes added",
            bytes_added,
            "You added the bytes. Each place weighs 256 times as much as the one before it.",
        ),
    ],
    hint="Eight bytes from `start` on: byte number k counts 256**k.",
    second_hint="`enumerate(data[start : start + 8])` gives k and the byte; make it an `int` before you multiply.",
    statement=(
        "`data` is an array of bytes (uint8). Return the unsigned 64-bit number, a Python int, whose eight bytes "
        "begin at "
        "`start`, the byte of least weight first. The bytes `16 1 0 0 0 0 0 0` are 16 + 1·256 = 272, the tensors of "
        "our "
        "file. Do it with sums and powers, without `struct`."
    ),
    difficulty=1,
    minutes=4,
)
