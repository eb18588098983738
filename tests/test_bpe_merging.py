"""Merging by rank with a heap gives what the plain loop gives, on long runs too."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.bpe import BPETokenizer
from llmcourse.scratch.bpe_merging import merge_by_rank, merge_pair


def merged_step_by_step(symbols, ranks):
    while possible := [pair for pair in pairwise(symbols) if pair in ranks]:
        best = min(possible, key=ranks.get)
        symbols = merge_pair(symbols, best, b"".join(best))
    return symbols


@given(st.text("ab", max_size=200), st.text("ab", max_size=200))
@settings(max_examples=100, deadline=None)
def test_the_heap_gives_what_the_plain_loop_gives(learnt_from, word):
    ranks = BPETokenizer(splits=()).train(learnt_from, 256 + 30).ranks
    symbols = [letter.encode() for letter in word]
    assert merge_by_rank(symbols, ranks) == merged_step_by_step(symbols, ranks)
    assert symbols == [letter.encode() for letter in word]  # its input stays as it was


def test_a_long_run_takes_no_quadratic_time():
    ranks = {(b"a", b"a"): 0, (b"aa", b"aa"): 1}
    assert merge_by_rank([b"a"] * 100_003, ranks) == [b"aaaa"] * 25_000 + [b"aa", b"a"]


def test_places_are_merged_from_left_to_right():
    assert merge_pair(["a", "a", "a"], ("a", "a"), "aa") == ["aa", "a"]
    assert merge_pair([], ("a", "a"), "aa") == [] and merge_pair(["a"], ("a", "a"), "aa") == ["a"]
