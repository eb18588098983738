"""MinHash: near-duplicates among many texts without comparing all pairs (Broder 1997; the filter of most corpora)."""

import hashlib
from collections import defaultdict
from itertools import combinations

import numpy as np

PRIME = (1 << 61) - 1  # a Mersenne prime: a · x + b modulo it spreads 61-bit numbers evenly


def shingles(text, size=3):
    """The set of all runs of `size` neighbouring words, small letters, punctuation aside.

    A shorter text is one shingle; an empty one has none.

    >>> sorted(shingles("The cat sat. The cat sat!", size=2))
    [('cat', 'sat'), ('sat', 'the'), ('the', 'cat')]
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 word; got {size}.")
    words = "".join(letter if letter.isalnum() or letter == "'" else " " for letter in text.lower()).split()
    return {tuple(words[at : at + size]) for at in range(max(len(words) - size + 1, min(len(words), 1)))}


def jaccard(one, other):
    """What two sets share, as a share of all they hold: 0 to 1; two empty sets are equal, so 1.

    >>> jaccard({1, 2, 3}, {2, 3, 4})
    0.5
    """
    union = one | other
    return len(one & other) / len(union) if union else 1.0


class MinHash:
    """Short signatures of sets: the share of equal places in two signatures estimates the Jaccard similarity.

    hashes: length of a signature; the standard error of an estimate is √(J (1 − J) / hashes). seed: of the hashes.

    Each place holds the smallest value that one random hash function gives to a member of the set. Two sets have the
    same smallest member exactly when the smallest of their union lies in both, which has probability J.

    >>> hasher = MinHash(hashes=256)
    >>> hasher.signature({"a", "b"}).shape
    (256,)
    """

    def __init__(self, hashes=128, seed=0):
        if hashes < 1:
            raise ValueError(f"hashes must be at least 1; got {hashes}.")
        random = np.random.default_rng(seed)
        self.a = [int(each) for each in random.integers(1, PRIME, hashes)]
        self.b = [int(each) for each in random.integers(0, PRIME, hashes)]

    def signature(self, members):
        """(hashes,) uint64: the smallest hash of the members under each function; all ones for an empty set."""
        numbers = [_number(member) for member in members]
        if not numbers:
            return np.full(len(self.a), np.iinfo(np.uint64).max, np.uint64)
        smallest = [min((a * x + b) % PRIME for x in numbers) for a, b in zip(self.a, self.b, strict=True)]
        return np.array(smallest, np.uint64)


def estimate(one, other):
    """The share of places in which two signatures agree: an estimate of the Jaccard similarity.

    >>> estimate(np.array([3, 1, 4]), np.array([3, 1, 5]))
    0.6666666666666666
    """
    return float(np.mean(np.asarray(one) == np.asarray(other)))


def candidates(signatures, bands):
    """Pairs (i, j), i < j, whose signatures agree in all places of at least one band: locality-sensitive hashing.

    signatures: (texts, hashes), hashes divisible by bands. With r = hashes / bands rows a band, a pair of similarity J
    is found with probability 1 − (1 − Jʳ)ᵇ: an S-curve whose steep part lies near (1 / b)^(1 / r).

    >>> candidates(np.array([[1, 2, 3, 4], [1, 2, 9, 9], [7, 7, 7, 7]]), bands=2)
    [(0, 1)]
    """
    signatures = np.asarray(signatures)
    texts, hashes = signatures.shape
    if bands < 1 or hashes % bands:
        raise ValueError(f"bands must divide the {hashes} places of a signature; got {bands}.")
    pairs = set()
    for band in np.split(signatures, bands, axis=1):
        buckets = defaultdict(list)
        for text in range(texts):
            buckets[band[text].tobytes()].append(text)
        for together in buckets.values():
            pairs.update(combinations(together, 2))
    return sorted(pairs)


def near_duplicates(texts, threshold=0.5, size=3, hashes=128, bands=32, seed=0):
    """Pairs (i, j, similarity) of texts whose exact Jaccard similarity is at least the threshold, found by MinHash.

    Only the pairs that share a band are compared, so a pair just above the threshold may be missed (see `candidates`).
    """
    sets = [shingles(text, size) for text in texts]
    hasher = MinHash(hashes, seed)
    found = candidates(np.array([hasher.signature(each) for each in sets]).reshape(len(sets), hashes), bands)
    exact = [(i, j, jaccard(sets[i], sets[j])) for i, j in found]
    return [(i, j, similarity) for i, j, similarity in exact if similarity >= threshold]


def _number(member):
    """A member as 60 random-looking bits that are the same in every process (Python's own hash is not)."""
    return int.from_bytes(hashlib.blake2b(repr(member).encode(), digest_size=8).digest(), "big") >> 4
