"""Lesson 6.2: retrieval-augmented generation, from the score of one word to the memory of a dialogue."""

from . import bm25_term, build_prompt, context_precision, faithfulness, memory_window, rank_fusion, token_f1

EXERCISES = [
    bm25_term.EXERCISE,
    rank_fusion.EXERCISE,
    build_prompt.EXERCISE,
    token_f1.EXERCISE,
    context_precision.EXERCISE,
    faithfulness.EXERCISE,
    memory_window.EXERCISE,
]
