"""Exercise: DoRA's weights: the direction from W plus the update, the length a number of its own."""

import torch

from ...exercise import Exercise, Mistake


def dora_weight(W, update, length):
    turned = W + update
    return length[:, None] * turned / turned.norm(dim=1, keepdim=True)


def length_of_columns(W, update, length):
    turned = W + update
    return length[:, None] * turned / turned.norm(dim=0, keepdim=True)


def divided_by_the_old_length(W, update, length):
    return length[:, None] * (W + update) / W.norm(dim=1, keepdim=True)


def not_normalised(W, update, length):
    return length[:, None] * (W + update)


def one_length_for_all(W, update, length):
    turned = W + update
    return length[:, None] * turned / turned.norm()


def update_added_last(W, update, length):
    return length[:, None] * W / W.norm(dim=1, keepdim=True) + update


def make_matrices(size, generator):
    W, update = (torch.randn(size + 1, size + 2, generator=generator) for _ in range(2))
    return W, update / 2, torch.rand(size + 1, generator=generator) + 0.5


EXERCISE = Exercise(
    name="lora_and_qlora.dora_weight",
    goal="DoRA's weights: the direction from W plus the update, the length a number of its own.",
    solution=dora_weight,
    cases=make_matrices,
    mistakes=[
        Mistake(
            "length over the columns",
            length_of_columns,
            "You measured the columns. The weights of one output are a row of W: norm(dim=1, keepdim=True).",
        ),
        Mistake(
            "divided by the old length",
            divided_by_the_old_length,
            "You divide by the length of W's rows. The update changed the lengths: measure W + update, or `length` is "
            "not what comes out.",
        ),
        Mistake(
            "not normalised",
            not_normalised,
            "The rows keep their own length and get the new one on top. Divide each row by its length first.",
        ),
        Mistake(
            "one length for the whole matrix",
            one_length_for_all,
            "norm() without a dimension is one number for all rows. Each row has a length of its own: dim=1.",
        ),
        Mistake(
            "the update added at the end",
            update_added_last,
            "The update comes after the lengths were set, so it changes them again. Add it to W first: it turns the "
            "direction.",
        ),
    ],
    hint="Add the update to W. Divide each row by its own length; then each row gets the length that DoRA learnt.",
    second_hint="`turned.norm(dim=1, keepdim=True)` has the shape (outputs, 1), and so has `length[:, None]`.",
    statement=(
        "`W` and `update` have the shape (outputs, inputs), `length` has (outputs,). Return (outputs, inputs): each "
        "row points where the row of W + update points, and is exactly as long as `length` says.\n\n"
        "Worked value: W = [[3, 0]], update = [[0, 4]], length = [10] give [[6, 8]]."
    ),
    difficulty=2,
    minutes=5,
)
