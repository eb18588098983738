"""scratch/bm25_index.py against the plain BM25 of scratch/retrieval.py and against bm25s, a maintained library."""

import doctest

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch import bm25_index
from llmcourse.scratch.bm25_index import BM25Index
from llmcourse.scratch.retrieval import bm25, order, terms

TEXTS = st.lists(st.text("ab cé1", max_size=20), min_size=1, max_size=8)


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(bm25_index).failed == 0


@settings(max_examples=150, deadline=None)
@given(passages=TEXTS, query=st.text("ab cé1", max_size=12), k1=st.floats(0, 3), b=st.floats(0, 1))
def test_it_scores_as_the_plain_formula_does(passages, query, k1, b):
    index = BM25Index(passages, k1, b)
    np.testing.assert_allclose(index.scores(query), bm25(query, passages, k1, b), rtol=1e-12, atol=1e-15)


@settings(max_examples=60, deadline=None)
@given(
    passages=st.lists(st.text("abcd e", min_size=1, max_size=30).filter(terms), min_size=2, max_size=9),
    query=st.text("abcd e", max_size=12),
    k1=st.floats(0.1, 3),
    b=st.floats(0, 1),
)
def test_it_scores_as_bm25s_does(passages, query, k1, b):
    theirs = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    theirs.index([terms(passage) for passage in passages], show_progress=False)
    # bm25s raises where no word of the query is known: there is nothing to score.
    known = [word for word in terms(query) if word in theirs.vocab_dict]
    expected = theirs.get_scores(known) if known else np.zeros(len(passages))
    np.testing.assert_allclose(BM25Index(passages, k1, b).scores(query), expected, rtol=1e-5, atol=1e-7)


def test_a_search_gives_the_best_first_and_nothing_without_a_shared_word():
    passages = ["a b", "a", "c", "a b b"]
    found = BM25Index(passages).search("a b", k=10)
    assert [number for number, _ in found] == order(bm25("a b", passages), positive=True)
    assert BM25Index(passages).search("zebra", k=3) == []
    assert len(BM25Index(passages)) == 4


def test_passages_without_a_word_score_nothing():
    assert BM25Index(["...", "", "cat"]).search("cat ...", k=3)[0][0] == 2
    assert not BM25Index(["..."]).scores("cat").any()


@pytest.mark.parametrize("arguments", [{"k1": -1}, {"k1": float("nan")}, {"k1": float("inf")}, {"b": 1.1}, {"b": -0.1}])
def test_parameters_out_of_range_are_named(arguments):
    with pytest.raises(ValueError, match=r"k1 must be 0 or more and b from 0 to 1"):
        BM25Index(["a"], **arguments)


@pytest.mark.parametrize("passages", [[], "one text"])
def test_passages_must_be_a_list_of_texts(passages):
    with pytest.raises(ValueError, match="at least one text"):
        BM25Index(passages)
