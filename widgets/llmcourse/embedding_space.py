"""Distances in an embedding space: neighbours by cosine, Euclid or dot product, and the vector of an analogy.

static/embedding_space.js computes the same with the same additions in the same order, so that both agree to the last
bit and ties fall alike.
"""

from typing import NamedTuple

import numpy as np

METRICS = ("cosine", "euclidean", "dot")


class Neighbour(NamedTuple):
    """One neighbour: its row, its label, and its cosine similarity, Euclidean distance or dot product."""

    index: int
    label: str
    value: float


class EmbeddingSpace:
    """Vectors (n, d), float32, that can be asked for their nearest; all sums are in float64, dimension by dimension.

    >>> space = EmbeddingSpace(np.array([[1, 0], [0, 2], [3, 3]], dtype=np.float32))
    >>> space.nearest(np.array([1.0, 1.0]), "cosine", 1)
    [(2, 1.0)]
    """

    def __init__(self, vectors):
        self._columns = np.ascontiguousarray(vectors.T)
        self._norms = np.sqrt(self._sum(lambda column, _: column * column))

    def row(self, index):
        """Vector `index` in float64: (d,)."""
        return self._columns[:, index].astype(np.float64)

    def values(self, vector, metric):
        """What `metric` gives between `vector` (d,) and every row: (n,). The cosine with a zero vector counts as 0."""
        if metric == "euclidean":
            return np.sqrt(self._sum(lambda column, j: (column - vector[j]) ** 2))
        dots = self._sum(lambda column, j: column * vector[j])
        if metric == "dot":
            return dots
        lengths = self._norms * length(vector)
        return np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)

    def nearest(self, vector, metric, k, leave_out=()):
        """The `k` nearest rows outside `leave_out`, nearest first, of equals the first: [(index, value)]."""
        values = self.values(vector, metric)
        order = np.argsort(values if metric == "euclidean" else -values, kind="stable")
        order = order[~np.isin(order, leave_out)] if len(leave_out) else order
        return [(int(index), float(values[index])) for index in order[:k]]

    def analogy(self, a, b, c, metric):
        """The vector a − b + c of three rows: (d,).

        For the cosine each is brought to length 1 first, as word analogies are solved since Mikolov, Yih and Zweig
        2013 (https://aclanthology.org/N13-1090/); otherwise they are taken as they are.
        """
        rows = [self.row(index) for index in (a, b, c)]
        if metric == "cosine":
            rows = [row / (length(row) or 1.0) for row in rows]
        return (rows[0] - rows[1]) + rows[2]

    def _sum(self, term):
        total = np.zeros(self._columns.shape[1])
        for j, column in enumerate(self._columns):
            total += term(column.astype(np.float64), j)
        return total


def length(vector):
    """The Euclidean length of a vector, added up in order.

    >>> length([3.0, 4.0])
    5.0
    """
    total = 0.0
    for value in vector:
        total += float(value) * float(value)
    return float(np.sqrt(total))
