"""Lesson 6.1: vector stores, from overlapping chunks to a greedy walk over a graph of neighbours."""

from . import cosine_similarity, filtered_top_k, greedy_walk, ivf_probe, mean_pooling, overlapping_chunks, recall_at_k

EXERCISES = [
    overlapping_chunks.EXERCISE,
    mean_pooling.EXERCISE,
    cosine_similarity.EXERCISE,
    recall_at_k.EXERCISE,
    filtered_top_k.EXERCISE,
    ivf_probe.EXERCISE,
    greedy_walk.EXERCISE,
]
