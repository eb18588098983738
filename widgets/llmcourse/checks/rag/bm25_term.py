"""Exercise: What one word of the query adds to a passage's BM25 score."""

import math

import torch

from ...exercise import Exercise, Mistake


def word_score(often, length, mean, holding, count):
    idf = math.log(1 + (count - holding + 0.5) / (holding + 0.5))
    damped = 1.2 * (0.25 + 0.75 * length / mean)
    return idf * often / (often + damped)


def without_length(often, length, mean, holding, count):
    return word_score(often, mean, mean, holding, count)


def without_saturation(often, length, mean, holding, count):
    idf = math.log(1 + (count - holding + 0.5) / (holding + 0.5))
    return idf * often / (0.25 + 0.75 * length / mean)


def raw_count(often, length, mean, holding, count):
    return often * math.log(1 + (count - holding + 0.5) / (holding + 0.5))


def without_idf(often, length, mean, holding, count):
    return often / (often + 1.2 * (0.25 + 0.75 * length / mean))


def length_upside_down(often, length, mean, holding, count):
    return word_score(often, mean, length, holding, count)


def idf_upside_down(often, length, mean, holding, count):
    idf = math.log(1 + (holding + 0.5) / (count - holding + 0.5))
    return idf * often / (often + 1.2 * (0.25 + 0.75 * length / mean))


def make_word(size, generator):
    """A word that stands in a few of many passages, in one longer than the mean."""
    often, more, holding = (int(n) for n in torch.randint(1, 6, (3,), generator=generator))
    return often, 40 * size + 10 * more, 40.0 * size, holding, 100 * (size + 1)


EXERCISE = Exercise(
    name="rag.bm25_term",
    goal="What one word of the query adds to a passage's BM25 score.",
    solution=word_score,
    cases=make_word,
    mistakes=[
        Mistake(
            "no length normalisation",
            without_length,
            "You never use how long the passage is. A word in a passage twice as long as the mean says less about it: "
            "1.2 is multiplied by 0.25 + 0.75 · length / mean.",
        ),
        Mistake(
            "no saturation",
            without_saturation,
            "Your score doubles when the word comes twice as often. The tenth mention says little that the first did "
            "not: divide by `often + …`, so that the fraction stays below 1.",
        ),
        Mistake(
            "raw count times idf",
            raw_count,
            "That is TF-IDF: it grows with every mention and does not mind the length. BM25 has "
            "often / (often + damped) in the place of often.",
        ),
        Mistake(
            "idf forgotten",
            without_idf,
            "A rare word should weigh more than a common one. Multiply by the logarithm that holds `holding` and "
            "`count`.",
        ),
        Mistake(
            "mean over length",
            length_upside_down,
            "You divided the mean by the length, so that long passages are favoured. It is length / mean.",
        ),
        Mistake(
            "idf upside down",
            idf_upside_down,
            "Your words weigh the more, the more passages hold them. The passages *without* the word, "
            "count - holding, stand above the fraction.",
        ),
    ],
    hint="Two factors: the logarithm, and often / (often + damped). Write each on a line of its own.",
    second_hint="`idf = math.log(1 + (count - holding + 0.5) / (holding + 0.5))`, and "
    "`damped = 1.2 * (0.25 + 0.75 * length / mean)`.",
    statement=(
        "A word of the query stands `often` times in a passage of `length` words; passages have `mean` words on "
        "average; `holding` of all `count` passages hold the word. Return what it adds to the BM25 score:\n\n"
        "ln(1 + (count − holding + 0.5) / (holding + 0.5)) · often / (often + 1.2 · (0.25 + 0.75 · length / mean))\n\n"
        "Worked value: `word_score(2, 100, 100.0, 1, 100)` is 2.63."
    ),
    difficulty=1,
    minutes=4,
)
