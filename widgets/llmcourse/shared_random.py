"""Random numbers that the page and the kernel share: the same seed draws the same tokens in both."""

import numpy as np

_GOLDEN = 0x9E3779B1  # an odd number near 2^32 divided by the golden ratio: steps that spread evenly


def seeded_uniform(seed, step, count):
    """The first `count` random numbers in [0, 1) of a step under a seed: (count,) float64, each a multiple of 2^-32.

    Number n does not depend on what was drawn before it. Follows SplitMix (Steele, Lea and Flood 2014) in 32 bits with
    MurmurHash3's finaliser (Appleby); static/sampling.js has the same, tests/vectors/sampling.json holds both to it.

    seed, step: whole numbers from 0 to 2^32 - 1.

    >>> seeded_uniform(seed=0, step=0, count=2).round(4)
    array([0.9994, 0.8312])
    """
    stream = _mix(_mix(np.uint64(seed)) + np.uint64(_GOLDEN * (step + 1)))
    return _mix(stream + np.uint64(_GOLDEN) * np.arange(1, count + 1, dtype=np.uint64)) / 2.0**32


def _mix(bits):
    """Spread every bit of a 32-bit number over all of them (uint64 in and out, so that products do not overflow)."""
    low = np.uint64(0xFFFFFFFF)
    bits = bits & low
    bits = (bits ^ (bits >> np.uint64(16))) * np.uint64(0x85EBCA6B) & low
    bits = (bits ^ (bits >> np.uint64(13))) * np.uint64(0xC2B2AE35) & low
    return bits ^ (bits >> np.uint64(16))
