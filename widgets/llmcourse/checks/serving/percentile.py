"""Exercise: The percentile of latencies, by nearest rank."""

import math

import torch

from ...exercise import Exercise, Mistake


def percentile(values, share):
    ranked = sorted(values)
    return ranked[math.ceil(share * len(ranked)) - 1]


def unsorted(values, share):
    return values[math.ceil(share * len(values)) - 1]


def mean(values, share):
    return sum(values) / len(values)


def of_the_largest(values, share):
    return share * max(values)


def one_too_far(values, share):
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, math.ceil(share * len(ranked)))]


def from_the_top(values, share):
    ranked = sorted(values, reverse=True)
    return ranked[math.ceil(share * len(ranked)) - 1]


def make_latencies(size, generator):
    """Twenty times some latencies, all different, the slowest far off; not in order."""
    count = 20 * (1 + size % 3)
    values = [0.1 + 0.01 * place for place in range(count - 2)] + [7.0, 30.0]
    order = torch.randperm(count, generator=generator).tolist()
    mixed = [values[place] for place in order]
    place = math.ceil(0.9 * count) - 1
    if mixed[place] == sorted(values)[place]:
        mixed = mixed[1:] + mixed[:1]
    return mixed, 0.9


EXERCISE = Exercise(
    name="serving.percentile",
    goal="The percentile of latencies, by nearest rank.",
    solution=percentile,
    cases=make_latencies,
    mistakes=[
        Mistake("not sorted", unsorted, "You took a place in the order of arrival. Sort first."),
        Mistake(
            "the mean",
            mean,
            "That is the mean. One answer of 30 s moves it, and it says nothing of how many users waited long.",
        ),
        Mistake("a share of the largest", of_the_largest, "Take the value at a place in the line, not its share."),
        Mistake(
            "one too far",
            one_too_far,
            "Your place is one too high: Python counts from 0, so the k-th smallest stands at k − 1.",
        ),
        Mistake("from the top", from_the_top, "You counted from the slowest. The 95th is near the slow end."),
    ],
    hint="Sort; the place is `share` times the number of values, rounded up.",
    second_hint="`math.ceil(share * len(ranked)) - 1`.",
    statement=(
        "Return the smallest of `values` that at least a `share` of all values do not exceed (nearest rank). "
        "`share` lies above 0 and at most at 1.\n\n"
        "Worked value: `percentile([4, 1, 3, 2], 0.5)` is 2."
    ),
    difficulty=1,
    minutes=3,
)
