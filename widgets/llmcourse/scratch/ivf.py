"""IVF from scratch: k-means cuts the space into cells, and a search looks into the nearest few cells only.

Jégou, Douze, Schmid 2011 (https://doi.org/10.1109/TPAMI.2010.57) call it the inverted file; FAISS's IndexIVFFlat is
the industrial one. Distances are Euclidean: for unit vectors they give the order of the cosine.
"""

import numpy as np


def squared_distances(vectors, queries):
    """Squared Euclidean distances (n, m) between the rows of (n, d) and of (m, d), in one matrix product.

    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0]])).ravel().tolist()
    [0.0, 25.0]
    """
    lengths = (vectors**2).sum(1)[:, None] + (queries**2).sum(1)[None]
    return np.maximum(lengths - 2 * vectors @ queries.T, 0)  # rounding may leave a little below zero


def kmeans(vectors, count, steps=20, seed=0):
    """Lloyd's k-means: `count` centroids (count, d), each the mean of the vectors that are nearest to it.

    Starts from `count` of the vectors, drawn with the seed. A centroid that nobody is nearest to moves to the vector
    that is farthest from its own. Stops early when nothing changes. Raises ValueError unless 1 <= count <= n.

    >>> kmeans(np.array([[0.0], [1.0], [10.0], [11.0]]), count=2).ravel().round(1).tolist()
    [0.5, 10.5]
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    if not 1 <= count <= len(vectors):
        raise ValueError(f"count must be from 1 to the number of vectors, {len(vectors)}; got {count}.")
    centroids = vectors[np.random.default_rng(seed).choice(len(vectors), count, replace=False)].copy()
    for _ in range(steps):
        distances = squared_distances(vectors, centroids)
        cell, own = distances.argmin(1), distances.min(1)
        before = centroids.copy()
        for number in range(count):
            members = vectors[cell == number]
            if len(members):
                centroids[number] = members.mean(0)
            else:
                centroids[number] = vectors[own.argmax()]
                own[own.argmax()] = 0
        if np.array_equal(before, centroids):
            break
    return centroids


class IVFIndex:
    """Approximate search in cells: a query is compared with all centroids, then with the vectors of `probe` cells.

    cells: how many; probe: how many of them a search opens, 1 to cells (all of them make it exact).
    compared: distances that the last search computed, those to the centroids included.

    >>> index = IVFIndex(cells=2, probe=1)
    >>> index.train([[0.0], [1.0], [10.0], [11.0]])
    >>> index.add([[0.0], [1.0], [10.0], [11.0]])
    >>> index.search([9.0], k=2), index.compared
    ([(2, 1.0), (3, 2.0)], 4)
    """

    def __init__(self, cells, probe=1, seed=0):
        if not 1 <= probe <= cells:
            raise ValueError(f"probe must be from 1 to cells, {cells}; got {probe}.")
        self.cells, self.probe, self.seed, self.compared = cells, probe, seed, 0
        self.centroids, self.lists, self.vectors = None, [[] for _ in range(cells)], None

    def __len__(self):
        return 0 if self.vectors is None else len(self.vectors)

    def train(self, vectors, steps=20):
        """Find the centroids by k-means among vectors (n, d); n is at least the number of cells."""
        self.centroids = kmeans(vectors, self.cells, steps, self.seed)

    def add(self, vectors):
        """File vectors (n, d) under their nearest centroid; they are numbered in the order they come."""
        if self.centroids is None:
            raise ValueError("train must come before add: without centroids there are no cells.")
        vectors, first = np.asarray(vectors, dtype=np.float32), len(self)
        if vectors.ndim != 2 or vectors.shape[1] != self.centroids.shape[1]:
            raise ValueError(f"vectors must have the shape (n, {self.centroids.shape[1]}); got {vectors.shape}.")
        for number, cell in enumerate(squared_distances(vectors, self.centroids).argmin(1), start=first):
            self.lists[cell].append(number)
        self.vectors = vectors if first == 0 else np.concatenate([self.vectors, vectors])

    def search(self, query, k=5, probe=None):
        """The k nearest of the opened cells as (number, distance), nearest first; fewer where the cells hold fewer."""
        query = np.asarray(query, dtype=np.float32)[None]
        numbers = np.array([n for cell in self.opened(query[0], probe) for n in self.lists[cell]], dtype=int)
        self.compared = self.cells + len(numbers)
        if not len(numbers):
            return []
        distances = squared_distances(self.vectors[numbers], query)[:, 0]
        best = np.lexsort((numbers, distances))[:k]  # of equal ones the first
        return [(int(numbers[place]), float(np.sqrt(distances[place]))) for place in best]

    def opened(self, query, probe=None):
        """The numbers of the `probe` cells whose centroids are nearest to a query (d,), nearest first."""
        probe = self.probe if probe is None else probe
        if not 1 <= probe <= self.cells:
            raise ValueError(f"probe must be from 1 to cells, {self.cells}; got {probe}.")
        query = np.asarray(query, dtype=np.float32)[None]
        return np.argsort(squared_distances(self.centroids, query)[:, 0], kind="stable")[:probe].tolist()
