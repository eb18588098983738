"""Exercise: One vector a text: the mean of its token vectors, padding left out."""

import torch

from ...exercise import Exercise, Mistake


def mean_pooling(hidden, mask):
    weights = mask[:, :, None]
    return (hidden * weights).sum(1) / weights.sum(1)


def padding_counts(hidden, mask):
    return hidden.mean(1)


def divided_by_the_longest(hidden, mask):
    return (hidden * mask[:, :, None]).mean(1)


def mean_of_the_features(hidden, mask):
    return (hidden * mask[:, :, None]).sum(2) / mask.sum(1, keepdim=True)


def first_token(hidden, mask):
    return hidden[:, 0]


def make_tokens(size, generator):
    lengths = torch.randint(2, size + 3, (size + 1,), generator=generator)
    tokens = size + 4  # so every text is padded
    mask = (torch.arange(tokens)[None] < lengths[:, None]).float()
    return torch.randn(size + 1, tokens, size + 2, generator=generator), mask


EXERCISE = Exercise(
    name="vector_store.mean_pooling",
    goal="One vector a text: the mean of its token vectors, padding left out.",
    solution=mean_pooling,
    cases=make_tokens,
    mistakes=[
        Mistake(
            "padding counts",
            padding_counts,
            "You average over padding too. The vector of a short text then depends on the longest text that happens to "
            "be in its batch. Multiply by the mask first.",
        ),
        Mistake(
            "divided by the padded length",
            divided_by_the_longest,
            "Padding adds nothing to your sum, but you still divide by the number of all places. Divide by the number "
            "of real tokens: the sum of the mask.",
        ),
        Mistake(
            "mean over the features",
            mean_of_the_features,
            "You got one number a token. Pooling goes over the tokens, dimension 1, and keeps the features.",
        ),
        Mistake(
            "only the first token",
            first_token,
            "That is CLS pooling: right for models trained with it, such as BERT classifiers or BGE. This one was "
            "trained with the mean.",
        ),
    ],
    hint="`mask[:, :, None]` has the shape (texts, tokens, 1): it switches padding off when multiplied.",
    second_hint="Sum `hidden` times that mask over dimension 1, and divide by the sum of that mask over dimension 1.",
    statement=(
        "From `hidden` (texts, tokens, features) and `mask` (texts, tokens), 1 for a token and 0 for padding, return "
        "one vector a text: the mean over its real tokens. Token vectors 1, 3 and 50 with the mask 1, 1, 0 give 2."
    ),
    difficulty=2,
    minutes=5,
)
