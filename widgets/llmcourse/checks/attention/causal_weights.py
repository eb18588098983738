"""Exercise: Attention weights that never look ahead and still sum to one."""

import torch

from ...exercise import Exercise, Mistake
from ...scratch.attention import causal_mask


def causal_weights(scores):
    future = torch.ones(len(scores), len(scores)).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1)


def mask_after_softmax(scores):
    return scores.softmax(-1).tril()


def zero_before_softmax(scores):
    return scores.tril().softmax(-1)


def hidden_past(scores):
    return scores.masked_fill(causal_mask(len(scores)).T.logical_not(), -torch.inf).softmax(-1)


def hidden_self(scores):
    past = causal_mask(len(scores)).tril(-1)
    return scores.masked_fill(~past, -torch.inf).softmax(-1)


def make_square_scores(size, generator):
    return (torch.randn(size + 1, size + 1, generator=generator),)


EXERCISE = Exercise(
    name="attention.causal_weights",
    goal="Attention weights that never look ahead and still sum to one.",
    solution=causal_weights,
    cases=make_square_scores,
    mistakes=[
        Mistake(
            "mask after the softmax",
            mask_after_softmax,
            "Nothing looks ahead, but your rows no longer sum to one: the hidden tokens took their share first. "
            "Hide the scores before the softmax.",
        ),
        Mistake(
            "zero instead of minus infinity",
            zero_before_softmax,
            "A score of 0 is not nothing: exp(0) is 1, so the future still gets weight. Only -inf becomes 0.",
        ),
        Mistake(
            "the past is hidden, not the future",
            hidden_past,
            "Your first token looks at all, your last only at itself. Turn the triangle: query i may look at "
            "keys 0 to i.",
        ),
        Mistake(
            "a token may not look at itself",
            hidden_self,
            "The first row is nan: it had nothing left to look at. A token may see itself; hide only what lies "
            "above the diagonal.",
        ),
    ],
    hint="torch.ones(n, n).triu(1) marks the future. Fill the scores there with -torch.inf, then softmax.",
    second_hint=(
        "`scores.masked_fill(future, -torch.inf)` with a boolean `future`; `softmax(-1)` is the last step, "
        "not the first."
    ),
    statement=(
        "From square `scores` (queries × keys), return weights that never look ahead and still sum to one in "
        "each row. The first row is always `[1, 0, 0, …]`."
    ),
    difficulty=2,
    minutes=4,
)
