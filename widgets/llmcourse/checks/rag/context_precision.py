"""Exercise: Context precision: how high the passages that matter stand among those retrieved."""

import torch

from ...exercise import Exercise, Mistake


def precision_of_context(relevant):
    hits, total = 0, 0.0
    for rank, matters in enumerate(relevant, start=1):
        if matters:
            hits += 1
            total += hits / rank
    return total / hits if hits else 0.0


def plain_share(relevant):
    return sum(relevant) / len(relevant)


def over_all_ranks(relevant):
    return sum(sum(relevant[:rank]) / rank for rank in range(1, len(relevant) + 1)) / len(relevant)


def divided_by_retrieved(relevant):
    return precision_of_context(relevant) * sum(relevant) / len(relevant)


def first_hit_only(relevant):
    return 1 / (relevant.index(True) + 1)


def mean_of_reciprocal_ranks(relevant):
    ranks = [rank for rank, matters in enumerate(relevant, start=1) if matters]
    return sum(1 / rank for rank in ranks) / len(ranks)


def make_relevant(size, generator):
    """Two passages that matter, with others before, between and behind."""
    before, between = (int(n) for n in torch.randint(1, 4, (2,), generator=generator))
    return ([False] * before + [True] + [False] * between + [True] + [False] * size,)


EXERCISE = Exercise(
    name="rag.context_precision",
    goal="Context precision: how high the passages that matter stand among those retrieved.",
    solution=precision_of_context,
    cases=make_relevant,
    mistakes=[
        Mistake(
            "share of relevant passages",
            plain_share,
            "That is precision@k: it does not mind the order. Put a relevant passage last or first, and yours stays "
            "the same. Take the precision at each rank that holds a relevant one.",
        ),
        Mistake(
            "mean over all ranks",
            over_all_ranks,
            "You average precision@k over every rank. Only the ranks that hold a relevant passage count.",
        ),
        Mistake(
            "divided by all retrieved",
            divided_by_retrieved,
            "The sum is right; divide it by the number of relevant passages, not by all that were retrieved.",
        ),
        Mistake(
            "first hit only",
            first_hit_only,
            "That is the reciprocal rank: it stops at the first relevant passage. The second should count too.",
        ),
        Mistake(
            "mean of 1/rank",
            mean_of_reciprocal_ranks,
            "At the rank of the second relevant passage two of them have been found: precision there is 2/rank.",
        ),
    ],
    hint="Walk down the ranks and count the hits so far. At each hit, add hits / rank.",
    second_hint="At the end divide by the number of hits; without a hit the result is 0.0.",
    statement=(
        "`relevant` tells of each retrieved passage, best first, whether it matters. Return the mean of precision@k "
        "over those ranks k that hold a passage that matters; 0.0 where none does. (Precision@k: the share of the "
        "first k that matter.)\n\n"
        "Worked value: `precision_of_context([True, False, True])` is (1/1 + 2/3) / 2 = 0.833."
    ),
    difficulty=2,
    minutes=5,
)
