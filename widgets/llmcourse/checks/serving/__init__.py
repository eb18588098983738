"""Lesson 7.3: what a server is made of, from the frames of a stream to the percentile of a load test."""

from . import continuous_finish, event_data, hold_back, key_difference, percentile, token_bucket

EXERCISES = [
    event_data.EXERCISE,
    hold_back.EXERCISE,
    continuous_finish.EXERCISE,
    key_difference.EXERCISE,
    token_bucket.EXERCISE,
    percentile.EXERCISE,
]
