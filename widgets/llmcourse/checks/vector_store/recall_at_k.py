"""Exercise: How much of what is right stands among the first k."""

import torch

from ...exercise import Exercise, Mistake


def recall_at_k(found, right, k):
    return len(set(found[:k]) & set(right)) / len(right)


def precision(found, right, k):
    return len(set(found[:k]) & set(right)) / k


def whole_list(found, right, k):
    return len(set(found) & set(right)) / len(right)


def same_places(found, right, k):
    return sum(one == other for one, other in zip(found[:k], right, strict=False)) / len(right)


def any_hit(found, right, k):
    return float(bool(set(found[:k]) & set(right)))


def make_ranking(size, generator):
    numbers = torch.randperm(40, generator=generator).tolist()
    right, wrong = numbers[: size + 2], numbers[size + 2 :]
    found = [right[1], *wrong[:3], *right[2:], wrong[3]]  # right[0] is never found
    return found, right, 2 if size < 3 else 5


EXERCISE = Exercise(
    name="vector_store.recall_at_k",
    goal="How much of what is right stands among the first k.",
    solution=recall_at_k,
    cases=make_ranking,
    mistakes=[
        Mistake(
            "precision instead",
            precision,
            "You divide by k: that is precision, the share of what was found that is right. Recall asks how much of "
            "what is right was found, so divide by the number of right ones.",
        ),
        Mistake(
            "the whole list",
            whole_list,
            "You look at all that was found. Only the first k reach the prompt: cut the list first.",
        ),
        Mistake(
            "the places must agree",
            same_places,
            "You compare place by place. For recall the order within the first k does not matter: compare sets.",
        ),
        Mistake(
            "one hit is enough",
            any_hit,
            "That is the hit rate: 1 as soon as anything right is found. Recall counts how many of the right ones are.",
        ),
    ],
    hint="Take the first k, make sets, intersect them, and divide by the number of right ones.",
    second_hint="`set(found[:k]) & set(right)` are those found; how many are they, of how many right ones?",
    statement=(
        "`found` is a ranking of passage numbers, best first, `right` the numbers that should be found. Return the "
        "share of `right` that is among the first `k` of `found`. `[4, 2, 7]`, right `[2, 9]` and k = 2 give 0.5."
    ),
    difficulty=1,
    minutes=3,
)
