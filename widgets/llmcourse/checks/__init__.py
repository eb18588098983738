"""The exercises of the lessons: a folder a topic with its list `EXERCISES`, a module an exercise."""

import difflib
import pkgutil
from functools import cache
from importlib import import_module


def topics():
    """The topics that have exercises, in alphabetical order.

    >>> "start" in topics()
    True
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


@cache
def exercises(topic):
    """The exercises of a topic, in the order of the lesson; empty for a topic without."""
    return tuple(import_module(f"{__name__}.{topic}").EXERCISES) if topic in topics() else ()


def find(name):
    """The exercise called `<topic>.<exercise>`.

    Raises LookupError with the nearest names when there is none.

    >>> find("start.next_token").topic
    'start'
    """
    topic = str(name).partition(".")[0]
    for exercise in exercises(topic):
        if exercise.name == name:
            return exercise
    known = [exercise.name for each in topics() for exercise in exercises(each)]
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.4)
    ending = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are: {', '.join(known)}."
    raise LookupError(f"There is no exercise {str(name)[:80]!r}. {ending}")
