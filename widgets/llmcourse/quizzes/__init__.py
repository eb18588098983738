"""The quizzes of the lessons: one TOML file a topic.

A file has a `title` and 3 to 6 `[[question]]` tables: `id`, `kind`, `text`, and
- kind "single" or "multiple": `[[question.option]]` tables with `text`, `right` (a boolean) and `reason`;
- kind "numeric": `answer`, `tolerance` (absolute), `unit` (may be empty), `reason`, and `[[question.trap]]` tables with
  the `value` that a misconception leads to and its `reason`;
- kind "order": 3 to 8 `[[question.item]]` tables in the right order, each with `text` and the `reason` it stands there.
"""

import difflib
import math
import random
import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


def topics():
    """The topics that have a quiz, in alphabetical order.

    >>> "start" in topics()
    True
    """
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load(topic):
    """The quiz of a topic as (title, questions), questions as in the file but for the order of the options: they are
    shuffled, the same way each time, so that their place tells nothing. Items to be put in order are never shuffled
    into the right one, and each gets its right `place`, counted from 0.

    Raises ValueError for an unknown topic (with the nearest names) or a file that is not a quiz.
    """
    if topic not in topics():
        near = difflib.get_close_matches(str(topic), topics(), n=1)
        ending = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(topics())}."
        raise ValueError(f"There is no quiz on {topic!r}. {ending}")
    title, questions = parsed((FOLDER / f"{topic}.toml").read_text(encoding="utf-8"))
    for question in questions:
        chance = random.Random(f"{topic} {question['id']}")
        chance.shuffle(question.get("option", []))
        if question["kind"] == "order":
            question["item"] = _out_of_order(question["item"], chance)
    return title, questions


def parsed(text):
    """The (title, questions) of a quiz in TOML. Raises ValueError that names what is wrong with which question."""
    quiz = tomllib.loads(text)
    questions = quiz.get("question", [])
    if not _is_text(quiz.get("title")):
        raise ValueError("A quiz needs a title.")
    if not 3 <= len(questions) <= 6:
        raise ValueError(f"A quiz has 3 to 6 questions, this one {len(questions)}.")
    ids = [question.get("id") for question in questions]
    if len(set(ids)) < len(ids):
        raise ValueError("Every question needs an id of its own.")
    for question in questions:
        problem = _problem(question)
        if problem:
            raise ValueError(f"Question {question.get('id')!r}: {problem}.")
    return quiz["title"], questions


def is_right(question, choice):
    """Whether a choice answers a question: positions of options (any order), a number, or positions of items in the
    order they were put. What cannot be a choice is not right.

    >>> is_right({"kind": "numeric", "answer": 0.25, "tolerance": 0.01}, 0.251)
    True
    """
    if question["kind"] == "numeric":
        return _is_number(choice) and abs(choice - question["answer"]) <= question["tolerance"] + 1e-12
    if not isinstance(choice, (list, tuple)):
        return False
    if question["kind"] == "order":
        return len(choice) == len(question["item"]) == standing_right(question, choice)
    right = [i for i, option in enumerate(question["option"]) if option["right"]]
    return all(i in choice for i in right) and all(i in right for i in choice)


def standing_right(question, choice):
    """How many items stand in their right place; choice: the positions of the items in the order they were put.

    >>> standing_right({"item": [{"place": 1}, {"place": 0}, {"place": 2}]}, [1, 2, 0])
    1
    """
    places = [item["place"] for item in question["item"]]
    known = range(len(places))
    return sum(isinstance(item, int) and item in known and places[item] == at for at, item in enumerate(choice))


def _out_of_order(items, chance):
    placed = [{**item, "place": place} for place, item in enumerate(items)]
    while [item["place"] for item in placed] == list(range(len(items))):
        chance.shuffle(placed)
    return placed


def _problem(question):
    if not _is_text(question.get("id")) or not _is_text(question.get("text")):
        return "it needs an id and a text"
    if question.get("kind") == "numeric":
        return _numeric_problem(question)
    if question.get("kind") == "order":
        return _order_problem(question)
    if question.get("kind") not in ("single", "multiple"):
        return "kind must be single, multiple, numeric or order"
    options = question.get("option", [])
    if any(set(option) != {"text", "right", "reason"} for option in options):
        return "every option has exactly text, right and reason"
    if not all(_is_text(option["text"]) and _is_text(option["reason"]) for option in options):
        return "every option needs a text and a reason"
    if not all(isinstance(option["right"], bool) for option in options):
        return "right must be true or false"
    if len({option["text"] for option in options}) < len(options):
        return "two options have the same text"
    right = sum(option["right"] for option in options)
    if len(options) < 3 or not right:
        return "it needs at least 3 options, one of them right"
    return "a question with kind single has one right option" if question["kind"] == "single" and right > 1 else None


def _numeric_problem(question):
    traps = question.get("trap", [])
    numbers = [question.get("answer"), question.get("tolerance"), *(trap.get("value") for trap in traps)]
    if not all(_is_number(number) for number in numbers) or question["tolerance"] < 0:
        return "answer, tolerance and the value of every trap must be finite numbers, the tolerance not negative"
    if not _is_text(question.get("reason")) or not all(_is_text(trap.get("reason")) for trap in traps):
        return "the answer and every trap need a reason"
    if not isinstance(question.get("unit"), str):
        return "unit must be a text; it may be empty"
    return "a trap must not be right" if any(is_right(question, trap["value"]) for trap in traps) else None


def _order_problem(question):
    items = question.get("item", [])
    if not 3 <= len(items) <= 8:
        return "it needs 3 to 8 items, in the right order"
    if any(set(item) != {"text", "reason"} for item in items):
        return "every item has exactly text and reason"
    if not all(_is_text(item["text"]) and _is_text(item["reason"]) for item in items):
        return "every item needs a text and a reason"
    return "two items have the same text" if len({item["text"] for item in items}) < len(items) else None


def _is_text(value):
    return isinstance(value, str) and bool(value.strip())


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
