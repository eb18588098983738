"""Grades an answer of the appointment set from 0 to 1: a reward that a program gives.

The task: a short message in, one line of JSON out, with the keys day, time (24 hours) and place, and null for what the
message does not say.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass

KEYS = ("day", "time", "place")
FORM = 0.25  # of the score: nothing but one JSON object with these three keys, in this order
LONGEST = 300  # characters; a whole answer has about 60
_LEADING = re.compile(r"^(?:(?:at|in|on|by|near|the|a|an)\s+)+")


@dataclass(frozen=True)
class Grade:
    """What an answer earned. score: 0 to 1. form: whether the form is exact. fields: key -> 0 to 1 for its value."""

    score: float
    form: bool
    fields: dict


def grade(answer, gold):
    """The Grade of an answer against the gold answer, both texts.

    A quarter of the score is the form: the answer is one line with one JSON object, with the keys day, time and place
    in this order, each a text or null, and nothing around it. The rest is shared equally by the three values. Day and
    time must be equal; a place that shares words with the right one earns up to half (word F1 / 2), and its article,
    preposition, capitals and punctuation do not count. With text around a single object, its values count for half.

    An answer that hedges earns nothing: two objects, a key twice, or more than 300 characters. Raises ValueError for a
    gold answer that is not one itself.

    >>> gold = '{"day": "Friday", "time": "19:00", "place": "Blue Door"}'
    >>> grade(gold, gold).score
    1.0
    >>> grade('{"day": "Friday", "time": "7 pm", "place": "Blue Door"}', gold).score
    0.75
    """
    wanted = _read(gold) if isinstance(gold, str) else None
    if wanted is None or tuple(wanted) != KEYS:
        raise ValueError(f"gold must be one JSON object with the keys {', '.join(KEYS)}; got {str(gold)[:80]!r}.")
    nothing = Grade(0.0, False, dict.fromkeys(KEYS, 0.0))
    if not isinstance(answer, str) or len(answer) > LONGEST:
        return nothing
    found = _read(answer)
    bare = found is not None
    if not bare:
        inside = re.findall(r"\{[^{}]*\}", answer)
        found = _read(inside[0]) if len(inside) == 1 else None
    if found is None:
        return nothing
    fields = {key: _value(key, found[key], wanted[key]) if key in found else 0.0 for key in KEYS}
    texts = all(value is None or isinstance(value, str) for value in found.values())
    form = bare and texts and tuple(found) == KEYS and "\n" not in answer.strip()
    values = (1 - FORM) * sum(fields.values()) / len(KEYS)
    return Grade(round(FORM * form + (values if bare else values / 2), 4), form, fields)


def score(answer, gold):
    """The score of an answer, 0 to 1: see `grade`.

    >>> score("Friday at seven", '{"day": "Friday", "time": "19:00", "place": null}')
    0.0
    """
    return grade(answer, gold).score


def _read(text):
    """The object that a text holds and nothing else, as a dictionary; None for anything else, and for a key twice."""

    def once(pairs):
        if max(Counter(key for key, _ in pairs).values(), default=0) > 1:
            raise ValueError("a key twice")
        return dict(pairs)

    try:
        value = json.loads(text.strip(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _value(key, told, wanted):
    if told is None or wanted is None:
        return float(told is None and wanted is None)
    if not isinstance(told, str):
        return 0.0
    if key != "place":
        return float(told.strip().casefold() == wanted.casefold())
    told, wanted = _plain(told), _plain(wanted)
    return 1.0 if told == wanted else _word_f1(told, wanted) / 2


def _plain(place):
    words = re.sub(r"[^\w\s&']", " ", place.casefold().replace("’", "'"))
    return _LEADING.sub("", " ".join(words.split()))


def _word_f1(told, wanted):
    told, wanted = told.split(), wanted.split()
    shared = sum((Counter(told) & Counter(wanted)).values())
    return 2 * shared / (len(told) + len(wanted)) if shared else 0.0
