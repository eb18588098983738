"""Exercise: Viterbi: for each place of a word, the log probability of the best cut up to it."""

import math

import torch

from ...exercise import Exercise, Mistake
from .inputs import random_word


def best_scores(word, log_probs):
    best = [0.0] + [float("-inf")] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            piece = word[start:end]
            if piece in log_probs:
                best[end] = max(best[end], best[start] + log_probs[piece])
    return best


def past_forgotten(word, log_probs):
    best = [0.0]
    for end in range(1, len(word) + 1):
        best.append(max(log_probs.get(word[start:end], -math.inf) for start in range(end)))
    return best


def longest_piece(word, log_probs):
    best = [0.0]
    for end in range(1, len(word) + 1):
        start = next(start for start in range(end) if word[start:end] in log_probs)
        best.append(best[start] + log_probs[word[start:end]])
    return best


def all_cuts_summed(word, log_probs):
    best = [0.0]
    for end in range(1, len(word) + 1):
        ways = [best[s] + log_probs[word[s:end]] for s in range(end) if word[s:end] in log_probs]
        best.append(math.log(sum(math.exp(way) for way in ways)))
    return best


def the_worst_cut(word, log_probs):
    best = [0.0]
    for end in range(1, len(word) + 1):
        best.append(min(best[s] + log_probs[word[s:end]] for s in range(end) if word[s:end] in log_probs))
    return best


def likeliest_piece(word, log_probs):
    best = [0.0]
    for end in range(1, len(word) + 1):
        start = max((s for s in range(end) if word[s:end] in log_probs), key=lambda s: log_probs[word[s:end]])
        best.append(best[start] + log_probs[word[start:end]])
    return best


def make_word(size, generator):
    """All letters, and pieces of two to four letters, some of them likelier than their parts and some not."""
    pieces = ["a", "b", "c", "ab", "bc", "ca", "abc", "bca", "cab", "aa", "bb", "abca"]
    scores = -1.0 - 6 * torch.rand(len(pieces), generator=generator)
    word = random_word("abc", 4 + 2 * size, generator) + "abcab"
    return word, dict(zip(pieces, scores.tolist(), strict=True))


EXERCISE = Exercise(
    name="tokenization.best_scores",
    goal="Viterbi: for each place of a word, the log probability of the best cut up to it.",
    solution=best_scores,
    cases=make_word,
    mistakes=[
        Mistake(
            "the past forgotten",
            past_forgotten,
            "You score the last piece alone. What counts is the whole cut: add the best score of the place where the "
            "piece begins.",
        ),
        Mistake(
            "the longest piece",
            longest_piece,
            "You take the longest piece that ends here. Unigram compares them all: two likely short pieces can beat a "
            "rare long one.",
        ),
        Mistake(
            "all cuts summed",
            all_cuts_summed,
            "You add the probabilities of all cuts. That is the forward sum, which training needs; the best cut is a "
            "maximum.",
        ),
        Mistake(
            "the worst cut",
            the_worst_cut,
            "You keep the smallest sum. Log probabilities are negative, and the best is the one nearest to 0: `max`.",
        ),
        Mistake(
            "the likeliest last piece",
            likeliest_piece,
            "You choose the last piece by its own probability, then add what came before. Choose by the sum of both.",
        ),
    ],
    hint="`best[0]` is 0. For each `end`, every piece `word[start:end]` of the vocabulary offers "
    "`best[start] + log_probs[piece]`; keep the greatest.",
    second_hint="Two loops: `end` from 1 to `len(word)`, `start` below it. `float('-inf')` is below every sum.",
    statement=(
        "`log_probs` gives the log probability of each piece. Return a list with one number a place of the word, 0 to "
        "`len(word)`: the greatest sum of log probabilities of pieces that together make the word up to there. It "
        "begins with 0, for nothing.\n\n"
        'Worked value: `best_scores("ab", {"a": -1.0, "b": -2.0, "ab": -2.5})` is `[0, -1.0, -2.5]`.'
    ),
    difficulty=2,
    minutes=10,
)
