"""Lesson 2.3: the parts of a transformer, from Add & Norm to the position of a token that comes after a cache."""

from . import add_and_norm, cached_positions, decoder_mask, parameters, rms_norm, shift_right, swiglu

EXERCISES = [
    add_and_norm.EXERCISE,
    shift_right.EXERCISE,
    decoder_mask.EXERCISE,
    rms_norm.EXERCISE,
    swiglu.EXERCISE,
    parameters.EXERCISE,
    cached_positions.EXERCISE,
]
