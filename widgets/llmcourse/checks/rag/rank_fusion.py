"""Exercise: Join rankings by rank alone: reciprocal rank fusion."""

import torch

from ...exercise import Exercise, Mistake


def fuse(rankings, count):
    scores = [0.0] * count
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[number] += 1 / (60 + place + 1)
    return scores


def ranks_from_zero(rankings, count):
    scores = [0.0] * count
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[number] += 1 / (60 + place)
    return scores


def without_constant(rankings, count):
    scores = [0.0] * count
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[number] += 1 / (place + 1)
    return scores


def best_rank_only(rankings, count):
    scores = [0.0] * count
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[number] = max(scores[number], 1 / (60 + place + 1))
    return scores


def last_ranking_wins(rankings, count):
    scores = [0.0] * count
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[number] = 1 / (60 + place + 1)
    return scores


def number_for_place(rankings, count):
    scores = [0.0] * count
    for ranking in rankings:
        for place, number in enumerate(ranking):
            scores[place] += 1 / (60 + number + 1)
    return scores


def make_rankings(size, generator):
    """Two rankings of the same passages, the second of them shifted by one, and one passage that neither holds."""
    count = size + 3
    first = torch.randperm(count - 1, generator=generator).tolist()
    return [first, first[1:] + first[:1]], count


EXERCISE = Exercise(
    name="rag.rank_fusion",
    goal="Join rankings by rank alone: reciprocal rank fusion.",
    solution=fuse,
    cases=make_rankings,
    tolerance=1e-7,
    mistakes=[
        Mistake(
            "ranks from zero",
            ranks_from_zero,
            "Ranks begin with 1: the first passage of a ranking gets 1/61. `enumerate(ranking, start=1)` counts so.",
        ),
        Mistake(
            "constant forgotten",
            without_constant,
            "Without the 60 the first place of one ranking outweighs two second places. The constant makes the first "
            "ranks nearly alike, so that agreement counts.",
        ),
        Mistake(
            "best rank only",
            best_rank_only,
            "You keep the better of the two ranks. Fusion adds: a passage that both rankings like beats one that only "
            "one of them loves.",
        ),
        Mistake(
            "last ranking wins",
            last_ranking_wins,
            "Each ranking overwrites what the one before gave. Add with `+=`.",
        ),
        Mistake(
            "number and place exchanged",
            number_for_place,
            "A ranking lists passage numbers, best first. The *place* in the list is the rank, the item says whose "
            "score grows.",
        ),
    ],
    hint="Two loops: over the rankings, and over each one's passages with their ranks, `enumerate(ranking, start=1)`.",
    second_hint="In the inner loop: `scores[number] += 1 / (60 + rank)`.",
    statement=(
        "`rankings` are lists of passage numbers, best first. Return a list of `count` scores: from each ranking, a "
        "passage gets 1 / (60 + its rank), ranks from 1; what a ranking does not hold gets nothing from it.\n\n"
        "Worked value: `fuse([[0, 1], [1]], 3)` is `[0.0164, 0.0325, 0.0]`: 1/61, then 1/62 + 1/61."
    ),
    difficulty=2,
    minutes=5,
)
