"""Exercise: The log-probability of an answer, out of the logits of the whole text."""

import torch

from ...exercise import Exercise, Mistake


def answer_logp(logits, ids, start):
    table = logits.log_softmax(-1)
    places = torch.arange(start, len(ids))
    return table[places - 1, ids[places]].sum()


def not_shifted(logits, ids, start):
    places = torch.arange(start, len(ids))
    return logits.log_softmax(-1)[places, ids[places]].sum()


def prompt_counted(logits, ids, start):
    return answer_logp(logits, ids, 1)


def mean_of_tokens(logits, ids, start):
    return answer_logp(logits, ids, start) / (len(ids) - start)


def raw_logits(logits, ids, start):
    places = torch.arange(start, len(ids))
    return logits[places - 1, ids[places]].sum()


def first_token_lost(logits, ids, start):
    return answer_logp(logits, ids, start + 1)


def make_text(size, generator):
    tokens = size + 4
    logits = torch.randn(tokens, 7, generator=generator)
    return logits, torch.randint(7, (tokens,), generator=generator), 2 + size % 2


EXERCISE = Exercise(
    name="dpo.answer_logp",
    goal="The log-probability of an answer, out of the logits of the whole text.",
    solution=answer_logp,
    cases=make_text,
    mistakes=[
        Mistake(
            "each token judged by its own logits",
            not_shifted,
            "The logits at place i are the guess for place i + 1: when they were made, token i had already been read. "
            "The token at place i is judged by the logits at i - 1.",
        ),
        Mistake(
            "the prompt counted too",
            prompt_counted,
            "Your sum begins at the prompt. The model is not asked how likely the question was: only the tokens from "
            "`start` on are its answer.",
        ),
        Mistake(
            "the mean instead of the sum",
            mean_of_tokens,
            "The probability of an answer is the product of its tokens' probabilities, so the logarithms are added. "
            "The mean is a different quantity, which IPO and ORPO use and DPO does not.",
        ),
        Mistake(
            "logits taken for log-probabilities",
            raw_logits,
            "Logits are scores up to a constant. `log_softmax(-1)` turns them into log-probabilities.",
        ),
        Mistake(
            "the first token of the answer lost",
            first_token_lost,
            "The first token of the answer is judged by the last logits of the prompt, at place `start - 1`. It counts "
            "as well.",
        ),
    ],
    hint="Take log_softmax over the vocabulary. For the token at place i, look in row i - 1.",
    second_hint="`places = torch.arange(start, len(ids))`, then `table[places - 1, ids[places]]` picks one each.",
    statement=(
        "`logits` (tokens, vocabulary) of a text, its `ids` (tokens,), and `start`, the place of the answer's first "
        "token (1 or more). Return the log-probability of the answer, one number. With logits of zeros, a vocabulary "
        "of 4 and 2 answer tokens it is 2 · log(1/4) = -2.77."
    ),
    difficulty=2,
    minutes=5,
)
