"""Exercise: Compare two keys in a time that does not tell where they differ."""

import torch

from ...exercise import Exercise, Mistake


def difference(given, stored):
    result = len(given) ^ len(stored)
    for one, other in zip(given, stored, strict=False):
        result |= one ^ other
    return result


def first_difference(given, stored):
    if len(given) != len(stored):
        return len(given) ^ len(stored)
    for one, other in zip(given, stored, strict=True):
        if one != other:
            return one ^ other
    return 0


def length_forgotten(given, stored):
    result = 0
    for one, other in zip(given, stored, strict=False):
        result |= one ^ other
    return result


def cancelling(given, stored):
    result = len(given) ^ len(stored)
    for one, other in zip(given, stored, strict=False):
        result ^= one ^ other
    return result


def last_only(given, stored):
    result = len(given) ^ len(stored)
    for one, other in zip(given, stored, strict=False):
        result = one ^ other
    return result


def common_bits(given, stored):
    result = len(given) ^ len(stored)
    for one, other in zip(given, stored, strict=False):
        result |= one & other
    return result


def make_keys(size, generator):
    """Two keys that differ in three places and in length."""
    stored = torch.randint(16, (size + 6,), generator=generator).tolist()
    given = list(stored)
    given[0] ^= 1
    given[1] ^= 6
    given[2] ^= 3
    return given, [*stored, *([7] * 16)]


EXERCISE = Exercise(
    name="serving.key_difference",
    goal="The difference of two keys, in a time that does not tell where they differ.",
    solution=difference,
    cases=make_keys,
    mistakes=[
        Mistake(
            "leaves at the first difference",
            first_difference,
            "You return as soon as a byte differs. The time then tells how many bytes were right, and a key can be "
            "guessed byte by byte. Go through all of them.",
        ),
        Mistake(
            "length forgotten",
            length_forgotten,
            "`zip` ends with the shorter key, so any beginning of a key would pass. Put the lengths' difference in.",
        ),
        Mistake(
            "differences cancel",
            cancelling,
            "You collect with ^, and two differences can cancel each other: then a wrong key passes. Collect with |.",
        ),
        Mistake("only the last byte counts", last_only, "Each byte overwrites what the others found. Collect with |."),
        Mistake("common bits", common_bits, "`&` keeps the bits that both have; `^` those in which they differ."),
    ],
    hint="Begin with `len(given) ^ len(stored)`. Then `^` gives the bits in which two bytes differ; collect all.",
    second_hint="`result |= one ^ other` for each pair, with no `if` and no `break`.",
    statement=(
        "`given` and `stored` are lists of numbers, the bytes of two keys. Return 0 where they are equal, else "
        "the bits in which they differ: begin with `len(given) ^ len(stored)`, then **or** it with the `^` of all "
        "pairs, to the end of the shorter key. No `if`: the time must not depend on what is found.\n\n"
        "Worked value: `difference([1, 2, 3], [1, 6, 2])` is `4 | 1`, that is 5."
    ),
    difficulty=2,
    minutes=5,
)
