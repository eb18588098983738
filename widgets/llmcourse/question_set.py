"""A real corpus and the course's own questions over it: passages of an encyclopedia, and what they answer.

The passages are the beginnings of 10,033 articles by the authors of the English Wikipedia (CC BY-SA 4.0), fetched once
as packaged data; the questions in wiki_questions.toml are the course's own, written by hand.
"""

import json
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .packaged_data import packaged_folder
from .scratch.splitters import sentence_bounds

KINDS = ("shared", "number", "rare", "paraphrase", "two", "unanswerable")
LONGEST = 60  # words of a passage: so that three of them, and a question, are a short prompt


@dataclass(frozen=True)
class Passage:
    """The first sentences of an article: its title, and the text, at most `LONGEST` words where sentences allow."""

    title: str
    text: str


@dataclass(frozen=True)
class Question:
    """A question with its kind, the titles of the passages that answer it, and the answers that are right.

    For an unanswerable question `gold` and `answers` are empty.
    """

    text: str
    kind: str
    gold: tuple
    answers: tuple

    @property
    def answer(self):
        """The shortest right answer as it was written down; empty for an unanswerable question."""
        return self.answers[0] if self.answers else ""


def load_questions():
    """All questions (list of `Question`), in the order of the file.

    >>> load_questions()[0].answer
    'Horace Jones'
    """
    rows = tomllib.loads((Path(__file__).parent / "wiki_questions.toml").read_text(encoding="utf-8"))["question"]
    return [
        Question(
            row["text"],
            row["kind"],
            tuple(row.get("gold", [])),
            tuple([row["answer"], *row.get("aliases", [])] if "answer" in row else []),
        )
        for row in rows
    ]


def load_passages(count=None, keep=(), seed=0):
    """Passages of the encyclopedia (list of `Passage`, in alphabetical order): all 10,033, or a sample.

    count: how many; drawn at random by `seed`, but those whose titles are in `keep` are always among them. Raises
    ValueError for a title that does not exist or a count smaller than `keep`.

    >>> len(load_passages(100, keep=["Tower Bridge"]))                                   # doctest: +SKIP
    100
    """
    articles = json.loads((packaged_folder("wikipedia") / "summaries_en-us.json").read_text(encoding="utf-8"))
    keep = dict.fromkeys(keep)
    if strange := [title for title in keep if title not in articles]:
        raise ValueError(f"keep names {strange[0]!r}, and no article has that title.")
    titles = list(articles)
    if count is not None:
        if not len(keep) <= count <= len(titles):
            raise ValueError(f"count must lie between {len(keep)} (those to keep) and {len(titles)}; got {count}.")
        others = random.Random(seed).sample([title for title in titles if title not in keep], count - len(keep))
        titles = [*keep, *others]
    return [Passage(title, first_sentences(articles[title]["extract"])) for title in sorted(titles)]


def first_sentences(text, longest=LONGEST):
    """The first sentences of a text that hold at most `longest` words together; always at least one.

    >>> first_sentences("One two. Three four. Five.", longest=4)
    'One two. Three four.'
    """
    text = " ".join(text.split())
    ends = sentence_bounds(text)[1:]
    fitting = [end for end in ends if len(text[:end].split()) <= longest]
    return text[: fitting[-1] if fitting else ends[0]].strip()
