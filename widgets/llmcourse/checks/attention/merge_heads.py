"""Exercise: The results of all heads side by side: one row a token."""

import torch

from ...exercise import Exercise, Mistake


def merge_heads(heads):
    return heads.transpose(0, 1).flatten(1)


def merged_without_transpose(heads):
    return heads.reshape(heads.shape[1], -1)


def merged_feature_by_feature(heads):
    return heads.permute(1, 2, 0).flatten(1)


def added_heads(heads):
    return heads.sum(0)


def stacked_heads(heads):
    return heads.flatten(0, 1)


def make_heads(size, generator):
    return (torch.randn(size + 1, size + 2, 2, generator=generator),)


EXERCISE = Exercise(
    name="attention.merge_heads",
    goal="The results of all heads side by side: one row a token.",
    solution=merge_heads,
    cases=make_heads,
    mistakes=[
        Mistake(
            "no transpose",
            merged_without_transpose,
            "The shape is right, but each row now mixes several tokens of one head: the numbers lie head by "
            "head in memory. Swap heads and tokens first.",
        ),
        Mistake(
            "interleaved heads",
            merged_feature_by_feature,
            "The first feature of every head comes first, then the second of every head. Keep each head's "
            "features together: order tokens, heads, features.",
        ),
        Mistake(
            "added, not side by side",
            added_heads,
            "The heads are summed, so none can be told from another any more. Put them side by side; mixing "
            "them is the task of the output matrix.",
        ),
        Mistake(
            "stacked as more tokens",
            stacked_heads,
            "You have a row for each head of each token. Each token needs one row that holds all its heads.",
        ),
    ],
    hint="First transpose(0, 1) to (tokens, heads, size), then join the last two dimensions: flatten(1).",
    second_hint="Two calls are enough: `heads.transpose(0, 1)` and on its result `.flatten(1)`.",
    statement=(
        "From `heads` of shape (heads, tokens, size) back to (tokens, heads × size): one row a token, head "
        "0's features first. From the tensor above you should get `[[1, 2, 30, 40], [5, 6, 70, 80]]`."
    ),
    difficulty=2,
    minutes=4,
)
