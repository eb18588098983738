"""Exercise: The k best among those that pass a filter."""

import torch

from ...exercise import Exercise, Mistake


def filtered_top_k(scores, keep, k):
    hidden = scores.masked_fill(~keep, -torch.inf)
    return hidden.topk(min(k, int(keep.sum()))).indices


def filter_after_top_k(scores, keep, k):
    best = scores.topk(min(k, len(scores))).indices
    return best[keep[best]]


def numbers_of_the_filtered(scores, keep, k):
    return scores[keep].topk(min(k, int(keep.sum()))).indices


def multiplied_by_the_filter(scores, keep, k):
    return (scores * keep).topk(min(k, int(keep.sum()))).indices


def lowest_first(scores, keep, k):
    hidden = scores.masked_fill(~keep, torch.inf)
    return hidden.topk(min(k, int(keep.sum())), largest=False).indices


def make_scores(size, generator):
    count = 2 * size + 4
    scores = torch.rand(count, generator=generator) - 1.1  # negative, as distances or logits with a minus are
    order = scores.argsort(descending=True)
    keep = torch.zeros(count, dtype=torch.bool)
    keep[order[1::2]] = True  # the best never passes
    return scores, keep, 2 + size // 3


EXERCISE = Exercise(
    name="vector_store.filtered_top_k",
    goal="The k best among those that pass a filter.",
    solution=filtered_top_k,
    cases=make_scores,
    mistakes=[
        Mistake(
            "filter after the top k",
            filter_after_top_k,
            "The classic mistake: you take the k best of all and then throw out what does not pass. Fewer than k are "
            "left, perhaps none, though k would pass. Filter first.",
        ),
        Mistake(
            "numbers of the filtered list",
            numbers_of_the_filtered,
            "`scores[keep]` is a shorter list, so your numbers count within it. Keep the places: set the scores of "
            "the others to minus infinity instead.",
        ),
        Mistake(
            "zero is not the lowest score",
            multiplied_by_the_filter,
            "Times zero gives the score 0, and that beats every negative score: what should be hidden wins. Hide it "
            "with minus infinity.",
        ),
        Mistake(
            "the worst first",
            lowest_first,
            "You take the lowest scores. That is right for distances; a score is better when it is higher.",
        ),
    ],
    hint="`scores.masked_fill(~keep, -torch.inf)` hides what does not pass and keeps the numbering. Then `topk`.",
    second_hint="`topk` needs a k that is not larger than the number of those that pass: `min(k, int(keep.sum()))`.",
    statement=(
        "`scores` (n,) may be negative, `keep` (n,) is true where the metadata pass the filter. Return the numbers of "
        "the `k` best that pass, best first; all of them where fewer than k pass. "
        "Scores `[-0.1, -0.9, -0.4]`, keep `[False, True, True]` and k = 1 give `[2]`."
    ),
    difficulty=2,
    minutes=4,
)
