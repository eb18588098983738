"""MinHash against the exact Jaccard similarity and the binomial error that theory promises."""

from itertools import combinations

import numpy as np
import pytest
from llmcourse.scratch.minhash import MinHash, candidates, estimate, jaccard, near_duplicates, shingles


def test_shingles():
    assert shingles("One two three", 2) == {("one", "two"), ("two", "three")}
    assert shingles("It's one", 3) == {("it's", "one")}  # shorter than a shingle
    assert shingles(" ... ", 3) == set()
    with pytest.raises(ValueError, match="size must be"):
        shingles("a", 0)


def test_jaccard():
    assert jaccard({1, 2}, {2, 3}) == 1 / 3
    assert (jaccard(set(), set()), jaccard({1}, set()), jaccard({1}, {1})) == (1.0, 0.0, 1.0)


def pair(similarity, size, start):
    """Two sets of `size` members each with this Jaccard similarity."""
    shared = round(2 * size * similarity / (1 + similarity))
    members = range(start, start + 2 * size - shared)
    return set(members[:size]), set(members[-size:])


@pytest.mark.parametrize("similarity", [0.0, 0.1, 0.3, 0.5, 0.8, 1.0])
def test_the_error_is_binomial(similarity):
    hashes, trials = 64, 150
    errors = []
    for trial in range(trials):
        one, other = pair(similarity, 60, 1000 * trial)
        hasher = MinHash(hashes, seed=trial)
        errors.append(estimate(hasher.signature(one), hasher.signature(other)) - jaccard(one, other))
    exact = jaccard(*pair(similarity, 60, 0))
    expected = (exact * (1 - exact) / hashes) ** 0.5
    assert abs(np.mean(errors)) <= 4 * expected / trials**0.5  # unbiased
    if 0 < exact < 1:
        assert 0.8 < np.std(errors) / expected < 1.2
    else:
        assert not any(errors)


def test_signatures_are_the_same_each_time_and_empty_sets_agree():
    hasher = MinHash(16, seed=3)
    assert (hasher.signature({"b", "a"}) == MinHash(16, seed=3).signature({"a", "b"})).all()
    assert estimate(hasher.signature(set()), hasher.signature(set())) == 1.0
    with pytest.raises(ValueError, match="hashes must be"):
        MinHash(0)


def test_candidates_are_all_pairs_that_share_a_band():
    random = np.random.default_rng(0)
    signatures = random.integers(0, 3, (40, 12))
    bands = np.split(signatures, 4, axis=1)
    brute = [(i, j) for i, j in combinations(range(40), 2) if any((band[i] == band[j]).all() for band in bands)]
    assert candidates(signatures, 4) == brute
    with pytest.raises(ValueError, match="bands must divide"):
        candidates(signatures, 5)


def test_the_s_curve():
    """A pair of similarity J shares a band with probability 1 - (1 - J^r)^b."""
    found = []
    for trial in range(200):
        one, other = pair(0.5, 60, 0)
        hasher = MinHash(32, seed=trial)
        found.append(bool(candidates(np.array([hasher.signature(one), hasher.signature(other)]), 8)))
    assert np.mean(found) == pytest.approx(1 - (1 - 0.5**4) ** 8, abs=0.12)


def test_near_duplicates_are_those_of_all_pairs():
    texts = [
        "Dinner at the Blue Door on Friday at seven",
        "Dinner at the Blue Door on Friday at eight",
        "The plumber comes tomorrow with his brother",
        "Dinner at the blue door, on FRIDAY at seven!",
    ]
    sets = [shingles(text) for text in texts]
    brute = [(i, j) for i, j in combinations(range(4), 2) if jaccard(sets[i], sets[j]) >= 0.5]
    assert [(i, j) for i, j, _ in near_duplicates(texts, threshold=0.5)] == brute
    assert near_duplicates(texts)[1] == (0, 3, 1.0)
    assert near_duplicates([]) == []
