"""Exercise: Replace each place of a pair by the two symbols in one, from left to right."""

from ...exercise import Exercise, Mistake
from .inputs import random_word


def merge_pair(symbols, pair):
    merged, at = [], 0
    while at < len(symbols):
        if tuple(symbols[at : at + 2]) == pair:
            merged.append(pair[0] + pair[1])
            at += 2
        else:
            merged.append(symbols[at])
            at += 1
    return merged


def overlapping(symbols, pair):
    merged = []
    for at, symbol in enumerate(symbols):
        if tuple(symbols[at : at + 2]) == pair:
            merged.append(pair[0] + pair[1])
        elif at == 0 or tuple(symbols[at - 1 : at + 1]) != pair:
            merged.append(symbol)
    return merged


def first_place_only(symbols, pair):
    for at in range(len(symbols)):
        if tuple(symbols[at : at + 2]) == pair:
            return [*symbols[:at], pair[0] + pair[1], *symbols[at + 2 :]]
    return list(symbols)


def right_half_stays(symbols, pair):
    return [pair[0] + pair[1] if tuple(symbols[at : at + 2]) == pair else symbol for at, symbol in enumerate(symbols)]


def from_the_right(symbols, pair):
    return [
        symbol[::-1]
        for symbol in merge_pair([each[::-1] for each in symbols[::-1]], tuple(p[::-1] for p in pair[::-1]))
    ][::-1]


def either_order(symbols, pair):
    merged, at = [], 0
    while at < len(symbols):
        if tuple(symbols[at : at + 2]) in (pair, pair[::-1]):
            merged.append("".join(symbols[at : at + 2]))
            at += 2
        else:
            merged.append(symbols[at])
            at += 1
    return merged


def make_symbols(size, generator):
    """A run of three equal symbols, so that overlaps show; or a pair of two different ones, in both orders."""
    word = random_word("ab", size, generator)
    if size % 2:
        return list(word + "aaa" + word + "aab"), ("a", "a")
    return ["a", "b", *word, "lo", "a", "b", "a"], ("a", "b")


EXERCISE = Exercise(
    name="tokenization.merge_pair",
    goal="Replace each place of a pair by the two symbols in one, from left to right.",
    solution=merge_pair,
    cases=make_symbols,
    mistakes=[
        Mistake(
            "places that overlap",
            overlapping,
            "In `a a a` you merge twice: the middle `a` is used two times. After a merge step over both symbols.",
        ),
        Mistake(
            "only the first place", first_place_only, "You stop after one merge. Every place of the pair is merged."
        ),
        Mistake(
            "the right half stays",
            right_half_stays,
            "You write the merged symbol and go on with its right half, which is then there twice. Go on two places.",
        ),
        Mistake(
            "from right to left",
            from_the_right,
            "In `a a a` you merge the last two. By convention the first place from the left wins: `aa a`.",
        ),
        Mistake(
            "either order",
            either_order,
            "You merge `b a` too. A merge is for its two halves in their order, and no other.",
        ),
    ],
    hint=(
        "Walk with an index. Where the two symbols at it are the pair, write both in one and go on by two; else by one."
    ),
    second_hint=(
        "`while at < len(symbols)`: compare `tuple(symbols[at : at + 2])` with `pair`, then `at += 2` or `at += 1`."
    ),
    statement=(
        "`symbols` is a list of texts, `pair` a tuple of two. Return a new list in which each place of the pair has "
        "become one symbol, found from left to right.\n\n"
        'Worked value: `merge_pair(["a", "a", "a", "b"], ("a", "a"))` is `["aa", "a", "b"]`.'
    ),
    difficulty=2,
    minutes=8,
)
