"""Lesson 2.2: attention, from one softmax to the score of an induction head."""

from . import (
    causal_weights,
    induction_score,
    kv_cache_bytes,
    merge_heads,
    rotate,
    scaled_dot_product,
    share_key_heads,
    softmax,
)

EXERCISES = [
    softmax.EXERCISE,
    scaled_dot_product.EXERCISE,
    causal_weights.EXERCISE,
    merge_heads.EXERCISE,
    share_key_heads.EXERCISE,
    kv_cache_bytes.EXERCISE,
    rotate.EXERCISE,
    induction_score.EXERCISE,
]
