"""Exercise: What the decoder reads while it learns to write the targets: teacher forcing."""

import torch

from ...exercise import Exercise, Mistake


def shift_right(target, start):
    first = torch.full_like(target[:, :1], start)
    return torch.cat([first, target[:, :-1]], dim=1)


def not_shifted(target, start):
    return target


def shifted_left(target, start):
    return torch.cat([target[:, 1:], torch.full_like(target[:, :1], start)], dim=1)


def nothing_dropped(target, start):
    return torch.cat([torch.full_like(target[:, :1], start), target], dim=1)


def start_at_the_end(target, start):
    return torch.cat([target[:, :-1], torch.full_like(target[:, :1], start)], dim=1)


def first_replaced(target, start):
    return torch.cat([torch.full_like(target[:, :1], start), target[:, 1:]], dim=1)


def rolled(target, start):
    return target.roll(1, dims=1)


def make_targets(size, generator):
    return torch.randint(3, 90, (size, size + 2), generator=generator), 1


EXERCISE = Exercise(
    name="transformer.shift_right",
    goal="What the decoder reads while it learns to write the targets: teacher forcing.",
    solution=shift_right,
    cases=make_targets,
    mistakes=[
        Mistake(
            "not shifted",
            not_shifted,
            "The decoder would read at each place the very token it must write there. Copying would be a perfect "
            "answer, and it would learn nothing else.",
        ),
        Mistake(
            "shifted left",
            shifted_left,
            "You shift the other way: the decoder now reads the token *after* the one it must write.",
        ),
        Mistake(
            "nothing dropped",
            nothing_dropped,
            "One token too many: the last one is written, but nothing is written after it, so nobody reads it. "
            "Input and target must be equally long.",
        ),
        Mistake("start at the end", start_at_the_end, "The start token stands before the first token, not at the end."),
        Mistake(
            "first token replaced",
            first_replaced,
            "The first token was replaced by the start token, and the others did not move. All of them move one place "
            "to the right.",
        ),
        Mistake(
            "rolled around",
            rolled,
            "The last token came round to the front, so the decoder begins by reading the end. Put the start token "
            "there.",
        ),
    ],
    hint="At place i the decoder has read the start token and the targets before i. Which target does nobody read?",
    second_hint="`target[:, :-1]` drops the last. Put a column of `start` before it with `torch.cat([…], dim=1)`.",
    statement=(
        "`target` holds token ids, (batch, tokens); `start` is the id of the start token. Return what the decoder "
        "reads, in the same shape: at each place it must have seen everything *before* the token it is to write. For "
        "the target `[[7, 8, 2]]` and start `1` it is `[[1, 7, 8]]`."
    ),
    difficulty=1,
    minutes=4,
)
