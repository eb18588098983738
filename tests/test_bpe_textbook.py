"""The textbook's training and the fast one learn the same merges."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.bpe import BPETokenizer
from llmcourse.scratch.bpe_textbook import count_pairs, train_by_recounting


@given(st.text(st.sampled_from("abc é你"), max_size=80), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_recounting_learns_what_the_fast_way_learns(text, merges):
    pieces = BPETokenizer().split(text)
    learnt = BPETokenizer().train(text, 256 + merges).merges
    assert train_by_recounting(pieces, merges) == learnt
    assert train_by_recounting(Counter(pieces), merges) == learnt


def test_pairs_are_counted_at_every_place():
    assert count_pairs([["a", "a", "a"], ["b"]], [2, 5]) == {("a", "a"): 4}
    assert count_pairs([], []) == {}
