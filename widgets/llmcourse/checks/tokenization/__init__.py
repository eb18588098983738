"""Lesson 2.1: tokenization, from one count of pairs to the bill of a conversation."""

from . import best_scores, bill, count_pairs, decode_bytes, encode_word, longest_match, merge_pair

EXERCISES = [
    count_pairs.EXERCISE,
    merge_pair.EXERCISE,
    encode_word.EXERCISE,
    decode_bytes.EXERCISE,
    longest_match.EXERCISE,
    best_scores.EXERCISE,
    bill.EXERCISE,
]
