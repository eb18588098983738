"""Exercise: How often each pair of neighbours stands in a text, counted on its distinct words."""

import torch

from ...exercise import Exercise, Mistake
from .inputs import random_word


def count_pairs(words, times):
    counts = {}
    for word, often in zip(words, times, strict=True):
        for pair in zip(word, word[1:], strict=False):
            counts[pair] = counts.get(pair, 0) + often
    return counts


def times_forgotten(words, times):
    return count_pairs(words, [1] * len(words))


def once_a_word(words, times):
    counts = {}
    for word, often in zip(words, times, strict=True):
        for pair in set(zip(word, word[1:], strict=False)):
            counts[pair] = counts.get(pair, 0) + often
    return counts


def across_words(words, times):
    return count_pairs([[symbol for word in words for symbol in word]], [1])


def every_other_pair(words, times):
    counts = {}
    for word, often in zip(words, times, strict=True):
        for pair in zip(word[::2], word[1::2], strict=False):
            counts[pair] = counts.get(pair, 0) + often
    return counts


def order_forgotten(words, times):
    counts = {}
    for pair, count in count_pairs(words, times).items():
        key = tuple(sorted(pair))
        counts[key] = counts.get(key, 0) + count
    return counts


def make_words(size, generator):
    words = [["a", "b", "a", "b", "b", "a"]] + [list(random_word("abc", size + 2, generator)) for _ in range(size)]
    times = torch.randint(2, 9, (len(words),), generator=generator).tolist()
    return words, times


EXERCISE = Exercise(
    name="tokenization.count_pairs",
    goal="How often each pair of neighbours stands in a text, counted on its distinct words.",
    solution=count_pairs,
    cases=make_words,
    mistakes=[
        Mistake(
            "times forgotten",
            times_forgotten,
            "You count each distinct word once. A word that comes 8 times brings each of its pairs 8 times: add "
            "`often`, not 1.",
        ),
        Mistake(
            "a pair counted once a word",
            once_a_word,
            "A pair can stand in one word several times, as `a b` does in `a b a b`. Each place counts.",
        ),
        Mistake(
            "pairs across words",
            across_words,
            "You joined the words before you looked for pairs, so the end of one word and the beginning of the next "
            "make a pair. No merge may cross a word.",
        ),
        Mistake(
            "every other pair",
            every_other_pair,
            "Pairs overlap: `a b c` holds (a, b) and (b, c). You step by two symbols and miss half of them.",
        ),
        Mistake(
            "order forgotten",
            order_forgotten,
            "(a, b) and (b, a) are two pairs: a merge keeps the order of its halves. Use the pair as it stands.",
        ),
    ],
    hint="`zip(word, word[1:])` gives the pairs of one word. Add the word's `often` to the count of each.",
    second_hint="`counts[pair] = counts.get(pair, 0) + often`, inside two loops: over the words, and over their pairs.",
    statement=(
        "`words` are the distinct words of a text, each a list of symbols; `times` says how often each comes. Return a "
        "dictionary from each pair of neighbours to the number of times it stands in the text.\n\n"
        'Worked value: `count_pairs([["l", "o", "w"], ["l", "o"]], [3, 1])` is '
        '`{("l", "o"): 4, ("o", "w"): 3}`.'
    ),
    difficulty=1,
    minutes=5,
)
