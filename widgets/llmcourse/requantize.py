"""Write a GGUF model anew in another block format, one tensor in memory at a time."""

import math
import re
from functools import partial

import numpy as np

from .scratch.gguf_blocks import FLOATS, SIZES, dequantize, quantize
from .scratch.gguf_write import Planned, pack_entry, write
from .scratch.k_quants import pack_q4_k

FORMATS = ("F32", "F16", "BF16", "Q8_0", "Q5_1", "Q5_0", "Q4_K", "Q4_1", "Q4_0")
INSTEAD = {"Q4_K": "Q5_0"}  # where rows are no whole blocks of 256; llama.cpp falls back to the same
EMBEDDING = {"F32": "F32", "F16": "F16", "BF16": "BF16"}  # the others keep the token embedding in Q8_0
_FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q4_K": 14, "BF16": 32}
_AT_ONCE = 1 << 21  # weights packed at a time: temporary arrays stay at a few tens of MB


def split_format(text):
    """(type of the matrices, type of the token embedding) of a format: "Q4_0" or, with both named, "Q4_0:Q4_0".

    Raises ValueError for a type that cannot be written here.

    >>> split_format("Q4_0"), split_format("Q4_0:F16")
    (('Q4_0', 'Q8_0'), ('Q4_0', 'F16'))
    """
    matrices, colon, embedding = text.partition(":")
    embedding = embedding if colon else EMBEDDING.get(matrices, "Q8_0")
    for name in (matrices, embedding):
        if name not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}, or two with a colon between; got {text!r}.")
    return matrices, embedding


def plan(source, format):
    """The tensors of a model in another format, as gguf_write.write takes them: a list of Planned.

    source: a scratch.gguf.GGUFFile; format: as `split_format` reads it. Matrices get the format's type, the token
    embedding (and an output matrix) the second one; norms and other vectors stay as they are. A tensor that has the
    wanted type already is copied byte for byte.
    """
    matrices, embedding = split_format(format)
    planned = []
    for tensor in source.tensors.values():
        kind = embedding if tensor.name in ("token_embd.weight", "output.weight") else matrices
        kind = _fitting(kind, tensor.shape[-1]) if len(tensor.shape) > 1 else tensor.type
        make = partial(source.bytes_of, tensor.name) if kind == tensor.type else partial(_packed, source, tensor, kind)
        planned.append(Planned(tensor.name, kind, tensor.shape, make))
    return planned


def requantize(source, path, format, progress=None):
    """Write the model `source` (a scratch.gguf.GGUFFile) under `path` in another format; returns its bytes.

    progress: called with the number of weights after each tensor. Whole or not at all: a full disk (OSError) or an
    interrupt leaves nothing half-written. Raises ValueError for a format that cannot be written.

    >>> requantize(read("model.gguf"), "model.Q4_0.gguf", "Q4_0")              # doctest: +SKIP
    91727872
    """
    planned = plan(source, format)
    if progress:
        planned = [_told(tensor, progress) for tensor in planned]
    entries = [_entry(source, entry, format) for entry in source.metadata.values()]
    return write(path, entries, planned, source.alignment)


def pack(values, type):
    """Weights as the bytes of a type of FORMATS: (…, weights of a row) float32 to (…, bytes of a row) uint8.

    >>> pack(np.ones((2, 32), np.float32), "F16").shape
    (2, 64)
    """
    if type in FLOATS:
        return values.astype(FLOATS[type]).view(np.uint8)
    if type in ("Q4_0", "Q4_1", "Q8_0"):
        return quantize(values, type)
    if type == "Q4_K":
        return pack_q4_k(values.reshape(-1, 256)).reshape(*values.shape[:-1], -1)
    import gguf  # the package's rounding for the types that the course does not build

    return gguf.quants.quantize(values, gguf.GGMLQuantizationType[type]).view(np.uint8)


def short_name(path):
    """The name of a model without its format and suffix.

    >>> short_name("SmolLM2-135M-Instruct.Q4_1.gguf")
    'SmolLM2-135M-Instruct'
    """
    return re.sub(r"([.-](Q\d\w*|I?Q\d\w*|F16|F32|BF16))?\.gguf$", "", str(path), flags=re.IGNORECASE)


def _fitting(kind, width):
    kind = INSTEAD.get(kind, kind) if width % SIZES[kind][0] else kind
    return kind if width % SIZES[kind][0] == 0 else "F16"


def _packed(source, tensor, kind):
    raw = source.bytes_of(tensor.name)
    raw = raw.reshape(-1, raw.shape[-1])
    rows = max(1, _AT_ONCE // tensor.shape[-1])
    pieces = (dequantize(raw[start : start + rows], tensor.type) for start in range(0, len(raw), rows))
    return np.concatenate([pack(piece, kind) for piece in pieces])


def _told(tensor, progress):
    def make():
        raw = tensor.make()
        progress(math.prod(tensor.shape))
        return raw

    return Planned(tensor.name, tensor.type, tensor.shape, make)


def _entry(source, entry, format):
    """A metadata entry as it stands in the source; only the file's type is another one."""
    if entry.name == "general.file_type":
        return pack_entry(entry.name, entry.kind, _FILE_TYPES[split_format(format)[0]])
    return source.data[entry.start : entry.end].tobytes()
