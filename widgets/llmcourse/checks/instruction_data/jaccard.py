"""Exercise: The Jaccard similarity of two texts, over runs of words."""

from ...exercise import Exercise, Mistake
from .inputs import random_text


def similarity(one, other, size):
    def runs(text):
        words = text.split()
        return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}

    a, b = runs(one), runs(other)
    return len(a & b) / len(a | b)


def _runs(text, size):
    words = text.split()
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def single_words(one, other, size):
    return similarity(one, other, 1)


def letters(one, other, size):
    a, b = ({text[i : i + size] for i in range(len(text) - size + 1)} for text in (one, other))
    return len(a & b) / len(a | b)


def last_run_lost(one, other, size):
    a, b = (set(_runs(text, size)[:-1]) for text in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0


def repeats_counted(one, other, size):
    a, b = set(_runs(one, size)), set(_runs(other, size))
    return len(a & b) / (len(_runs(one, size)) + len(_runs(other, size)))


def share_of_the_first(one, other, size):
    a, b = set(_runs(one, size)), set(_runs(other, size))
    return len(a & b) / len(a)


def only_the_count(one, other, size):
    return len(set(_runs(one, size)) & set(_runs(other, size)))


def make_texts(size, generator):
    """Two texts with a common beginning, and ends of different length."""
    common = random_text(size + 4, generator)
    return f"{common} {random_text(3, generator)}", f"{common} {random_text(6, generator)}", 2


EXERCISE = Exercise(
    name="instruction_data.jaccard",
    goal="The Jaccard similarity of two texts, over runs of words.",
    solution=similarity,
    cases=make_texts,
    mistakes=[
        Mistake(
            "single words",
            single_words,
            "You compare words, not runs of words. Then *dog bites man* equals *man bites dog*.",
        ),
        Mistake(
            "runs of letters",
            letters,
            "Your runs are cut from the letters. Split the text into words first.",
        ),
        Mistake(
            "the last run lost",
            last_run_lost,
            "A text of n words has n − size + 1 runs: the last one begins at n − size, and `range` stops before its "
            "end.",
        ),
        Mistake(
            "sum instead of union",
            repeats_counted,
            "You divide by all runs of both texts, so what they share is counted twice below the line, and equal texts "
            "do not reach 1. Divide by the size of the union.",
        ),
        Mistake(
            "share of the first text",
            share_of_the_first,
            "That is how much of the first text stands in the second. Jaccard treats both alike: divide by the union.",
        ),
        Mistake(
            "a count, not a share",
            only_the_count,
            "That is the number of shared runs, which grows with the length of the texts. Divide it by the union.",
        ),
    ],
    hint="Make a set of word tuples for each text. Then `len(a & b) / len(a | b)`.",
    second_hint="The runs of a text: `{tuple(words[i : i + size]) for i in range(len(words) - size + 1)}`.",
    statement=(
        "Cut both texts into words (`split()`), take the set of all runs of `size` neighbouring words of each, and "
        "return the size of their intersection over the size of their union. Each text has at least `size` words.\n\n"
        'Worked value: `similarity("tea at noon", "tea at five", size=2)`: the first has *tea at*, *at noon*, the '
        "second *tea at*, *at five*; one of three is shared, so 0.333."
    ),
    difficulty=2,
    minutes=6,
)
