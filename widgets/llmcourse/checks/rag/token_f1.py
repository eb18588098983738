"""Exercise: F1 over words: how much of an answer is right, and how much of the right answer it holds."""

import torch

from ...exercise import Exercise, Mistake


def f1(answer, right):
    shared = sum(min(answer.count(word), right.count(word)) for word in set(answer))
    if shared == 0:
        return 0.0
    precision, recall = shared / len(answer), shared / len(right)
    return 2 * precision * recall / (precision + recall)


def precision_only(answer, right):
    return sum(min(answer.count(word), right.count(word)) for word in set(answer)) / len(answer)


def recall_only(answer, right):
    return sum(min(answer.count(word), right.count(word)) for word in set(answer)) / len(right)


def plain_mean(answer, right):
    return (precision_only(answer, right) + recall_only(answer, right)) / 2


def repeats_rewarded(answer, right):
    precision = sum(word in right for word in answer) / len(answer)
    recall = sum(word in answer for word in right) / len(right)
    return 2 * precision * recall / (precision + recall)


def sets_of_words(answer, right):
    shared = len(set(answer) & set(right))
    precision, recall = shared / len(set(answer)), shared / len(set(right))
    return 2 * precision * recall / (precision + recall)


def make_answers(size, generator):
    """A right answer of two words, and one that repeats a right word among wrong ones."""
    words = ["old", "new", "long", "red", "high", "wide"]
    picks = torch.randint(len(words), (size + 2,), generator=generator).tolist()
    return ["tower", "bridge", "bridge", *(words[pick] for pick in picks)], ["tower", "bridge"]


EXERCISE = Exercise(
    name="rag.token_f1",
    goal="F1 over words: how much of an answer is right, and how much of the right answer it holds.",
    solution=f1,
    cases=make_answers,
    mistakes=[
        Mistake(
            "precision only",
            precision_only,
            "That is the share of the answer's words that are right. A long answer needs the other view too: how much "
            "of the right answer it holds.",
        ),
        Mistake(
            "recall only",
            recall_only,
            "That is the share of the right words that were said. An answer that recites the dictionary would score 1: "
            "divide the shared words by len(answer) as well.",
        ),
        Mistake(
            "plain mean",
            plain_mean,
            "(precision + recall) / 2 forgives one of them being near zero. F1 is the harmonic mean: "
            "2 · precision · recall / (precision + recall).",
        ),
        Mistake(
            "repeats rewarded",
            repeats_rewarded,
            "Saying `bridge` twice counts twice for you. A word is shared as often as it stands in *both*: "
            "min(answer.count(word), right.count(word)).",
        ),
        Mistake(
            "sets of words",
            sets_of_words,
            "With sets a repeated word costs nothing. Count: the answer's length is all its words, repeats included.",
        ),
    ],
    hint="First count the shared words: for each different word, the smaller of its two counts.",
    second_hint="precision = shared / len(answer), recall = shared / len(right); no shared word gives 0.0.",
    statement=(
        "`answer` and `right` are lists of words. A word is shared as often as it stands in both. Precision is shared "
        "/ words of the answer, recall shared / words of the right one; return their harmonic mean, "
        "2PR / (P + R), and 0.0 where nothing is shared.\n\n"
        'Worked value: `f1(["in", "mendoza", "province"], ["mendoza", "province"])` is 0.8.'
    ),
    difficulty=2,
    minutes=5,
)
