"""Byte-pair encoding as textbooks print it: count every pair, merge the most frequent one, count everything again.

Right and slow; `bpe.BPETokenizer` gives the same merges and counts only what changed. tests/test_bpe_textbook.py
compares the two.
"""

from collections import Counter
from itertools import pairwise

from .bpe_files import BYTE_ORDER
from .bpe_merging import merge_pair


def count_pairs(words, times):
    """How often each pair of neighbours stands in a text.

    words: lists of symbols. times: how often each word comes.

    >>> count_pairs([["l", "o", "w"], ["l", "o"]], times=[2, 1])
    Counter({('l', 'o'): 3, ('o', 'w'): 2})
    """
    counts = Counter()
    for word, often in zip(words, times, strict=True):
        for pair in pairwise(word):
            counts[pair] += often
    return counts


def train_by_recounting(pieces, merges):
    """The merges that BPE learns from {piece: how often it comes}, or from a list in which pieces come again.

    Returns pairs of bytes in the order they are made. Of pairs equally frequent the one with the smaller ids is first.

    >>> train_by_recounting(["low", " low", " lower"], merges=2)
    [(b'l', b'o'), (b'lo', b'w')]
    """
    ids = {bytes([byte]): number for number, byte in enumerate(BYTE_ORDER)}
    words = [[bytes([byte]) for byte in piece.encode("utf-8", "replace")] for piece in pieces]
    times = list(pieces.values()) if isinstance(pieces, dict) else [1] * len(words)
    learnt = []
    while len(learnt) < merges and (counts := count_pairs(words, times)):
        best = min(counts, key=lambda pair: (-counts[pair], ids[pair[0]], ids[pair[1]]))
        ids[b"".join(best)] = len(ids)
        words = [merge_pair(word, best, b"".join(best)) for word in words]
        learnt.append(best)
    return learnt
