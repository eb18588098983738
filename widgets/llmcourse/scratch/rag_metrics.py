"""Is the answer right, and does it stand on what was found? The scores of question answering and of RAG, from scratch.

Context precision, context recall, faithfulness and answer relevancy follow Es et al. 2023 (Ragas,
https://arxiv.org/abs/2309.15217): the formulas are theirs, and a large language model makes their yes/no decisions.
Here gold passages and words make them (`supported`), which is reproducible and free, and blind to paraphrase.
"""

import math
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np

from .retrieval import terms, unit_rows
from .splitters import sentence_bounds

CITATION = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]")
_SMALL = "a an and are as at be been by for from had has have in into is it its of on or that the their there this to"
SMALL = frozenset(terms(_SMALL + " was were which who whose with"))  # words that carry no claim


def plain(text):
    """The words of an answer as SQuAD compares them: small letters, no punctuation, no articles, no accents.

    >>> plain("The Léon-Foucault, 1851.")
    ['leon', 'foucault', '1851']
    """
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    bare = re.sub(r"(?<=\d),(?=\d{3})", "", bare)  # 3,812 and 3812 are one number
    return [word for word in terms(bare) if word not in ("a", "an", "the")]


def exact_match(answer, right):
    """1.0 where the answer is one of the right answers, word for word; else 0.0. Rajpurkar et al. 2016.

    >>> exact_match("the Svir", ["Svir"]), exact_match("It is the Svir.", ["Svir"])
    (1.0, 0.0)
    """
    return float(any(plain(answer) == plain(one) for one in right))


def contains(answer, right):
    """1.0 where one of the right answers stands in the answer, as whole words in a row; else 0.0.

    >>> contains("It is the Svir.", ["Svir"]), contains("75 of them", ["7"])
    (1.0, 0.0)
    """
    said = " ".join(["", *plain(answer), ""])
    return float(any(f" {' '.join(plain(one))} " in said for one in right if plain(one)))


def token_f1(answer, right):
    """The best overlap with a right answer: the harmonic mean of precision and recall over words.

    >>> token_f1("in Mendoza Province", ["Mendoza Province"])
    0.8
    """
    return max((_overlap(Counter(plain(answer)), Counter(plain(one))) for one in right), default=0.0)


def context_precision(relevant):
    """How high the passages that matter stand: the mean of precision@k over the ranks k that hold one.

    relevant: True or False for each retrieved passage, best first. 0.0 where none matters. (Information retrieval calls
    it average precision.)

    >>> context_precision([True, False, True])
    0.8333333333333333
    """
    hits = [rank for rank, matters in enumerate(relevant, start=1) if matters]
    return sum(found / rank for found, rank in enumerate(hits, start=1)) / len(hits) if hits else 0.0


def context_recall(needed, passages, judge=None):
    """The share of the needed statements that the passages together support; nan where none is needed.

    needed: the statements of the right answer. judge: (statement, passages) -> bool, `supported` unless given.

    >>> context_recall(["Cats purr.", "Dogs fly."], ["All cats purr."])
    0.5
    """
    return _share(needed, passages, judge or supported)


def faithfulness(answer, passages, judge=None):
    """The share of the answer's statements, here its sentences, that the passages support; nan without a statement.

    It asks whether the answer keeps to the passages, not whether it is true.

    >>> faithfulness("Cats purr. Cats fly.", ["All cats purr."])
    0.5
    """
    return _share(statements(answer), passages, judge or supported)


def answer_relevancy(question, asked_back, embed):
    """The mean cosine between the question and the questions that the answer would answer.

    asked_back: questions that a language model wrote for the answer alone. embed: texts -> (n, d).

    >>> answer_relevancy("a", ["a", "b"], lambda texts: [[1, 0] if text == "a" else [0, 1] for text in texts])
    0.5
    """
    vectors = unit_rows(np.asarray(embed([question, *asked_back]), dtype=np.float64))
    return float((vectors[1:] @ vectors[0]).mean())


def statements(answer):
    """The sentences of an answer, without citations and without those that say nothing.

    >>> statements("Cats purr [1]. ... Dogs bark.")
    ['Cats purr .', 'Dogs bark.']
    """
    pieces = [CITATION.sub("", answer[start:end]).strip() for start, end in pairwise(sentence_bounds(answer))]
    return [piece for piece in pieces if terms(piece)]


def supported(statement, passages):
    """Whether one passage holds every number and name of the statement, and two thirds of its other content words.

    A stand-in for a judge that reads: it takes 'was not born in Rome' for supported by 'was born in Rome', and a right
    paraphrase for unsupported. Names are the capitalised words after the first.

    >>> supported("It opened in 1883.", ["The bridge opened in 1883."]), supported("It opened in 1884.", ["… 1883."])
    (True, False)
    """
    said = [word for word in plain(statement) if word not in SMALL]
    strict = {word for word in said if any(letter.isdigit() for letter in word)}
    strict |= {word for name in re.findall(r"(?<=\s)[^\W\d_a-z]\w*", statement) for word in plain(name)} - SMALL
    for passage in passages:
        held = set(plain(passage))
        if strict <= held and sum(word in held for word in said) >= len(said) * 2 / 3:
            return True
    return False


def bootstrap_interval(values, level=0.95, draws=2000, seed=0):
    """The mean of values and the interval that resampling them gives: (mean, low, high). Efron 1979.

    values: one number a question, nan left out. Raises ValueError without a value.

    >>> bootstrap_interval([1.0, 1.0, 1.0])
    (1.0, 1.0, 1.0)
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        raise ValueError("values holds no number: there is nothing to average.")
    picks = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    low, high = np.quantile(values[picks].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(values.mean()), float(low), float(high)


def _overlap(said, right):
    shared = (said & right).total()
    return 2 * shared / (said.total() + right.total()) if shared else 0.0


def _share(pieces, passages, judge):
    return sum(judge(piece, passages) for piece in pieces) / len(pieces) if pieces else math.nan
