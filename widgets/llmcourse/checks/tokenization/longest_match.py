"""Exercise: Cut a word as WordPiece does: the longest piece that fits, again and again."""

import torch

from ...exercise import Exercise, Mistake
from .inputs import random_word


def longest_match(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                break
        else:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


def without_marks(word, vocabulary):
    return [piece if piece == "[UNK]" else piece.removeprefix("##") for piece in longest_match(word, vocabulary)]


def shortest_match(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        ends = range(start + 1, len(word) + 1)
        end = next((end for end in ends if ("##" if start else "") + word[start:end] in vocabulary), None)
        if end is None:
            return ["[UNK]"]
        pieces.append(("##" if start else "") + word[start:end])
        start = end
    return pieces


def rest_unknown(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1)
        end = next((end for end in ends if ("##" if start else "") + word[start:end] in vocabulary), None)
        if end is None:
            return [*pieces, "[UNK]"]
        pieces.append(("##" if start else "") + word[start:end])
        start = end
    return pieces


def letter_unknown(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1)
        end = next((end for end in ends if ("##" if start else "") + word[start:end] in vocabulary), None)
        pieces.append("[UNK]" if end is None else ("##" if start else "") + word[start:end])
        start = end or start + 1
    return pieces


def marks_not_asked(word, vocabulary):
    pieces, start = [], 0
    known = {piece.removeprefix("##") for piece in vocabulary}
    while start < len(word):
        end = next((end for end in range(len(word), start, -1) if word[start:end] in known), None)
        if end is None:
            return ["[UNK]"]
        pieces.append(("##" if start else "") + word[start:end])
        start = end
    return pieces


def make_word(size, generator):
    """Pieces for the letters a and b at every place, but some longer ones only at one; z is in none."""
    vocabulary = {"a", "b", "##a", "##b", "ab", "##ba", "aba", "##aab", "bb"}
    for _ in range(size):
        piece = random_word("ab", 3, generator)
        vocabulary.add(piece if int(torch.randint(2, (1,), generator=generator)) else "##" + piece)
    word = "ab" + random_word("ab", 3 + 2 * size, generator) + "bbb"
    return word + ("zab" if size in (2, 5) else ""), vocabulary


EXERCISE = Exercise(
    name="tokenization.longest_match",
    goal="Cut a word as WordPiece does: the longest piece that fits, again and again.",
    solution=longest_match,
    cases=make_word,
    mistakes=[
        Mistake(
            "## forgotten",
            without_marks,
            "The cut is right, but pieces inside a word keep their ##: `ab` and `##ab` are two tokens with two ids.",
        ),
        Mistake(
            "the shortest piece",
            shortest_match,
            "You take the first piece that fits while the end moves right, the shortest. Begin with the whole rest and "
            "move the end left.",
        ),
        Mistake(
            "only the rest unknown",
            rest_unknown,
            "You keep the pieces before the trouble. In WordPiece a word that cannot be cut to its end is [UNK] as a "
            "whole.",
        ),
        Mistake(
            "one letter unknown",
            letter_unknown,
            "You step over the letter that fits nowhere. In WordPiece the whole word is then one [UNK].",
        ),
        Mistake(
            "any piece at any place",
            marks_not_asked,
            "You use a piece wherever its letters fit. Those with ## stand inside a word only, those without at its "
            "beginning only.",
        ),
    ],
    hint=(
        "For each `start` try `end` from `len(word)` down to `start + 1`. Inside the word ask for `'##' + "
        "word[start:end]`."
    ),
    second_hint=(
        "Where no `end` fits, `return ['[UNK]']` at once. Python's `for … else` runs the `else` when no `break` came."
    ),
    statement=(
        "`word` is a text, `vocabulary` a set of pieces; those that begin with `##` stand inside a word. "
        "From each place take the **longest** piece that fits. If at some place none fits, the whole word is "
        "`['[UNK]']`.\n\n"
        'Worked value: `longest_match("unable", {"un", "##able", "##a"})` is `["un", "##able"]`.'
    ),
    difficulty=2,
    minutes=10,
)
