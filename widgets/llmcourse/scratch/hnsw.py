"""HNSW from scratch: a graph of neighbours in levels, walked greedily from a few far links down to many near ones.

Malkov & Yashunin 2018 (https://arxiv.org/abs/1603.09320), whose algorithm numbers stand beside the functions; FAISS's
IndexHNSWFlat is the industrial one. Distances are Euclidean: for unit vectors they give the order of the cosine.
"""

import heapq
import math

import numpy as np


class HNSWIndex:
    """Approximate search along links: every vector knows its near neighbours, and some know far ones on higher levels.

    m: links of a new vector on each level (at most m are kept there, 2m on the lowest). ef_construction: candidates
    that are looked at for these links. ef: candidates that a search keeps, at least k; more find more and cost more.
    compared: distances that the last search computed.

    >>> index = HNSWIndex(m=2)
    >>> index.add([[0.0], [1.0], [10.0], [11.0]])
    >>> index.search([9.0], k=2)
    [(2, 1.0), (3, 2.0)]
    """

    def __init__(self, m=16, ef_construction=64, ef=32, seed=0):
        for name, value, least in (("m", m, 2), ("ef_construction", ef_construction, 1), ("ef", ef, 1)):
            if value < least:
                raise ValueError(f"{name} must be at least {least}; got {value}.")
        self.m, self.ef_construction, self.ef = m, ef_construction, ef
        self.links = []  # links[number][level]: the neighbours of a vector on a level
        self.entry, self.compared = None, 0
        self._random, self._count = np.random.default_rng(seed), 0
        self._vectors, self._squares = None, None

    def __len__(self):
        return self._count

    @property
    def vectors(self):
        """The vectors (n, d), float32."""
        return self._vectors[: self._count]

    def add(self, vectors, progress=False):
        """Insert vectors (n, d) one by one, algorithm 1; they are numbered in the order they come."""
        from tqdm.auto import tqdm

        vectors = np.asarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or (self._count and vectors.shape[1] != self._vectors.shape[1]):
            raise ValueError(f"vectors must have the shape (n, d) of those that are there; got {vectors.shape}.")
        self._vectors = np.concatenate([self.vectors, vectors]) if self._count else vectors.copy()
        self._squares = (self._vectors**2).sum(1)
        for _ in tqdm(range(len(vectors)), desc="Linking", unit="vector", leave=False, disable=not progress):
            self._insert(self._count)

    def search(self, query, k=5, ef=None):
        """The k nearest vectors that the walk finds, as (number, distance), nearest first: algorithm 5."""
        self.compared = 0
        if self.entry is None:
            return []
        query = np.asarray(query, dtype=np.float32)
        near = self._descend(query, self.top, 0)
        near = self.search_level(query, near, max(ef or self.ef, k), 0)
        return [(number, math.sqrt(max(distance, 0))) for distance, number in near[:k]]

    @property
    def top(self):
        """The highest level; the entry point is on it."""
        return len(self.links[self.entry]) - 1

    def search_level(self, query, entries, ef, level):
        """The `ef` nearest that a walk over one level finds, as (squared distance, number), nearest first: algorithm 2.

        Always goes on from the nearest candidate not yet visited, and stops when that one is farther than the worst
        of the `ef` found so far.
        """
        visited = {number for _, number in entries}
        candidates = list(entries)
        found = [(-distance, number) for distance, number in entries]  # the worst on top
        heapq.heapify(candidates)
        heapq.heapify(found)
        while candidates:
            distance, number = heapq.heappop(candidates)
            if distance > -found[0][0] and len(found) >= ef:
                break
            fresh = [each for each in self.links[number][level] if each not in visited]
            visited.update(fresh)
            for distance, each in zip(self._distances(query, fresh), fresh, strict=True):
                if len(found) < ef or distance < -found[0][0]:
                    heapq.heappush(candidates, (distance, each))
                    heapq.heappush(found, (-distance, each))
                    if len(found) > ef:
                        heapq.heappop(found)
        return sorted((-distance, number) for distance, number in found)

    def select(self, candidates, count):
        """At most `count` neighbours that lie in different directions: algorithm 4.

        candidates: (squared distance, number), nearest first. One is kept only if it is nearer to the new vector than
        to every neighbour kept so far; so a cluster is not linked to itself alone.
        """
        numbers = [number for _, number in candidates]
        rows = self._vectors[numbers]
        squares = self._squares[numbers]
        between = squares[:, None] + squares[None] - 2 * rows @ rows.T
        kept, nearest = [], np.full(len(numbers), np.inf)  # nearest: of each candidate to those kept
        for place, (distance, _) in enumerate(candidates):
            if distance < nearest[place]:
                kept.append(place)
                nearest = np.minimum(nearest, between[place])
                if len(kept) == count:
                    break
        return [numbers[place] for place in kept]

    def _insert(self, number):
        query = self._vectors[number]
        level = int(-math.log(1 - self._random.random()) / math.log(self.m))  # one in m reaches the next level
        self.links.append([[] for _ in range(level + 1)])
        self._count += 1
        if self.entry is None:
            self.entry = number
            return
        top = self.top
        near = self._descend(query, top, level)
        for each in range(min(level, top), -1, -1):
            near = self.search_level(query, near, self.ef_construction, each)
            self.links[number][each] = self.select(near, self.m)
            for neighbour in self.links[number][each]:
                self._link_back(neighbour, number, each)
        if level > top:
            self.entry = number

    def _link_back(self, neighbour, number, level):
        links = self.links[neighbour][level]
        links.append(number)
        most = self.m if level else 2 * self.m
        if len(links) > most:
            distances = self._distances(self._vectors[neighbour], links)
            self.links[neighbour][level] = self.select(sorted(zip(distances, links, strict=True)), most)

    def _descend(self, query, level, until):
        """From the entry point down to just above level `until`, on each level to the nearest: (distance, number)."""
        near = [(self._distances(query, [self.entry])[0], self.entry)]
        for each in range(level, until, -1):
            near = self.search_level(query, near, 1, each)
        return near

    def _distances(self, query, numbers):
        self.compared += len(numbers)
        if not numbers:
            return []
        return (self._squares[numbers] - 2 * self._vectors[numbers] @ query + query @ query).tolist()
