"""Ten thousand damaged GGUF files, made by a seeded generator that knows the format: a sentence each, and no more.

Every mutation has its time and memory limited. What the reader still takes must be usable to the last tensor.
"""

import random
import struct
import time

import numpy as np
import pytest
from llmcourse.memory_limit import memory_limit
from llmcourse.scratch.gguf import read
from llmcourse.scratch.gguf_blocks import SIZES
from llmcourse.scratch.gguf_write import Planned, pack_entry, pack_text, write

ROUNDS, AT_ONCE = 12_000, 1_000
LONGEST = 1.0  # seconds for one file
EXTREMES = [
    0,
    1,
    2,
    7,
    31,
    2**8 - 1,
    2**15,
    2**16,
    2**22 + 1,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**40,
    2**62,
    2**63,
    2**64 - 1,
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A small file with every kind of metadata and several types of tensors, and the places of its fields."""
    path = tmp_path_factory.mktemp("fuzz") / "sound.gguf"
    entries = [
        pack_entry("general.alignment", "uint32", 32),
        pack_entry("general.name", "string", "naïve 🎉"),
        pack_entry("a.float", "float64", float("nan")),
        pack_entry("a.bool", "bool", True),
        pack_entry("a.texts", "array of string", ["one", "", "three"]),
        pack_entry("a.numbers", "array of float32", [0.5, -1.5]),
        pack_text("a.nested") + struct.pack("<IIQIQ", 9, 9, 1, 0, 2) + b"\x01\x02",
    ]
    tensors = [
        Planned(f"{kind}.weight", kind, (2, 256), lambda size=SIZES[kind][1] * 512 // SIZES[kind][0]: filled(size))
        for kind in ("F32", "F16", "Q4_0", "Q8_0", "Q4_K", "Q6_K", "BF16")
    ]
    write(path, entries, tensors)
    return path.read_bytes(), read(path)


def filled(size):
    return np.arange(size, dtype=np.uint32).astype(np.uint8)


def mutate(content, table, dice):
    """One damaged file: a field made extreme, a bit flipped, bytes cut out, doubled or swapped, or the end cut off."""
    content = bytearray(content)
    places = [4, 8, 16, table.infos_start, *(entry.start for entry in table.metadata.values())]
    places += [tensor.info_start for tensor in table.tensors.values()]
    places += [entry.start + 8 + len(entry.name.encode()) for entry in table.metadata.values()]
    for tensor in table.tensors.values():
        after = tensor.info_start + 8 + len(tensor.name.encode())
        places += [after, after + 4, after + 12, after + 20, after + 24]
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        if not content:
            break
        place = min(dice.choice(places) + dice.choice([0, 0, 0, 4, 8, 12]), len(content) - 1)
        way = dice.randrange(8)
        if way < 3:
            value = dice.choice(EXTREMES) if dice.random() < 0.8 else dice.getrandbits(64)
            width = dice.choice([4, 8])
            content[place : place + width] = (value % 2 ** (8 * width)).to_bytes(width, "little")
        elif way == 3:
            place = dice.randrange(min(table.data_start, len(content)))
            content[place] ^= 1 << dice.randrange(8)
        elif way == 4:
            del content[place : place + dice.choice([1, 4, 8, 24])]
        elif way == 5:
            content[place:place] = content[place : place + dice.choice([1, 8, 40])]
        elif way == 6:
            other = dice.choice(places)
            content[place : place + 8], content[other : other + 8] = (
                content[other : other + 8],
                content[place : place + 8],
            )
        else:
            del content[dice.randrange(len(content)) :]
    return bytes(content)


def test_mutations_are_many_and_different(sound):
    dice = random.Random(0)
    assert len({mutate(*sound, dice) for _ in range(2_000)}) > 1_600


@pytest.mark.parametrize("part", range(ROUNDS // AT_ONCE))
def test_ten_thousand_damaged_files(sound, tmp_path, part):
    dice, path, taken = random.Random(part), tmp_path / "bad.gguf", 0
    with memory_limit(64):
        for number in range(AT_ONCE):
            path.write_bytes(mutate(*sound, dice))
            start = time.process_time()
            try:
                used(read(path))
                taken += 1
            except ValueError as problem:
                told = str(problem)
                assert "\n" not in told and len(told) < 400, (part, number, told)
            assert time.process_time() - start < LONGEST, (part, number)
    assert 0 < taken < AT_ONCE


def used(found):
    """All that a lesson does with a file; only ValueErrors are allowed."""
    assert found.infos_start <= found.infos_end <= len(found.data)
    for tensor in found.tensors.values():
        assert tensor.start + tensor.size <= len(found.data)
        with np.errstate(all="ignore"):
            try:
                found.values_of(tensor.name)
            except ValueError as problem:
                assert "cannot unpack it" in str(problem), "all else is said when the file is read"


def test_nested_arrays_and_a_long_text_stay_small(tmp_path):
    path = tmp_path / "bad.gguf"
    deep = struct.pack("<IQ", 9, 1) * 200_000
    huge = pack_text("k") + struct.pack("<IQ", 8, 2**40)
    many = pack_text("k") + struct.pack("<IIQ", 9, 8, 2**61) + bytes(100)
    for raw in (pack_text("k") + struct.pack("<I", 9) + deep, huge, many):
        path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + raw)
        with memory_limit(64), pytest.raises(ValueError):
            read(path)


@pytest.mark.parametrize("kind", ["F32", "Q4_0", "Q4_K", "IQ2_XXS", "Q8_K"])
def test_a_tensor_without_weights_is_empty(tmp_path, kind):
    path = tmp_path / "empty.gguf"
    write(path, [], [Planned("w", kind, (0, 3, 256), lambda: filled(0))])
    assert read(path).values_of("w").shape == (0, 3, 256)
