"""IVF from scratch against FAISS: same centroids, same neighbours; its own k-means finds about as much."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.ivf import IVFIndex, kmeans, squared_distances

faiss = pytest.importorskip("faiss")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    faiss.omp_set_num_threads(1)  # torch brings an OpenMP of its own


def clustered(count, width=16, clusters=20, seed=0):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, width))
    vectors = centres[random.integers(clusters, size=count)] + 0.6 * random.normal(size=(count, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def recall(truth, found):
    return np.mean([len({*a} & {*b}) / 10 for a, b in zip(truth, found, strict=True)])


def filled(vectors, cells, **how):
    index = IVFIndex(cells, **how)
    index.train(vectors)
    index.add(vectors)
    return index


@pytest.mark.parametrize("probe", [1, 3, 8, 24])
def test_with_faiss_centroids_it_finds_what_faiss_finds(probe):
    vectors, queries = clustered(800), clustered(40, seed=1)
    flat = faiss.IndexFlatL2(16)
    theirs = faiss.IndexIVFFlat(flat, 16, 24)
    theirs.train(vectors)
    theirs.add(vectors)
    theirs.nprobe = probe
    ours = IVFIndex(24, probe)
    ours.centroids = flat.reconstruct_n(0, 24)
    ours.add(vectors)
    distances, numbers = theirs.search(queries, 10)
    for query, squared, wanted in zip(queries, distances, numbers, strict=True):
        found = ours.search(query, 10)
        assert [number for number, _ in found] == [number for number in wanted if number >= 0]
        np.testing.assert_allclose([distance**2 for _, distance in found], squared[: len(found)], atol=1e-5)


def test_its_own_cells_find_as_much_as_faiss_cells():
    vectors, queries = clustered(1500), clustered(100, seed=2)
    truth = np.argsort(squared_distances(vectors, queries), axis=0)[:10].T
    theirs = faiss.IndexIVFFlat(faiss.IndexFlatL2(16), 16, 32)
    theirs.train(vectors)
    theirs.add(vectors)
    ours = filled(vectors, 32)
    for probe in (1, 4, 16):
        theirs.nprobe = probe
        numbers = theirs.search(queries, 10)[1]
        found = [[number for number, _ in ours.search(query, 10, probe)] for query in queries]
        assert abs(recall(truth, found) - recall(truth, numbers)) < 0.08, probe


@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**31 - 1), st.data())
@settings(deadline=None, max_examples=40)
def test_opening_all_cells_is_exact_and_more_cells_never_find_worse(count, width, seed, data):
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    cells = data.draw(st.integers(1, count))
    index, query = filled(vectors, cells, seed=seed), vectors[0] + 0.1
    order = np.argsort(squared_distances(vectors, query[None])[:, 0], kind="stable")
    found = index.search(query, 5, probe=cells)
    true = squared_distances(vectors, query[None])[order[:5], 0]
    np.testing.assert_allclose([d**2 for _, d in found], true, atol=1e-4)
    assert index.compared == cells + count
    nearest = [index.search(query, 1, probe) for probe in range(1, cells + 1)]
    distances = [each[0][1] for each in nearest if each]
    assert (np.diff(distances) < 1e-3).all()  # but for rounding


def test_every_vector_lies_in_the_cell_of_its_nearest_centroid():
    vectors = clustered(300)
    index = filled(vectors[:200], 12)
    index.add(vectors[200:])
    assert sorted(number for cell in index.lists for number in cell) == list(range(300)) and len(index) == 300
    nearest = squared_distances(vectors, index.centroids).argmin(1)
    assert all(nearest[number] == cell for cell, numbers in enumerate(index.lists) for number in numbers)


def test_kmeans_ends_with_means_and_fills_empty_cells():
    vectors = np.repeat([[0.0], [1.0], [10.0]], 5, axis=0)
    assert sorted(kmeans(vectors, 3).ravel().tolist()) == [0, 1, 10]  # duplicates at the start leave cells empty
    vectors = clustered(400)
    centroids = kmeans(vectors, 10, steps=200)
    cell = squared_distances(vectors, centroids).argmin(1)
    np.testing.assert_allclose(centroids, [vectors[cell == number].mean(0) for number in range(10)], atol=1e-5)


def test_it_is_no_worse_than_scikit_learn():
    from sklearn.cluster import KMeans

    vectors = clustered(500)
    inertia = squared_distances(vectors, kmeans(vectors, 20, steps=100)).min(1).sum()
    theirs = KMeans(20, init="random", n_init=1, random_state=0).fit(vectors).inertia_
    assert inertia < 1.15 * theirs


def test_the_same_seed_gives_the_same_cells():
    vectors = clustered(200)
    assert (kmeans(vectors, 8, seed=3) == kmeans(vectors, 8, seed=3)).all()
    assert (kmeans(vectors, 8, seed=3) != kmeans(vectors, 8, seed=4)).any()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="count must be from 1 to the number of vectors, 3"):
        kmeans(np.zeros((3, 2)), 4)
    with pytest.raises(ValueError, match="probe must be from 1 to cells, 4; got 5"):
        IVFIndex(4, probe=5)
    with pytest.raises(ValueError, match="train must come before add"):
        IVFIndex(4).add([[1.0]])
    index = filled(clustered(20), 4)
    with pytest.raises(ValueError, match=r"shape \(n, 16\)"):
        index.add([[1.0]])
    with pytest.raises(ValueError, match="probe must be"):
        index.search(np.zeros(16), probe=0)
