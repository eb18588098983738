"""Exercise: Hand each key head to its group of query heads, as grouped-query attention does."""

import torch

from ...exercise import Exercise, Mistake


def share_key_heads(key, heads):
    return key.repeat_interleave(heads // len(key), dim=0)


def repeated_in_turn(key, heads):
    return key.repeat(heads // key.shape[0], 1, 1)


def first_head_for_all(key, heads):
    return key[:1].expand(heads, -1, -1)


def mean_head_for_all(key, heads):
    return key.mean(0, keepdim=True).expand(heads, -1, -1)


def repeated_tokens(key, heads):
    return key.repeat_interleave(heads // key.shape[0], dim=1)


def make_key_heads(size, generator):
    return torch.randn(size, size + 1, 2, generator=generator), 2 * size


EXERCISE = Exercise(
    name="attention.share_key_heads",
    goal="Hand each key head to its group of query heads, as grouped-query attention does.",
    solution=share_key_heads,
    cases=make_key_heads,
    mistakes=[
        Mistake(
            "in turn, not in groups",
            repeated_in_turn,
            "Your order is 0, 1, 0, 1: query heads get keys made for another group. Neighbours share: 0, 0, 1, 1. "
            "`repeat` copies the whole, `repeat_interleave` each item.",
        ),
        Mistake(
            "all share the first head",
            first_head_for_all,
            "That is multi-query attention with one key head; the others are lost. Each group has its own.",
        ),
        Mistake(
            "all share the mean",
            mean_head_for_all,
            "Averaging is how a trained model may be converted to fewer key heads, not how it is run. Copy each "
            "head to its group.",
        ),
        Mistake(
            "repeated tokens",
            repeated_tokens,
            "You repeated along the tokens, so every token is there twice. Repeat along the heads, dimension 0.",
        ),
    ],
    hint="How many query heads share one key head? heads // len(key). Then repeat_interleave along dim 0.",
    second_hint="`repeat_interleave` takes how often each key head is wanted, `heads // len(key)`, and `dim=0`.",
    statement=(
        "`key` has the shape (key heads, tokens, size). Return (heads, tokens, size), where neighbouring "
        "query heads share one key head. For 2 key heads A, B and `heads=4` the order is A, A, B, B."
    ),
    difficulty=2,
    minutes=4,
)
