"""scratch/rag_metrics.py: against examples worked by hand, scikit-learn's average precision, and SQuAD's own cases."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llmcourse.scratch import rag_metrics
from llmcourse.scratch.rag_metrics import (
    answer_relevancy,
    bootstrap_interval,
    contains,
    context_precision,
    context_recall,
    exact_match,
    faithfulness,
    plain,
    statements,
    supported,
    token_f1,
)
from sklearn.metrics import average_precision_score


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(rag_metrics).failed == 0


@pytest.mark.parametrize(
    ("answer", "right", "exact", "inside", "f1"),
    [
        ("The Svir!", ["Svir"], 1, 1, 1),
        ("It is drained by the Svir.", ["Svir"], 0, 1, 2 / 6),
        ("Sviri", ["Svir"], 0, 0, 0),
        ("3812 m", ["3,812"], 0, 1, 2 / 3),
        ("Leon Foucault", ["Foucault", "Léon Foucault"], 1, 1, 1),
        ("", ["Svir"], 0, 0, 0),
        ("175", ["75"], 0, 0, 0),
        ("Svir Svir", ["Svir"], 0, 1, 2 / 3),
    ],
)
def test_answers_are_compared_as_squad_does(answer, right, exact, inside, f1):
    assert exact_match(answer, right) == exact
    assert contains(answer, right) == inside
    assert token_f1(answer, right) == pytest.approx(f1)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_scores_of_answers_stay_in_their_order(answer, right):
    assert 0 <= token_f1(answer, right) <= 1
    assert exact_match(answer, right) <= token_f1(answer, right) or not plain(answer)
    assert not contains(answer, []) and not token_f1(answer, [])


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_context_precision_is_average_precision(relevant):
    expected = average_precision_score(relevant, -np.arange(len(relevant))) if any(relevant) else 0.0
    assert context_precision(relevant) == pytest.approx(expected)


def test_faithfulness_and_recall_count_statements():
    passages = ["Tower Bridge was built between 1886 and 1894.", "It was designed by Horace Jones."]
    assert faithfulness("Tower Bridge was built between 1886 and 1894 [1].", passages) == 1
    assert faithfulness("Tower Bridge was built in 1902. It was designed by Horace Jones.", passages) == 0.5
    assert math.isnan(faithfulness("...", passages)) and math.isnan(context_recall([], passages))
    assert context_recall(["Horace Jones designed it.", "It is red."], passages) == 0.5
    assert faithfulness("Anything.", [], judge=lambda statement, passages: True) == 1


def test_support_needs_numbers_and_names_and_is_blind_to_negation():
    passage = ["Buddy Holly was born in Lubbock, Texas."]
    assert supported("He was born in Lubbock.", passage)
    assert not supported("He was born in Dallas.", passage)
    assert not supported("He was born in 1936.", passage)
    assert supported("Buddy Holly was not born in Lubbock.", passage)  # as the docstring admits


def test_statements_end_where_sentences_do():
    assert statements("It cost 3.5 million. [1] It opened [2, 3].") == ["It cost 3.5 million.", "It opened ."]


def test_answer_relevancy_is_a_mean_cosine():
    vectors = {"q": [2.0, 0], "same": [1.0, 0], "far": [0, 3.0], "half": [1.0, 1.0]}
    embed = lambda texts: [vectors[text] for text in texts]  # noqa: E731
    assert answer_relevancy("q", ["same", "far"], embed) == pytest.approx(0.5)
    assert answer_relevancy("q", ["half"], embed) == pytest.approx(0.5**0.5)


def test_the_interval_is_scipys_and_leaves_nan_out():
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).random(40)
    mean, low, high = bootstrap_interval([*values, math.nan])
    theirs = bootstrap((values,), np.mean, method="percentile", random_state=0).confidence_interval
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.01)
    with pytest.raises(ValueError, match="values holds no number"):
        bootstrap_interval([math.nan])
