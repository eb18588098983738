"""HNSW from scratch against FAISS: as much recall at equal parameters; a sound graph; exact where all is looked at."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.hnsw import HNSWIndex
from llmcourse.scratch.ivf import squared_distances
from test_ivf import clustered, faiss, recall

COUNT, WIDTH = 1200, 16


@pytest.fixture(scope="module")
def built():
    faiss.omp_set_num_threads(1)
    vectors, queries = clustered(COUNT), clustered(80, seed=1)
    ours = HNSWIndex(m=8, ef_construction=40)
    ours.add(vectors)
    truth = np.argsort(squared_distances(vectors, queries), axis=0)[:10].T
    return vectors, queries, truth, ours


def searched(index, queries, ef):
    return [[number for number, _ in index.search(query, 10, ef)] for query in queries]


@pytest.mark.parametrize("ef", [16, 64, 200])
def test_it_finds_as_much_as_faiss_at_equal_parameters(built, ef):
    vectors, queries, truth, ours = built
    theirs = faiss.IndexHNSWFlat(WIDTH, 8)
    theirs.hnsw.efConstruction, theirs.hnsw.efSearch = 40, ef
    theirs.add(vectors)
    assert recall(truth, searched(ours, queries, ef)) > recall(truth, theirs.search(queries, 10)[1]) - 0.06


def test_more_candidates_find_more_and_compare_less_than_everything(built):
    vectors, queries, truth, ours = built
    recalls = [recall(truth, searched(ours, queries, ef)) for ef in (10, 40, 160)]
    assert recalls == sorted(recalls) and recalls[-1] > 0.97
    ours.search(queries[0], 10, ef=10)
    assert ours.compared < COUNT / 3


def test_distances_are_euclidean_and_rising(built):
    vectors, queries, _, ours = built
    for query in queries[:10]:
        found = ours.search(query, 10, ef=50)
        numbers, distances = zip(*found, strict=True)
        np.testing.assert_allclose(distances, np.linalg.norm(vectors[list(numbers)] - query, axis=1), atol=1e-3)
        assert list(distances) == sorted(distances) and len(set(numbers)) == 10


def test_the_graph_is_sound(built):
    *_, ours = built
    assert len(ours) == len(ours.links) == COUNT
    for number, levels in enumerate(ours.links):
        for level, links in enumerate(levels):
            assert len(links) <= (ours.m if level else 2 * ours.m)
            assert number not in links and len(set(links)) == len(links)
            assert all(len(ours.links[each]) > level for each in links)  # who is linked on a level is there
    tops = np.array([len(levels) for levels in ours.links])
    assert len(ours.links[ours.entry]) == tops.max()
    assert 0.5 * COUNT / 8 < (tops > 1).sum() < 2 * COUNT / 8  # one in m reaches the next level


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 2**31 - 1))
@settings(deadline=None, max_examples=40)
def test_a_small_graph_that_is_looked_at_whole_is_exact(count, width, seed):
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    index = HNSWIndex(m=count + 1, ef_construction=count, seed=seed)
    index.add(vectors)
    query = vectors[0] + 0.1
    found = [distance for _, distance in index.search(query, 5, ef=count)]
    np.testing.assert_allclose(found, np.sort(np.linalg.norm(vectors - query, axis=1))[:5], atol=1e-2)


def test_select_keeps_neighbours_in_different_directions():
    index = HNSWIndex(m=2)
    index.add([[1.0, 0.0], [1.1, 0.0], [0.0, 1.5]])  # two to the right, close together, and one above
    candidates = [(1.0, 0), (1.21, 1), (2.25, 2)]  # as seen from the origin
    assert index.select(candidates, 2) == [0, 2]


def test_two_additions_are_one(built):
    vectors, queries, *_ = built
    whole, parts = HNSWIndex(m=4, ef_construction=20), HNSWIndex(m=4, ef_construction=20)
    whole.add(vectors[:60])
    parts.add(vectors[:25])
    parts.add(vectors[25:60])
    assert whole.links == parts.links
    assert whole.search(queries[0]) == parts.search(queries[0])


def test_duplicates_and_nothing():
    index = HNSWIndex(m=2)
    assert index.search([0.0]) == [] and len(index) == 0
    index.add([[1.0]] * 12)
    assert len(index.search([1.0], k=3)) == 3


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="m must be at least 2; got 1"):
        HNSWIndex(m=1)
    with pytest.raises(ValueError, match="ef must be at least 1"):
        HNSWIndex(ef=0)
    index = HNSWIndex()
    index.add([[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"shape \(n, d\)"):
        index.add([[1.0]])
