"""What a progress file holds: its shape, older shapes, counting, time, and how two of them are joined.

The file is the learner's own record and, beside it, the records that were imported, each under the id of the file it
was written in. Counts in a record only grow, so two states of one record are joined by the larger, and different
records are added: whatever is imported how often and in whatever order, nothing is counted twice (a grow-only counter,
Shapiro et al. 2011, https://inria.hal.science/inria-00555588).

Time: from one event of a lesson (a check, a quiz, an answer, a cell run after these) to the next event in any lesson,
at most GAP seconds of it, belongs to the lesson of the first. So a lesson's time begins with its first check or quiz, a
break adds at most GAP, and lessons that are open side by side share their time.
"""

import hashlib
import json
import operator
import uuid
from datetime import datetime

VERSION = 2
GAP = 300  # seconds
_MOST = 10**12  # of tries and of seconds: no hand-made file brings a number that a page could not show


def _better(one, other):
    return "passed" if "passed" in (one, other) else one


# Of an entry in two records: what both together come to; None stands for the larger or the sum, as the join needs it.
_FIELDS = {
    "lessons": {"visited": min, "seconds": None},
    "exercises": {"status": _better, "tries": None},
    "quizzes": {"right": operator.or_, "tries": None},
}


def new():
    """The file of a learner who has not begun."""
    return {"version": VERSION, "id": uuid.uuid4().hex, "last": None, **_nothing(), "others": {}}


def total(progress):
    """All records of a file as one: the better result of each, and the sum of tries and seconds."""
    result = _nothing()
    for record in (progress, *progress["others"].values()):
        result = _joined(result, record, operator.add)
    return {"version": VERSION, **result}


def join(progress, other):
    """Add another file to this one, in place; nothing that is here already is counted again."""
    records = {**other["others"], other["id"]: other}
    for name, record in records.items():
        mine = progress if name == progress["id"] else progress["others"].get(name, _nothing())
        joined = _joined(mine, record, max)
        if name == progress["id"]:
            progress.update(joined)
        else:
            progress["others"][name] = joined


def parsed(text):
    """The file in a JSON text, in today's shape.

    Raises ValueError when it is no progress, OSError when it is of a newer course.
    """
    try:
        return upgraded(json.loads(text))
    except RecursionError as deep:
        raise ValueError("The file holds no progress of this course.") from deep


def upgraded(progress):
    """A file of any version in today's shape. Raises ValueError and OSError as parsed() does."""
    version = progress.get("version") if isinstance(progress, dict) else None
    if type(version) is int and version > VERSION:
        raise OSError("Your progress was written by a newer version of the course. Update llmcourse to read it.")
    if type(version) is not int or version < 1 or not _has_records(progress, version):
        raise ValueError("The file holds no progress of this course.")
    if version == VERSION:
        return progress
    # Version 1 had no time and no id. The same file always gets the same id, so it is never counted twice.
    written = json.dumps(progress, sort_keys=True).encode()
    lessons = {number: {**entry, "seconds": 0} for number, entry in progress["lessons"].items()}
    parts = {part: progress[part] for part in _FIELDS}
    return {**new(), **parts, "lessons": lessons, "id": hashlib.sha256(written).hexdigest()}


def count_event(progress, lesson, now):
    """Note that something was done in a lesson at `now` (a datetime with its zone): time goes on from here."""
    last = progress["last"]
    entry = progress["lessons"].get(last["lesson"]) if last else None
    if entry:
        gap = int((now - datetime.fromisoformat(last["at"])).total_seconds())
        entry["seconds"] = min(entry["seconds"] + min(max(gap, 0), GAP), _MOST)
    progress["last"] = {"lesson": lesson, "at": now.isoformat(timespec="seconds")}


def count_exercise(progress, name, status):
    """Count a try at an exercise, 'passed' or 'failed'."""
    _add("exercises", progress["exercises"], name, {"status": status, "tries": 1}, operator.add)


def count_question(progress, topic, question_id, right):
    """Count an answer to a question of a topic's quiz."""
    answered = progress["quizzes"].setdefault(topic, {})
    _add("quizzes", answered, question_id, {"right": bool(right), "tries": 1}, operator.add)


def _nothing():
    return {part: {} for part in _FIELDS}


def _joined(one, other, tally):
    result = _nothing()
    for record in (one, other):
        for part in ("lessons", "exercises"):
            for name, entry in record[part].items():
                _add(part, result[part], name, entry, tally)
        for topic, questions in record["quizzes"].items():
            for name, entry in questions.items():
                _add("quizzes", result["quizzes"].setdefault(topic, {}), name, entry, tally)
    return result


def _add(part, entries, name, entry, tally):
    """Put an entry of this part into `entries`, together with what is there under its name."""
    rules = _FIELDS[part]
    mine = entries.get(name)
    if mine is None:
        entries[name] = {field: entry[field] for field in rules}
    else:
        entries[name] = {
            field: rule(mine[field], entry[field]) if rule else min(tally(mine[field], entry[field]), _MOST)
            for field, rule in rules.items()
        }


def _has_records(progress, version):
    try:
        records = [progress]
        if version > 1:
            records += progress["others"].values()
            if not isinstance(progress["id"], str) or not _is_moment(progress["last"]):
                return False
        return all(
            all(
                isinstance(entry["visited"], str) and (version == 1 or _is_count(entry["seconds"]))
                for entry in record["lessons"].values()
            )
            and all(
                entry["status"] in ("passed", "failed") and _is_count(entry["tries"])
                for entry in record["exercises"].values()
            )
            and all(
                isinstance(entry["right"], bool) and _is_count(entry["tries"])
                for questions in record["quizzes"].values()
                for entry in questions.values()
            )
            for record in records
        )
    except (TypeError, KeyError, AttributeError, ValueError):
        return False


def _is_moment(last):
    if last is None:
        return True
    return isinstance(last["lesson"], str) and datetime.fromisoformat(last["at"]).tzinfo is not None


def _is_count(value):
    return type(value) is int and 0 <= value <= _MOST
