"""Lesson 3.1: formats, templates, the loss mask, near-duplicates and leaks."""

from . import alpaca_to_messages, jaccard, leaked_runs, mask_labels, minhash_estimate, to_chatml

EXERCISES = [
    alpaca_to_messages.EXERCISE,
    to_chatml.EXERCISE,
    mask_labels.EXERCISE,
    jaccard.EXERCISE,
    minhash_estimate.EXERCISE,
    leaked_runs.EXERCISE,
]
