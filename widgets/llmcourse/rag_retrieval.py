"""Every retriever's scores for the passages of RAGInspector, alone and joined.

static/rag_retrieval.js ranks the same in the page; tests/vectors/rag_inspector.json holds both to it.
"""

from collections import Counter

import numpy as np

from .scratch import retrieval

BM25, WEIGHTED, FUSION = "BM25", "weighted sum", "rank fusion"


class PassageScores:
    """The scores of passages by BM25, by embeddings and by the caller's own retrievers.

    embed: texts -> (n, d) or None. retrievers: {name: query -> n scores}. `names` lists them, BM25 first. Raises
    TypeError or ValueError, naming what would be right, for names or embeddings that cannot be.
    """

    def __init__(self, passages, embed, retrievers):
        self._count, self._embed, self._known = len(passages), embed, {}
        self._words = [Counter(retrieval.terms(passage)) for passage in passages]
        self._others = dict(retrievers)
        if embed is not None:
            self._vectors = retrieval.unit_rows(retrieval.embeddings(embed, passages))
            self._others = {"dense": self._dense, **self._others}
        for name, source in self._others.items():
            if not isinstance(name, str) or name in (BM25, WEIGHTED, FUSION) or not callable(source):
                raise TypeError(
                    f"retrievers must be {{name: function}}, with names other than {BM25!r}, {WEIGHTED!r} and "
                    f"{FUSION!r}; got {name!r}: {type(source).__name__}."
                )
        self.names = [BM25, *self._others]

    @property
    def columns(self):
        """All that can rank: the retrievers and, where there are two or more, what joins them."""
        return [*self.names, WEIGHTED, FUSION] if len(self.names) > 1 else self.names

    def measure(self, query):
        """Ask every retriever but BM25 about a query, once. Returns a sentence for each that failed; it scores NaN."""
        if query in self._known:
            return []
        rows, problems = np.full((len(self._others), self._count), np.nan), []
        for row, (name, source) in enumerate(self._others.items()):
            try:
                rows[row] = self._checked(name, source(query))
            except Exception as problem:  # whatever a callable of the learner raises
                told = str(problem) if isinstance(problem, ValueError) else f"{type(problem).__name__}: {problem}"
                problems.append(told if told.startswith("retriever") else f"retriever {name!r} failed: {told}")
        self._known[query] = rows
        return problems

    def known(self, queries):
        """The scores of the retrievers but BM25 for these queries: float64 (queries, retrievers, passages)."""
        return np.array([self._known[query] for query in queries])

    def forget(self, keep):
        """Keep the scores of these queries only."""
        self._known = {query: rows for query, rows in self._known.items() if query in keep}

    def parts(self, query, k1, b):
        """What each word of the query adds to each passage's BM25 score: (words, (words, n))."""
        return retrieval.bm25_parts(query, self._words, k1, b)

    def scores(self, query, name, k1, b, weight):
        """The scores (n,) of one column; NaN where it has none for this query. Raises ValueError for another name."""
        if name not in self.columns:
            raise ValueError(f"name must be one of {', '.join(self.columns)}; got {name!r}.")
        if name == BM25:
            return retrieval.bm25(query, self._words, k1, b)
        rows = self._known[query]
        if name in self.names:
            return rows[self.names.index(name) - 1]
        if name == WEIGHTED:
            return retrieval.weighted_sum(retrieval.bm25(query, self._words, k1, b), rows[0], weight)
        if not np.isfinite(rows).all():
            return np.full(self._count, np.nan)
        rankings = [self.ranking(query, one, k1, b, weight) for one in self.names]
        return retrieval.reciprocal_rank_fusion(rankings, self._count)

    def ranking(self, query, name, k1, b, weight):
        """Passage numbers, best first; without those that BM25 scores 0, and empty for a column without scores."""
        scores = self.scores(query, name, k1, b, weight)
        return retrieval.order(scores, positive=name == BM25) if np.isfinite(scores).all() else []

    def evaluation(self, gold, k, k1, b, weight):
        """Mean recall@k and mean reciprocal rank over {query: gold numbers}: {column: {"recall": …, "mrr": …}}."""
        found = {}
        for name in self.columns if gold else ():
            pairs = [(self.ranking(query, name, k1, b, weight), numbers) for query, numbers in gold.items()]
            found[name] = {
                "recall": sum(retrieval.recall_at(ranking, numbers, k) for ranking, numbers in pairs) / len(pairs),
                "mrr": sum(retrieval.reciprocal_rank(ranking, numbers) for ranking, numbers in pairs) / len(pairs),
            }
        return found

    def _dense(self, query):
        return self._vectors @ retrieval.unit_rows(retrieval.embeddings(self._embed, [query]))[0]

    def _checked(self, name, scores):
        try:
            scores = np.asarray(scores, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"retriever {name!r} must return numbers; got {type(scores).__name__}.") from None
        if scores.shape != (self._count,) or not np.isfinite(scores).all():
            got = f"the shape {scores.shape}" if scores.shape != (self._count,) else "NaN or infinity"
            raise ValueError(f"retriever {name!r} must return {self._count} finite scores, one a passage; got {got}.")
        return scores


def whole_text(text):
    """A text that can be sent: half of a surrogate pair (a cut emoji) is replaced.

    >>> whole_text("a\\ud83c")
    'a\\ufffd'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def checked_gold(gold, query, count):
    """Gold passages as {query: numbers}, from that or from the numbers of one query. Raises ValueError for no numbers.

    >>> checked_gold([2], "Why?", count=3)
    {'Why?': [2]}
    """
    gold = gold if isinstance(gold, dict) else {query: gold} if gold is not None else {}
    checked = {whole_text(one): [int(number) for number in numbers] for one, numbers in gold.items()}
    for numbers in checked.values():
        if not numbers or not all(0 <= number < count for number in numbers):
            raise ValueError(f"gold must name passages by their numbers, 0 to {count - 1}; got {numbers}.")
    return checked
