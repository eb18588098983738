"""A GGUF file read by hand: header, metadata, tensor infos, padding, tensor data.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Only the table of contents is read; the weights
stay on the disk until they are asked for (a memory map). Blocks are packed and unpacked by gguf_blocks.py.
"""

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .gguf_blocks import SIZES, TYPES, dequantize, quantize

__all__ = ["GGUFEntry", "GGUFFile", "GGUFTensor", "dequantize", "quantize", "read"]

HEADER = 24  # bytes: magic, version, number of tensors, number of metadata entries
NUMBERS = {  # number in the file -> (name, numpy's name)
    **{0: ("uint8", "<u1"), 1: ("int8", "<i1"), 2: ("uint16", "<u2"), 3: ("int16", "<i2")},
    **{4: ("uint32", "<u4"), 5: ("int32", "<i4"), 6: ("float32", "<f4"), 7: ("bool", "<u1")},
    **{10: ("uint64", "<u8"), 11: ("int64", "<i8"), 12: ("float64", "<f8")},
}
STRING, ARRAY = 8, 9
MOST_ENTRIES = 2**16  # far beyond any real file: what says more is not read
MOST_ITEMS = 2**22  # texts and nested arrays in all; a vocabulary holds some hundred thousand
MOST_NESTED = 4
MOST_WEIGHTS = 2**48  # of one tensor


@dataclass(frozen=True)
class GGUFEntry:
    """One metadata entry. kind: its type in words; value: a number, a bool, a text, a list of texts or an array;
    start, end: the bytes of the file where it stands.
    """

    name: str
    kind: str
    value: object
    start: int
    end: int


@dataclass(frozen=True)
class GGUFTensor:
    """One tensor. shape: outermost first, as numpy and torch say it (the file says innermost first); start, size: the
    bytes of its weights; info_start, info_end: the bytes that describe it.
    """

    name: str
    type: str
    shape: tuple
    start: int
    size: int
    info_start: int
    info_end: int


@dataclass(frozen=True)
class GGUFFile:
    """What a GGUF file holds. metadata: {name: GGUFEntry}; tensors: {name: GGUFTensor}; data: its bytes, (size,) uint8,
    mapped from the disk. infos_start, infos_end, data_start: where its parts begin and end; alignment: each tensor
    starts at a multiple of it.
    """

    path: Path
    version: int
    metadata: dict
    tensors: dict
    alignment: int
    infos_start: int
    infos_end: int
    data_start: int
    data: np.ndarray

    def bytes_of(self, name):
        """The bytes of a tensor: (rows…, bytes of a row) uint8, not copied."""
        tensor = self.tensors[name]
        raw = self.data[tensor.start : tensor.start + tensor.size]
        return raw.reshape(*tensor.shape[:-1], -1) if tensor.size else raw

    def values_of(self, name):
        """The weights of a tensor in its shape, float32. Raises ValueError where its type cannot be unpacked."""
        tensor = self.tensors[name]
        if not tensor.size:
            return np.zeros(tensor.shape, np.float32)
        return dequantize(self.bytes_of(name), tensor.type).reshape(tensor.shape)


def read(path):
    """Read the table of contents of the GGUF file at `path`: a GGUFFile whose weights stay on the disk.

    Versions 2 and 3, little-endian. Raises OSError when the file cannot be read, and ValueError with one sentence for
    a file that is no GGUF, is cut off, or contradicts itself.

    >>> read("SmolLM2-135M-Instruct.Q4_1.gguf").tensors["output_norm.weight"].shape      # doctest: +SKIP
    (576,)
    """
    path = Path(path)
    with open(path, "rb") as file:
        magic = file.read(HEADER)
    if magic[:4] != b"GGUF":
        raise ValueError(f"{path.name} is not a GGUF file: it starts with {magic[:4]!r} instead of b'GGUF'.")
    if len(magic) < HEADER:
        raise ValueError(f"{path.name} is cut off: its header needs {HEADER} bytes and it has {len(magic)}.")
    reader = _Reader(path.name, np.memmap(path, dtype=np.uint8, mode="r"))
    version, tensor_count, entry_count = struct.unpack("<IQQ", magic[4:])
    if version > 0xFFFF:
        raise ValueError(f"{path.name} is a big-endian GGUF file; only little-endian ones are read here.")
    if version not in (2, 3):
        raise ValueError(f"{path.name} has GGUF version {version}; versions 2 and 3 are read here.")
    for what, count in (("metadata entries", entry_count), ("tensors", tensor_count)):
        if count > MOST_ENTRIES:
            reader.fail(f"it says it holds {count:,} {what}, more than any real file")
    reader.at = HEADER
    metadata = _unique(reader, "metadata entries", (reader.entry() for _ in range(entry_count)))
    infos_start = reader.at
    infos = [reader.info() for _ in range(tensor_count)]
    alignment = metadata["general.alignment"].value if "general.alignment" in metadata else 32
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        reader.fail(f"general.alignment must be a power of two, not {str(alignment)[:40]!r}")
    data_start = reader.at + -reader.at % alignment
    tensors = _unique(reader, "tensors", (_placed(reader, info, data_start, alignment) for info in infos))
    _check_apart(reader, tensors.values())
    return GGUFFile(
        path, version, metadata, tensors, alignment, infos_start, reader.at, min(data_start, reader.size), reader.data
    )


class _Reader:
    """Takes values from the front of the bytes, and never believes a count that the file cannot hold."""

    def __init__(self, name, data):
        self.name, self.data, self.size, self.at = name, data, len(data), 0
        self.items = MOST_ITEMS

    def fail(self, why):
        raise ValueError(f"{self.name} is not a sound GGUF file: {why}.")

    def need(self, count, size, what):
        if count * size > self.size - self.at:
            self.fail(
                f"it is cut off in {what}, which needs {count * size:,} bytes where {self.size - self.at:,} are left"
            )

    def number(self, code, what):
        size = struct.calcsize(code)
        self.need(1, size, what)
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += size
        return value

    def text(self, what):
        length = self.number("Q", what)
        self.need(length, 1, what)
        self.at += length
        return self.data[self.at - length : self.at].tobytes().decode("utf-8", "replace")

    def entry(self):
        start = self.at
        name = self.text("the name of a metadata entry")
        what = f"the metadata entry {name[:60]!r}"
        kind, value = self.value(self.number("I", what), what, 0)
        return GGUFEntry(name, kind, value, start, self.at)

    def value(self, kind, what, depth):
        if kind == STRING:
            return "string", self.text(what)
        if kind == ARRAY:
            return self.array(what, depth + 1)
        if kind not in NUMBERS:
            self.fail(f"{what} has the unknown type {kind}")
        value = self.numbers(kind, 1, what)[0].item()
        return NUMBERS[kind][0], bool(value) if NUMBERS[kind][0] == "bool" else value

    def numbers(self, kind, count, what):
        name = np.dtype(NUMBERS[kind][1])
        self.need(count, name.itemsize, what)
        self.at += count * name.itemsize
        return self.data[self.at - count * name.itemsize : self.at].view(name)

    def array(self, what, depth):
        if depth > MOST_NESTED:
            self.fail(f"{what} nests arrays more than {MOST_NESTED} deep")
        kind, count = self.number("I", what), self.number("Q", what)
        if kind in NUMBERS:
            values = self.numbers(kind, count, what)
            name = NUMBERS[kind][0]
            return f"array of {name}", values != 0 if name == "bool" else values
        if kind not in (STRING, ARRAY):
            self.fail(f"{what} is an array of the unknown type {kind}")
        self.need(count, 8 if kind == STRING else 12, what)
        self.items -= count
        if self.items < 0:
            self.fail(f"its metadata holds more than {MOST_ITEMS:,} texts")
        values = [self.value(kind, what, depth)[1] for _ in range(count)]
        return f"array of {'string' if kind == STRING else 'array'}", values

    def info(self):
        start = self.at
        name = self.text("the name of a tensor")
        what = f"the description of the tensor {name[:60]!r}"
        dimensions = self.number("I", what)
        if dimensions > 4:
            self.fail(f"the tensor {name[:60]!r} has {dimensions:,} dimensions; at most 4 exist")
        shape = tuple(self.number("Q", what) for _ in range(dimensions))[::-1]
        kind, offset = self.number("I", what), self.number("Q", what)
        if kind not in TYPES:
            self.fail(f"the tensor {name[:60]!r} has the unknown type {kind}")
        return name, TYPES[kind][0], shape, offset, start, self.at


def _unique(reader, what, things):
    found = {}
    for thing in things:
        if thing.name in found:
            reader.fail(f"it has two {what} called {thing.name[:60]!r}")
        found[thing.name] = thing
    return found


def _placed(reader, info, data_start, alignment):
    name, kind, shape, offset, info_start, info_end = info
    weights, block = SIZES[kind]
    if (shape[-1] if shape else 1) % weights:
        reader.fail(f"the rows of the tensor {name[:60]!r} are no whole blocks of {weights} weights ({kind})")
    size = math.prod(shape) // weights * block
    if offset % alignment:
        reader.fail(f"the tensor {name[:60]!r} does not start at a multiple of {alignment} bytes")
    if data_start + offset + size > reader.size:
        missing = data_start + offset + size - reader.size
        reader.fail(f"it is cut off: the tensor {name[:60]!r} ends {missing:,} bytes after the end of the file")
    if math.prod(each or 1 for each in shape) > MOST_WEIGHTS:  # an empty one of absurd sizes
        reader.fail(f"the tensor {name[:60]!r} says it has the shape {shape}, larger than any real one")
    return GGUFTensor(name, kind, shape, data_start + offset, size, info_start, info_end)


def _check_apart(reader, tensors):
    end, before = 0, ""
    for tensor in sorted((tensor for tensor in tensors if tensor.size), key=lambda tensor: tensor.start):
        if tensor.start < end:
            reader.fail(f"the tensors {before[:60]!r} and {tensor.name[:60]!r} overlap")
        end, before = tensor.start + tensor.size, tensor.name
