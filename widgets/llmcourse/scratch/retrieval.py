"""Find the passages that answer a query, from scratch: BM25, a vector index, and two ways to join their rankings.

static/retrieval.js computes the same in the page; tests/vectors/rag_inspector.json holds both to it.
"""

import math
import re
import unicodedata
from collections import Counter
from itertools import groupby

import numpy as np

RRF = 60  # the constant of Cormack et al. 2009: how much the first ranks weigh more than later ones
ASCII_WORD = re.compile("[a-z0-9]+")


def words(text):
    """The words of a text, small letters, with their places: (start, end, word); letters, digits and combining marks.

    >>> words("It's BM25")
    [(0, 2, 'it'), (3, 4, 's'), (5, 9, 'bm25')]
    """
    found, place = [], 0
    for in_word, run in groupby(text, key=lambda character: unicodedata.category(character)[0] in "LNM"):
        run = "".join(run)
        if in_word:
            found.append((place, place + len(run), run.lower()))
        place += len(run)
    return found


def terms(text):
    """The words of a text without their places.

    >>> terms("A cat, a mat")
    ['a', 'cat', 'a', 'mat']
    """
    if text.isascii():  # most passages: ten times as fast as asking the Unicode table about every character
        return ASCII_WORD.findall(text.lower())
    return [word for _, _, word in words(text)]


def bm25(query, passages, k1=1.2, b=0.75):
    """Score each passage for a query by the words they share: Robertson & Zaragoza 2009, with Lucene's idf.

    k1 >= 0: how slowly further mentions of a word add to the score; 0 counts a word once. 0 <= b <= 1: how much a long
    passage is held against its words. Returns (n,) float64, the sums of `bm25_parts`; 0 where no word is shared.
    https://doi.org/10.1561/1500000019

    >>> bm25("cat", ["the cat sat", "the dog"]).round(3).tolist()
    [0.291, 0.0]
    """
    scores = np.zeros(len(passages))
    for part in bm25_parts(query, passages, k1, b)[1]:
        scores += part  # word by word, so that the parts sum to the score to the last bit
    return scores


def bm25_parts(query, passages, k1=1.2, b=0.75):
    """What each word of the query adds to each passage's score: (words, (words, n) float64).

    passages: texts, or the Counter of each one's `terms` where they are asked again and again. A word twice in the
    query counts twice. Raises ValueError for k1 or b outside their range, or without passages.

    >>> words, parts = bm25_parts("cat sat", ["the cat sat", "the cat"])
    >>> words, parts.round(3).tolist()
    (['cat', 'sat'], [[0.077, 0.09], [0.291, 0.0]])
    """
    if not (0 <= k1 < math.inf and 0 <= b <= 1):
        raise ValueError(f"k1 must be 0 or more and b from 0 to 1; got k1={k1}, b={b}.")
    if not len(passages):
        raise ValueError("passages is empty: give at least one.")
    counts = [passage if isinstance(passage, Counter) else Counter(terms(passage)) for passage in passages]
    lengths = [count.total() for count in counts]
    mean = sum(lengths) / len(lengths)
    asked = Counter(terms(query))
    parts = np.zeros((len(asked), len(passages)))
    for row, (word, times) in enumerate(asked.items()):
        holding = [number for number, count in enumerate(counts) if word in count]
        idf = math.log(1 + (len(passages) - len(holding) + 0.5) / (len(holding) + 0.5))  # rare words weigh more
        for number in holding:
            often = counts[number][word]
            damped = k1 * (1 - b + b * lengths[number] / mean)  # a long passage needs more mentions
            parts[row, number] = times * idf * often / (often + damped)
    return list(asked), parts


def order(scores, positive=False):
    """Passage numbers, best score first; of equal ones the first. `positive` leaves out those that score 0.

    >>> order([0.0, 2.0, 1.0], positive=True)
    [1, 2]
    """
    ranked = sorted(range(len(scores)), key=lambda number: -scores[number])
    return [number for number in ranked if not positive or scores[number] > 0]


def weighted_sum(first, second, weight):
    """Join two retrievers' scores, each stretched to 0 … 1: (1 - weight) * first + weight * second.

    >>> weighted_sum([0.0, 4.0], [0.5, 0.3], weight=0.25).tolist()
    [0.25, 0.75]
    """
    return (1 - weight) * _stretched(first) + weight * _stretched(second)


def reciprocal_rank_fusion(rankings, count, constant=RRF):
    """Join rankings by rank alone: each adds 1 / (constant + rank), ranks from 1. Cormack et al. 2009.

    rankings: lists of passage numbers, best first. Returns (count,) float64. https://doi.org/10.1145/1571941.1572114

    >>> reciprocal_rank_fusion([[0, 1], [1]], count=3).round(4).tolist()
    [0.0164, 0.0325, 0.0]
    """
    scores = np.zeros(count)
    for ranking in rankings:
        for rank, number in enumerate(ranking, start=1):
            scores[number] += 1 / (constant + rank)
    return scores


def recall_at(ranking, gold, k):
    """The share of the gold passages among the first k.

    >>> recall_at([4, 2, 7], gold=[2, 9], k=2)
    0.5
    """
    return len(set(ranking[:k]) & set(gold)) / len(set(gold))


def reciprocal_rank(ranking, gold):
    """1 / rank of the first gold passage, 0 where there is none; its mean over queries is the MRR.

    >>> reciprocal_rank([4, 2, 7], gold=[2, 9])
    0.5
    """
    return next((1 / rank for rank, number in enumerate(ranking, start=1) if number in gold), 0.0)


def embeddings(embed, texts):
    """embed(texts) as (n, d) float64, checked. Raises ValueError, naming what came back, for anything else."""
    try:
        vectors = np.asarray(embed(list(texts)), dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"embed must return an array (n, d) of numbers for n texts: {problem}") from problem
    if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.shape[1]:
        raise ValueError(f"embed must return the shape ({len(texts)}, d) for {len(texts)} texts; got {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise ValueError("embed must return finite numbers; got NaN or infinity.")
    return vectors


def unit_rows(vectors):
    """Each row divided by its length; a row of zeros stays.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


class VectorIndex:
    """Exact search among vectors: every one is compared, as FAISS's flat indexes do.

    metric: "cosine" or "dot" (most similar first), or "euclidean" (the least distance first).

    >>> index = VectorIndex()
    >>> index.add([[1, 0], [0, 1], [1, 1]], [{"lang": "en"}, {"lang": "de"}, {"lang": "en"}])
    >>> [(number, round(score, 3)) for number, score in index.search([1, 0.1], k=2)]
    [(0, 0.995), (2, 0.774)]
    >>> index.search([0, 2], k=1, where={"lang": "de"})
    [(1, 1.0)]
    """

    def __init__(self, metric="cosine"):
        if metric not in ("cosine", "dot", "euclidean"):
            raise ValueError(f"metric must be 'cosine', 'dot' or 'euclidean'; got {metric!r}.")
        self.metric, self.vectors, self.metadata, self.removed = metric, np.zeros((0, 0)), [], set()

    def __len__(self):
        return len(self.vectors) - len(self.removed)

    def add(self, vectors, metadata=None):
        """Add vectors (n, d), with a dictionary each if given. Raises ValueError when the shapes disagree."""
        vectors = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
        if vectors.ndim != 2 or (self.vectors.size and vectors.shape[1] != self.vectors.shape[1]):
            raise ValueError(f"vectors must have the shape (n, {self.vectors.shape[1] or 'd'}); got {vectors.shape}.")
        if not np.isfinite(vectors).all():
            raise ValueError("vectors must be finite numbers; got NaN or infinity.")
        metadata = [{} for _ in vectors] if metadata is None else list(metadata)
        if len(metadata) != len(vectors):
            raise ValueError(f"metadata must hold one dictionary a vector, {len(vectors)}; got {len(metadata)}.")
        self.vectors = np.concatenate([self.vectors, vectors]) if self.vectors.size else vectors
        self.metadata += metadata

    def remove(self, numbers):
        """Never find these vectors again. The others keep their numbers: the places stay as tombstones.

        Raises ValueError for a number that is not there.
        """
        numbers = {int(number) for number in numbers}
        if unknown := sorted(numbers - (set(range(len(self.vectors))) - self.removed)):
            raise ValueError(f"numbers must be of vectors that are there; {unknown[0]} is not.")
        self.removed |= numbers

    def search(self, query, k=5, where=None):
        """The k best vectors as (number, score), of equal ones the first.

        where: {key: value} that the metadata must hold, or a function of it. Filtered before the search, so that k
        are found where k remain.
        """
        fits = where if callable(where) else lambda data: all(data.get(key) == want for key, want in where.items())
        there = (number for number in range(len(self.vectors)) if number not in self.removed)
        numbers = np.array([number for number in there if where is None or fits(self.metadata[number])], dtype=int)
        if not len(numbers):
            return []
        scores = self.scores(query)[numbers]
        best = np.argsort(scores if self.metric == "euclidean" else -scores, kind="stable")[:k]
        return [(int(numbers[place]), float(scores[place])) for place in best]

    def scores(self, query):
        """The score of every vector for a query (d,): (n,) float64."""
        query = np.asarray(query, dtype=np.float64)
        if query.shape != self.vectors.shape[1:]:
            raise ValueError(f"query must have the shape ({self.vectors.shape[1]},); got {query.shape}.")
        if self.metric == "euclidean":
            return np.linalg.norm(self.vectors - query, axis=1)
        return self.vectors @ query if self.metric == "dot" else unit_rows(self.vectors) @ unit_rows(query)


def _stretched(scores):
    scores = np.asarray(scores, dtype=np.float64)
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros(len(scores))
