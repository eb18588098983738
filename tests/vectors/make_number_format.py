"""Writes number_format.json: patterns and values that scratch/number_formats.py and static/number_formats.js share.

Run it after a change of the formats: python tests/vectors/make_number_format.py
"""

import json
import math
import random
from pathlib import Path

from llmcourse.scratch.number_formats import KINDS, decode, encode, exact_decimal, limits, neighbour

VALUES = [
    "0.0",
    "-0.0",
    "inf",
    "-inf",
    "nan",
    "3.14159",
    "-0.1",
    "1e-45",
    "7e-46",
    "1e-310",
    "448",
    "464",
    "470",
    "1e9",
]
VALUES += [
    "65519.99",
    "65520",
    "-61440",
    "57344",
    "2.5",
    "-2.5",
    "1.0625",
    "1.1875",
    "0.25",
    "0.75",
    "5",
    "5.5",
    "1e39",
]


def vectors():
    """The vectors as one JSON value; NaN and infinities as text."""
    numbers = random.Random(5)
    random_values = [
        repr(numbers.choice((-1, 1)) * numbers.random() * 2 ** numbers.randint(-160, 130)) for _ in range(40)
    ]
    cases = []
    for name, kind in KINDS.items():
        for scale in (1.0,) if kind.exponent else (1.0, 0.03125, 4 / 127):
            for text in VALUES + random_values:
                if math.isnan(float(text)) and not kind.nans:
                    cases.append([text, name, scale, None, None])
                    continue
                bits = encode(float(text), name, scale)
                cases.append([text, name, scale, bits, exact_decimal(decode(bits, name, scale))])
    patterns = [
        [name, bits, exact_decimal(decode(bits, name)), neighbour(bits, name), neighbour(bits, name, -1)]
        for name, kind in KINDS.items()
        for bits in sorted(
            {0, 1, 2 ** (kind.bits - 1), 2**kind.bits - 1, kind.largest_code, kind.largest_code + 1}
            | {numbers.randrange(2**kind.bits) for _ in range(30)}
        )
    ]
    return {"values": cases, "patterns": patterns, "limits": {name: limits(name) for name in KINDS}}


if __name__ == "__main__":
    text = json.dumps(vectors(), separators=(",", ":"), ensure_ascii=False).replace("],[", "],\n[")
    (Path(__file__).parent / "number_format.json").write_text(text + "\n", encoding="utf-8")
