"""scratch/retrieval.py: BM25 against a worked example and a second implementation, exact search against numpy."""

import doctest
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch import retrieval
from llmcourse.scratch.retrieval import VectorIndex, bm25, bm25_parts, reciprocal_rank_fusion, weighted_sum

PASSAGES = st.lists(st.text("ab c", max_size=20), min_size=1, max_size=8)


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(retrieval).failed == 0


def test_an_example_worked_by_hand():
    # Three passages of 3, 2 and 4 words, 3 on average; k1 = 2, b = 0.5.
    passages = ["red cat sleeps", "red dog", "cat and cat run"]
    # "cat" stands in 2 of 3 passages: idf = ln(1 + 1.5/2.5) = ln 1.6. "red" as well. "fox" in none.
    idf = math.log(1.6)
    # Passage 0, length 3: damped = 2 (0.5 + 0.5 · 3/3) = 2, so each word adds idf · 1/(1 + 2).
    # Passage 1, length 2: damped = 2 (0.5 + 0.5 · 2/3) = 5/3; "red" adds idf · 1/(1 + 5/3) = idf · 3/8.
    # Passage 2, length 4: damped = 2 (0.5 + 0.5 · 4/3) = 7/3; "cat", twice, adds idf · 2/(2 + 7/3) = idf · 6/13.
    expected = [idf * (1 / 3 + 1 / 3), idf * 3 / 8, idf * 6 / 13]
    np.testing.assert_allclose(bm25("red cat fox", passages, k1=2, b=0.5), expected, rtol=1e-12)
    np.testing.assert_allclose(expected, [0.31334, 0.17625, 0.21692], atol=1e-5)
    words, parts = bm25_parts("red cat fox", passages, k1=2, b=0.5)
    assert words == ["red", "cat", "fox"]
    np.testing.assert_allclose(parts[2], 0)


def bm25_straight(query, passages, k1, b):
    """The formula term by term, over words that a regular expression finds."""
    texts = [re.findall(r"[a-z0-9]+", passage.lower()) for passage in passages]
    mean = sum(map(len, texts)) / len(texts)
    scores = []
    for text in texts:
        score = 0.0
        for term in re.findall(r"[a-z0-9]+", query.lower()):
            df = sum(term in other for other in texts)
            tf = text.count(term)
            if tf:
                score += (
                    math.log(1 + (len(texts) - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * len(text) / mean))
                )
        scores.append(score)
    return scores


@settings(max_examples=200, deadline=None)
@given(query=st.text("ab c", max_size=12), passages=PASSAGES, k1=st.floats(0, 5), b=st.floats(0, 1))
def test_bm25_is_the_formula(query, passages, k1, b):
    np.testing.assert_allclose(
        bm25(query, passages, k1, b), bm25_straight(query, passages, k1, b), rtol=1e-9, atol=1e-12
    )


@settings(max_examples=100, deadline=None)
@given(query=st.text("ab c", max_size=12), passages=PASSAGES)
def test_the_parts_sum_to_the_score_exactly(query, passages):
    scores, (words, parts) = bm25(query, passages), bm25_parts(query, passages)
    assert parts.shape == (len(words), len(passages))
    for number, score in enumerate(scores):
        total = 0.0
        for part in parts[:, number]:
            total += part
        assert total == score and np.isfinite(score) and score >= 0


def test_what_bm25_is_known_for():
    passages = ["cat", "cat cat cat", "cat " + "word " * 20, "dog"]
    once, often, long, none = bm25("cat", passages)
    assert often > once > long > none == 0
    assert len(set(bm25("cat", passages, k1=0)[:3])) == 1, "k1 = 0 counts a word once"
    first, _, padded, _ = bm25("cat", passages, b=0)
    assert first == padded, "b = 0 ignores the length"
    assert bm25("Cat CAT", passages)[0] == pytest.approx(2 * once), "a word asked twice counts twice"


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("cat", []), "passages is empty"),
        (("cat", ["a"], -1), "k1 must be 0 or more"),
        (("cat", ["a"], 1, 2), "b from 0 to 1"),
    ],
)
def test_bad_arguments_of_bm25(arguments, told):
    with pytest.raises(ValueError, match=told):
        bm25(*arguments)


def test_words_of_many_scripts():
    assert retrieval.terms("Straße İN हिन्दी, 日本語 don't snake_case") == [
        "straße", "i̇n", "हिन्दी", "日本語", "don", "t", "snake", "case",
    ]  # fmt: skip


def test_joining_rankings():
    assert weighted_sum([1, 3, 2], [9, 9, 9], 0.5).tolist() == [0, 0.5, 0.25], "equal scores say nothing"
    assert weighted_sum([1, 3], [2, 1], 1).tolist() == [1, 0]
    fused = reciprocal_rank_fusion([[2, 0], [0, 1, 2]], 3)
    np.testing.assert_allclose(fused, [1 / 62 + 1 / 61, 1 / 62, 1 / 61 + 1 / 63])
    assert retrieval.order([1, 3, 3, 0]) == [1, 2, 0, 3], "of equal ones the first"


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 1000),
    metric=st.sampled_from(["cosine", "dot", "euclidean"]),
    k=st.integers(1, 9),
    keep=st.integers(1, 4),
)
def test_exact_search_is_brute_force(seed, metric, k, keep):
    rng = np.random.default_rng(seed)
    vectors, query = rng.normal(size=(12, 5)), rng.normal(size=5)
    index = VectorIndex(metric)
    index.add(vectors[:7], [{"part": number % keep} for number in range(7)])
    index.add(vectors[7:], [{"part": number % keep} for number in range(7, 12)])
    scores = {
        "cosine": vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query),
        "dot": vectors @ query,
        "euclidean": np.sqrt(((vectors - query) ** 2).sum(1)),
    }[metric]
    allowed = [number for number in range(12) if number % keep == 0]
    best = sorted(allowed, key=lambda number: scores[number] if metric == "euclidean" else -scores[number])[:k]
    for where in ({"part": 0}, lambda data: data["part"] == 0):
        found = index.search(query, k, where=where)
        assert [number for number, _ in found] == best
        np.testing.assert_allclose([score for _, score in found], scores[best], atol=1e-6)


def test_the_index_keeps_its_shape():
    index = VectorIndex()
    assert len(index) == 0 and index.search([1.0], k=3) == []
    index.add([[1.0, 0.0], [0.0, 0.0]])
    assert index.search([2.0, 0.0], k=5) == [(0, 1.0), (1, 0.0)], "a vector of zeros is like nothing"
    assert index.search([1.0, 0.0], where={"lang": "en"}) == []
    for wrong, told in [
        (lambda: index.add([[1.0]]), r"vectors must have the shape \(n, 2\); got \(1, 1\)"),
        (lambda: index.add([[np.nan, 1.0]]), "vectors must be finite"),
        (lambda: index.add([[1.0, 1.0]], []), "one dictionary a vector, 1; got 0"),
        (lambda: index.search([1.0]), r"query must have the shape \(2,\); got \(1,\)"),
        (lambda: VectorIndex("manhattan"), "metric must be 'cosine', 'dot' or 'euclidean'"),
    ]:
        with pytest.raises(ValueError, match=told):
            wrong()
    assert len(index) == 2


@given(st.integers(1, 20), st.integers(0, 2**31 - 1), st.data())
def test_what_is_removed_is_never_found_and_the_rest_as_before(count, seed, data):
    random = np.random.default_rng(seed)
    vectors, query = random.normal(size=(count, 3)), random.normal(size=3)
    kinds = [{"even": number % 2 == 0} for number in range(count)]
    gone = data.draw(st.sets(st.integers(0, count - 1)))
    index, before = VectorIndex(), VectorIndex()
    index.add(vectors, kinds)
    before.add(vectors, kinds)
    index.remove(gone)
    assert len(index) == count - len(gone)
    for where in (None, {"even": True}, lambda kind: not kind["even"]):
        left = [each for each in before.search(query, count, where) if each[0] not in gone]
        assert index.search(query, 4, where) == left[:4]
    if gone:
        with pytest.raises(ValueError, match="numbers must be of vectors that are there"):
            index.remove(gone)
    index.add(query[None], [{"even": True}])
    assert index.search(query, 1)[0][0] == count


def test_nothing_can_be_removed_from_an_empty_index():
    with pytest.raises(ValueError, match="0 is not"):
        VectorIndex().remove([0])


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_exact_search_is_faiss_flat(metric):
    faiss = pytest.importorskip("faiss")
    faiss.omp_set_num_threads(1)
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(300, 12)) * random.uniform(0.2, 3, size=(300, 1))).astype(np.float32)
    queries = random.normal(size=(20, 12)).astype(np.float32)
    ours = VectorIndex(metric)
    ours.add(vectors)
    if metric == "cosine":
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    theirs = (faiss.IndexFlatL2 if metric == "euclidean" else faiss.IndexFlatIP)(12)
    theirs.add(vectors)
    scores, numbers = theirs.search(queries, 10)
    for query, wanted, score in zip(queries, numbers, scores, strict=True):
        found = ours.search(query, 10)
        assert [number for number, _ in found] == wanted.tolist()
        mine = np.array([value for _, value in found])
        np.testing.assert_allclose(mine**2 if metric == "euclidean" else mine, score, rtol=1e-4, atol=1e-5)
