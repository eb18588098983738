"""A GGUF file written by hand: what gguf.py reads, the other way round, one tensor in memory at a time.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..atomic import open_atomically
from .gguf import ARRAY, NUMBERS, STRING
from .gguf_blocks import SIZES, TYPES

_KINDS = {name: number for number, (name, _) in NUMBERS.items()} | {"string": STRING}
_CODES = {name: number for number, (name, _, _) in TYPES.items()}


@dataclass(frozen=True)
class Planned:
    """A tensor to be written. type: a name in gguf_blocks.SIZES; shape: outermost first; make: called when its turn
    comes, gives its bytes (uint8, any shape).
    """

    name: str
    type: str
    shape: tuple
    make: Callable

    @property
    def size(self):
        """Its bytes, known before it is made: whole blocks of so many weights and so many bytes."""
        weights, size = SIZES[self.type]
        return math.prod(self.shape) // weights * size


def pack_text(text):
    """A text as GGUF keeps it: its length in bytes (8 bytes, little-endian), then its bytes.

    >>> pack_text("llama").hex(" ")
    '05 00 00 00 00 00 00 00 6c 6c 61 6d 61'
    """
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def pack_entry(name, kind, value):
    """A metadata entry: its name, the number of its kind, its value.

    kind: as GGUFEntry says it: "uint32", "float32", "bool", "string", "array of string", … Raises ValueError else.

    >>> pack_entry("a", "uint32", 3).hex(" ")
    '01 00 00 00 00 00 00 00 61 04 00 00 00 03 00 00 00'
    """
    inner = kind.removeprefix("array of ")
    if inner not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, or 'array of' one of them; got {kind!r}.")
    values = value if kind != inner else [value]
    if inner == "string":
        raw = b"".join(pack_text(text) for text in values)
    else:
        raw = np.asarray(values, dtype=NUMBERS[_KINDS[inner]][1]).tobytes()
    head = struct.pack("<I", _KINDS[inner]) if kind == inner else struct.pack("<IIQ", ARRAY, _KINDS[inner], len(values))
    return pack_text(name) + head + raw


def padding(place, alignment=32):
    """How many zero bytes are missing at `place` to the next multiple of `alignment`.

    >>> padding(0), padding(33), padding(64)
    (0, 31, 0)
    """
    return -place % alignment


def write(path, entries, tensors, alignment=32):
    """Write a GGUF file of version 3 under `path`, whole or not at all, and return the number of its bytes.

    entries: metadata, bytes each as `pack_entry` gives them; an alignment other than 32 must stand among them as
    general.alignment. tensors: `Planned` ones, made one after the other. Raises ValueError for a shape that is no whole
    blocks or bytes that do not fit it, OSError when the disk fills up; an old file at `path` then stays as it was.

    >>> write("small.gguf", [pack_entry("general.name", "string", "small")], [])       # doctest: +SKIP
    64
    """
    for tensor in tensors:
        weights = SIZES[tensor.type][0]
        if (tensor.shape[-1] if tensor.shape else 1) % weights:
            raise ValueError(f"the rows of {tensor.name} must be whole blocks of {weights} weights for {tensor.type}.")
    infos, offset = [], 0
    for tensor in tensors:
        shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape[::-1])
        infos.append(pack_text(tensor.name) + shape + struct.pack("<IQ", _CODES[tensor.type], offset))
        offset += tensor.size + padding(tensor.size, alignment)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join([*entries, *infos])
    with open_atomically(path) as file:
        file.write(head + bytes(padding(len(head), alignment)))
        for tensor in tensors:
            raw = np.ascontiguousarray(tensor.make(), dtype=np.uint8)
            if raw.nbytes != tensor.size:
                raise ValueError(f"{tensor.name} must have {tensor.size:,} bytes as {tensor.type}; got {raw.nbytes:,}.")
            file.write(raw.data)
            file.write(bytes(padding(tensor.size, alignment)))
        return file.tell()
