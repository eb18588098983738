"""Exercise: The Jaccard similarity of two sets, estimated from the smallest values of many hash functions."""

import torch

from ...exercise import Exercise, Mistake


def minhash_estimate(one, other, hashes):
    smallest_one = hashes[:, one].min(1).values
    smallest_other = hashes[:, other].min(1).values
    return (smallest_one == smallest_other).float().mean()


def smallest_over_hashes(one, other, hashes):
    a, b = hashes[:, one].min(0).values, hashes[:, other].min(0).values
    return torch.isin(a, b).float().mean()


def any_place(one, other, hashes):
    a, b = hashes[:, one].min(1).values, hashes[:, other].min(1).values
    return torch.isin(a, b).float().mean()


def one_hash_only(one, other, hashes):
    return minhash_estimate(one, other, hashes[:1])


def counted_not_shared(one, other, hashes):
    return minhash_estimate(one, other, hashes) * len(hashes)


def distance_instead(one, other, hashes):
    return 1 - minhash_estimate(one, other, hashes)


def smallest_and_largest(one, other, hashes):
    a, b = hashes[:, one].min(1).values, hashes[:, other].max(1).values
    return (a == b).float().mean()


def make_sets(size, generator):
    """Two sets of members that overlap, and 31 hash functions of few values, so that values of other places recur."""
    members = torch.randperm(40, generator=generator)
    one, other = members[: size + 6], members[3 : size + 8 + size % 2]
    hashes = torch.stack([torch.randperm(40, generator=generator) for _ in range(31)])
    return one, other, hashes


EXERCISE = Exercise(
    name="instruction_data.minhash_estimate",
    goal="The Jaccard similarity of two sets, estimated from the smallest values of many hash functions.",
    solution=minhash_estimate,
    cases=make_sets,
    mistakes=[
        Mistake(
            "smallest over the functions",
            smallest_over_hashes,
            "You took the smallest value of each member over all functions. A signature holds, for each function, the "
            "smallest value over the members: the other dimension.",
        ),
        Mistake(
            "compared across places",
            any_place,
            "You ask whether a value stands anywhere in the other signature. Only the same place, from the same hash "
            "function, may be compared.",
        ),
        Mistake(
            "one function only",
            one_hash_only,
            "With one hash function the answer is 0 or 1. The estimate is the mean over all of them.",
        ),
        Mistake(
            "a count, not a share",
            counted_not_shared,
            "You counted the equal places. Divide by the number of hash functions.",
        ),
        Mistake(
            "the distance",
            distance_instead,
            "That is the share of places that differ: the distance. The similarity is the share that agrees.",
        ),
        Mistake(
            "smallest against largest",
            smallest_and_largest,
            "You compare the smallest value of one set with the largest of the other. Both need the smallest.",
        ),
    ],
    hint="`hashes[:, one]` holds the values of one set's members, a row for each function. Over which dimension goes "
    "the minimum?",
    second_hint="`hashes[:, one].min(1).values` is a signature. Compare two of them place by place and take the mean.",
    statement=(
        "`one` and `other` are tensors with the members of two sets (numbers 0 … 39). Row `i` of `hashes` (functions "
        "× 40) gives the value that hash function `i` has for each number. Make the signature of each set, the "
        "smallest value under each function, and return the share of places in which the two agree, as a tensor with "
        "one number.\n\nWorked value: with `hashes = torch.tensor([[5, 1, 9], [2, 8, 4]])`, `one = torch.tensor([0, "
        "1])` and `other = torch.tensor([1, 2])` the signatures are [1, 2] and [1, 4], so the estimate is 0.5."
    ),
    difficulty=3,
    minutes=8,
)
