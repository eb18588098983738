"""The block formats of GGUF files: a few weights share a scale, and each keeps only a few bits.

Layouts: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h. Q4_K is taken apart in k_quants.py, the other
K-quants by the `gguf` package. Rounding follows that package's quants.py.
"""

import numpy as np

from .k_quants import unpack_q4_k

TYPES = {  # number in the file -> (name, weights in a block, bytes of a block)
    **{0: ("F32", 1, 4), 1: ("F16", 1, 2), 28: ("F64", 1, 8), 30: ("BF16", 1, 2)},
    **{24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8)},
    **{2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24)},
    **{8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40)},
    **{10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176)},
    **{14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292)},
    **{16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50)},
    **{20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136)},
    **{29: ("IQ1_M", 256, 56), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66)},
    **{39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18)},
}
SIZES = {name: (weights, size) for name, weights, size in TYPES.values()}
FLOATS = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}


def dequantize(data, type):
    """The weights that the bytes of a tensor stand for, as llama.cpp computes them.

    data: (…, bytes of a row) uint8; type: a name in SIZES. Returns (…, weights of a row) float32. Raises ValueError for
    an unknown type, for bytes that are not whole blocks, and for a type that the `gguf` package cannot unpack either.

    >>> dequantize(quantize(np.arange(32.0), "Q8_0"), "Q8_0")[:4].round(1)
    array([0., 1., 2., 3.], dtype=float32)
    """
    weights, size = _sizes(type)
    data = np.ascontiguousarray(data)
    if data.dtype != np.uint8 or data.ndim == 0 or data.shape[-1] % size:
        raise ValueError(f"data must be uint8 with rows of whole blocks of {size} bytes for {type}; got {data.shape}.")
    if type in FLOATS:
        return data.view(FLOATS[type]).astype(np.float32)
    blocks = data.reshape(-1, size)
    if type == "BF16":
        values = (blocks.view("<u2").astype(np.uint32) << 16).view(np.float32)
    elif type in _UNPACK:
        values = _UNPACK[type](blocks)
    else:
        values = _by_the_package(blocks, type)
    return values.reshape(*data.shape[:-1], data.shape[-1] // size * weights)


def quantize(values, type):
    """Round weights to blocks of 32: "Q4_0" (a scale, 4 bits from −8 to 7), "Q4_1" (a scale and a minimum, 4 bits from
    0 to 15) or "Q8_0" (a scale, 8 bits).

    values: (…, a multiple of 32) floats. Returns (…, bytes of a row) uint8. Raises ValueError for another type or
    shape, and for values that are not finite or whose scale exceeds float16's 65,504.

    >>> quantize(np.ones((2, 64)), "Q4_0").shape
    (2, 36)
    """
    if type not in _PACK:
        raise ValueError(f"type must be one of {', '.join(_PACK)}; got {type!r}.")
    values = np.asarray(values, dtype=np.float32)
    if values.ndim == 0 or values.shape[-1] % 32:
        raise ValueError(f"values must have rows of whole blocks of 32; got the shape {values.shape}.")
    if not np.isfinite(values).all() or (values.size and np.abs(values).max() > 65504):
        raise ValueError("values must be finite and at most 65,504 in magnitude: scales are float16.")
    packed = np.concatenate(_PACK[type](values.reshape(-1, 32)), axis=-1)
    return packed.reshape(*values.shape[:-1], values.shape[-1] // 32 * SIZES[type][1])


def _sizes(type):
    if type not in SIZES:
        raise ValueError(f"type must be one of {', '.join(SIZES)}; got {type!r}.")
    return SIZES[type]


def _half(blocks, start):
    return blocks[:, start : start + 2].copy().view("<f2").astype(np.float32)


def _nibbles(blocks):
    """The low halves of all bytes come first, then the high halves: weight i and weight i + 16 share a byte."""
    return np.concatenate([blocks & 15, blocks >> 4], axis=-1)


def _unpack_q5_0(blocks):
    fifth = np.unpackbits(blocks[:, 2:6], axis=-1, bitorder="little")
    return _half(blocks, 0) * ((_nibbles(blocks[:, 6:]) | (fifth << 4)).astype(np.float32) - 16)


_UNPACK = {
    "Q4_0": lambda blocks: _half(blocks, 0) * (_nibbles(blocks[:, 2:]).astype(np.float32) - 8),
    "Q4_1": lambda blocks: _half(blocks, 0) * _nibbles(blocks[:, 4:]).astype(np.float32) + _half(blocks, 2),
    "Q5_0": _unpack_q5_0,
    "Q8_0": lambda blocks: _half(blocks, 0) * blocks[:, 2:].view(np.int8).astype(np.float32),
    "Q4_K": unpack_q4_k,
}


def _by_the_package(blocks, type):
    import gguf  # the installed package: this file's own folder is not on the path

    try:
        return gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[type])
    except (KeyError, NotImplementedError):
        raise ValueError(f"type {type} is stored, but the gguf package cannot unpack it.") from None


def _inverse(scale):
    with np.errstate(divide="ignore"):
        return np.where(scale == 0, 0, 1 / scale).astype(np.float32)


def _bytes(scale):
    return scale.astype("<f2").view(np.uint8)


def _join(whole):
    return whole[:, :16] | (whole[:, 16:] << 4)


def _pack_q4_0(blocks):
    # The weight furthest from 0 becomes −8, whatever its sign: so it is kept exactly, and 7 is the other end.
    furthest = np.take_along_axis(blocks, np.abs(blocks).argmax(-1, keepdims=True), -1)
    scale = furthest / -8
    whole = np.trunc(blocks * _inverse(scale) + np.float32(8.5)).astype(np.uint8).clip(0, 15)
    return _bytes(scale), _join(whole)


def _pack_q4_1(blocks):
    low = blocks.min(-1, keepdims=True)
    scale = (blocks.max(-1, keepdims=True) - low) / 15
    whole = np.trunc((blocks - low) * _inverse(scale) + np.float32(0.5)).astype(np.uint8).clip(0, 15)
    return _bytes(scale), _bytes(low), _join(whole)


def _pack_q8_0(blocks):
    scale = np.abs(blocks).max(-1, keepdims=True) / 127
    scaled = blocks * _inverse(scale)
    whole = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)  # half goes away from zero, as in C
    return _bytes(scale), whole.astype(np.int8).view(np.uint8)


_PACK = {"Q4_0": _pack_q4_0, "Q4_1": _pack_q4_1, "Q8_0": _pack_q8_0}
