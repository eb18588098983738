"""The two ways to merge: one pair everywhere, as training does, and all pairs by their rank, as encoding does."""

import heapq
from itertools import pairwise


def merge_pair(symbols, pair, made):
    """Replace each `pair` of neighbours by `made`, from left to right.

    >>> merge_pair([1, 1, 1, 2], (1, 1), 9)
    [9, 1, 2]
    """
    merged, at, last = [], 0, len(symbols) - 1
    while at <= last:
        if at < last and symbols[at] == pair[0] and symbols[at + 1] == pair[1]:
            merged.append(made)
            at += 2
        else:
            merged.append(symbols[at])
            at += 1
    return merged


def merge_by_rank(symbols, ranks):
    """Make all merges there are, the lowest rank first, then from left to right; in n log n steps for n symbols.

    A heap holds the merges that are possible now. A merge makes at most two new neighbours, so only they are looked
    at, and those of the heap that it made impossible are passed over.

    >>> merge_by_rank([b"l", b"o", b"w"], {(b"o", b"w"): 0, (b"l", b"o"): 1})
    [b'l', b'ow']
    """
    symbols, size = list(symbols), len(symbols)
    left_of, right_of = list(range(-1, size - 1)), list(range(1, size + 1))
    heap = [(ranks[pair], at) for at, pair in enumerate(pairwise(symbols)) if pair in ranks]
    heapq.heapify(heap)
    while heap:
        rank, at = heapq.heappop(heap)
        right = right_of[at]
        if symbols[at] is None or right == size or ranks.get((symbols[at], symbols[right])) != rank:
            continue
        symbols[at] += symbols[right]
        symbols[right] = None
        right_of[at] = right_of[right]
        if right_of[at] < size:
            left_of[right_of[at]] = at
            if (found := ranks.get((symbols[at], symbols[right_of[at]]))) is not None:
                heapq.heappush(heap, (found, at))
        if at and (found := ranks.get((symbols[left_of[at]], symbols[at]))) is not None:
            heapq.heappush(heap, (found, left_of[at]))
    return [symbol for symbol in symbols if symbol is not None]
