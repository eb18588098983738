"""Lesson 2.4: the samplers, one step of beam search, and stop strings."""

from . import beam_step, cut_at_stop, min_p, repetition_penalty, temperature, top_k, top_p

EXERCISES = [
    temperature.EXERCISE,
    top_k.EXERCISE,
    top_p.EXERCISE,
    min_p.EXERCISE,
    repetition_penalty.EXERCISE,
    beam_step.EXERCISE,
    cut_at_stop.EXERCISE,
]
