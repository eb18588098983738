"""Lesson 0: the warm-up exercise."""

from . import next_token

EXERCISES = [
    next_token.EXERCISE,
]
