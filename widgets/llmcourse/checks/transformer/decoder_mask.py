"""Exercise: Which tokens a batch of padded texts may look at: no future, no padding."""

import torch

from ...exercise import Exercise, Mistake


def decoder_mask(real):
    tokens = real.shape[1]
    past = torch.ones(tokens, tokens).tril().bool()
    return past & real[:, None, :]


def no_padding_mask(real):
    tokens = real.shape[1]
    return torch.ones(tokens, tokens).tril().bool().expand(len(real), tokens, tokens)


def no_causal_mask(real):
    return real[:, None, :].expand(len(real), real.shape[1], real.shape[1])


def one_is_enough(real):
    return no_padding_mask(real) | real[:, None, :]


def rows_hidden(real):
    return no_padding_mask(real) & real[:, :, None]


def not_itself(real):
    tokens = real.shape[1]
    return torch.ones(tokens, tokens).tril(-1).bool() & real[:, None, :]


def turned_round(real):
    return ~decoder_mask(real)


def looks_ahead(real):
    tokens = real.shape[1]
    return torch.ones(tokens, tokens).triu().bool() & real[:, None, :]


def make_real(size, generator):
    # Padding on either side: the left one tells hidden rows from hidden columns.
    real = torch.ones(size + 1, size + 3).bool()
    real[0, 0] = real[-1, -1] = False
    return (real & ((torch.rand(size + 1, size + 3, generator=generator) < 0.8) | ~real.roll(1, 1)),)


EXERCISE = Exercise(
    name="transformer.decoder_mask",
    goal="Which tokens a batch of padded texts may look at: no future, no padding.",
    solution=decoder_mask,
    cases=make_real,
    mistakes=[
        Mistake(
            "padding visible",
            no_padding_mask,
            "The future is hidden, the padding is not: what a text gives would depend on how long its neighbours in "
            "the batch are.",
        ),
        Mistake(
            "future visible",
            no_causal_mask,
            "The padding is hidden, the future is not: the decoder could copy the answer.",
        ),
        Mistake(
            "or for and",
            one_is_enough,
            "A key is allowed here if it is past *or* real. It must be both: join the two conditions with `&`.",
        ),
        Mistake(
            "rows hidden",
            rows_hidden,
            "You hid what padding asks (rows). What counts is that nobody looks *at* padding: hide columns, with "
            "`real[:, None, :]`.",
        ),
        Mistake(
            "not even itself",
            not_itself,
            "A token may look at itself too: its own id is known. Keep the diagonal, `tril()`.",
        ),
        Mistake("turned round", turned_round, "True must mean that a token MAY look. You have the opposite."),
        Mistake(
            "only the future",
            looks_ahead,
            "This is the upper triangle: each token sees what comes after it. The past is the lower one, `tril()`.",
        ),
    ],
    hint="Two masks, joined with `&`: a triangle (tokens, tokens) for all texts, and one row of keys for each text.",
    second_hint=(
        "`torch.ones(n, n).tril().bool()` is the triangle. `real[:, None, :]` has a 1 where the queries are, so it "
        "serves every query."
    ),
    statement=(
        "`real` is boolean, (batch, tokens): True where a text has a token, False where it has only padding. Return "
        "(batch, queries, keys): True where a query **may** look at a key. For `[[True, True, False]]` it is "
        "`[[[True, False, False], [True, True, False], [True, True, False]]]`."
    ),
    difficulty=2,
    minutes=6,
)
