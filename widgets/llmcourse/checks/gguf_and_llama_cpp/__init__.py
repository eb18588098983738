"""Lesson 5.3: GGUF and llama.cpp, from the first eight bytes of a file to the six-bit scales of a K-quant."""

from . import matrix_bytes, read_count, round_q4_0, round_q8_0, tensor_offsets, unpack_codes, unpack_scales

EXERCISES = [
    read_count.EXERCISE,
    tensor_offsets.EXERCISE,
    unpack_codes.EXERCISE,
    round_q4_0.EXERCISE,
    round_q8_0.EXERCISE,
    matrix_bytes.EXERCISE,
    unpack_scales.EXERCISE,
]
