"""Masked examples as bytes for the page: an index over all of them, and blocks of their tokens.

static/dataset_data.js reads them; tests/vectors/dataset_viewer.json holds both to the same bytes. Little-endian.
"""

import struct

from .loss_mask import IGNORED, PROBLEMS, ROLES
from .vocabulary import pack_names

MOST_TOKENS = 4_000  # of one example, shown in the page
TITLE = 70  # characters of an example in the list
TRAINED, SPECIAL, PADDING, CUT = 1, 2, 4, 8  # and the role from bit 4 on


def pack_index(examples, duplicates):
    """Five uint32 an example: tokens, trained, cut off, problems (a bit each), the example it repeats (or itself)."""
    rows = []
    for place, example in enumerate(examples):
        bits = sum(1 << PROBLEMS.index(name) for name in example.problems)
        rows += [example.kept, example.trained, len(example.ids) - example.kept, bits, duplicates.get(place, place)]
    return struct.pack(f"<{len(rows)}I", *rows)


def pack_block(start, examples):
    """The first example's number and how many follow; for each its counts of tokens and bytes, ids, flags and names."""
    parts = [struct.pack("<2I", start, len(examples))]
    for example in examples:
        ids = example.ids[:MOST_TOKENS]
        names = pack_names(example.tokens[: len(ids)])
        flags = bytes(_flags(example, place) for place in range(len(ids)))
        parts += [struct.pack(f"<2I{len(ids)}I", len(ids), len(names), *ids), flags, names]
    return b"".join(parts)


def pack_titles(examples):
    """The beginning of each example as one line, as vocabulary.pack_names packs them."""
    return pack_names([_title(example) for example in examples])


def _title(example):
    places = range(len(example.ids))
    words = [place for place in places if example.roles[place] in ("user", "other") and not example.special[place]]
    text = "".join(example.tokens[place] for place in (words or places)[: 3 * TITLE])
    return " ".join(text.split())[:TITLE]


def _flags(example, place):
    return (
        TRAINED * (example.labels[place] != IGNORED)
        + SPECIAL * example.special[place]
        + PADDING * example.padding[place]
        + CUT * (place >= example.kept)
        + (ROLES.index(example.roles[place]) << 4)
    )
