"""The learner's progress: one small JSON file that survives killed kernels and two notebooks at once."""

import contextlib
import json
import warnings
from datetime import datetime

from filelock import FileLock

from . import paths
from .atomic import write_atomically

VERSION = 1
_PATIENCE = 5  # seconds that another notebook may hold the lock; writing takes milliseconds


def path():
    """Where the progress is kept: `progress.json` in the folder of the learner's data."""
    return paths.data_folder() / "progress.json"


def empty():
    """The progress of a learner who has not begun."""
    return {"version": VERSION, "lessons": {}, "exercises": {}, "quizzes": {}}


def read():
    """The progress so far, as a dictionary:

    `lessons`: number → {visited: date}; `exercises`: name → {status: 'passed' or 'failed', tries};
    `quizzes`: topic → question id → {right, tries}.

    A file that cannot be understood is kept aside as `progress.broken-<date>.json`, and a warning says so once.
    Raises OSError when the file cannot be read, or was written by a newer version of the course.
    """
    try:
        return parsed(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty()
    except ValueError:
        with _locked():
            return _load()


def record_visit(lesson):
    """Note that the lesson with this number ('2.2') was opened. Raises OSError if it cannot be written."""
    with _changed() as progress:
        progress["lessons"].setdefault(lesson, {"visited": _now()})


def record_exercise(name, status):
    """Count a try at an exercise, 'passed' or 'failed'; what was passed once stays passed.

    Raises ValueError for another status, OSError if it cannot be written.
    """
    if status not in ("passed", "failed"):
        raise ValueError(f"status must be 'passed' or 'failed', not {status!r}.")
    with _changed() as progress:
        _count_exercise(progress, name, status, 1)


def record_quiz(topic, question_id, right):
    """Count an answer to a question of a topic's quiz; what was right once stays right.

    Raises OSError if it cannot be written.
    """
    with _changed() as progress:
        _count_question(progress, topic, question_id, right, 1)


def merge(other):
    """Add another progress (as `read` gives it) to this one: the better result of each, and all tries.

    Raises OSError if it cannot be written.
    """
    with _changed() as progress:
        for lesson, entry in other["lessons"].items():
            mine = progress["lessons"].setdefault(lesson, entry)
            mine["visited"] = min(mine["visited"], entry["visited"])
        for name, entry in other["exercises"].items():
            _count_exercise(progress, name, entry["status"], entry["tries"])
        for topic, questions in other["quizzes"].items():
            for question, entry in questions.items():
                _count_question(progress, topic, question, entry["right"], entry["tries"])


def set_aside(word):
    """Rename the file to `progress.<word>-<date>.json` and return its new path; None where there is none.

    Raises OSError if it cannot be renamed.
    """
    with _locked():
        return _rename(word) if path().exists() else None


def parsed(text):
    """The progress in a JSON text. Raises ValueError when it is not one, OSError when it is too new for us."""
    progress = json.loads(text)
    try:
        if progress["version"] > VERSION:
            raise OSError("Your progress was written by a newer version of the course. Update llmcourse to read it.")
        valid = (
            all(isinstance(entry["visited"], str) for entry in progress["lessons"].values())
            and all(
                entry["status"] in ("passed", "failed") and _is_count(entry["tries"])
                for entry in progress["exercises"].values()
            )
            and all(
                isinstance(entry["right"], bool) and _is_count(entry["tries"])
                for questions in progress["quizzes"].values()
                for entry in questions.values()
            )
        )
    except (TypeError, KeyError, AttributeError):
        valid = False
    if not valid:
        raise ValueError("The file holds no progress of this course.")
    return progress


@contextlib.contextmanager
def _locked():
    path().parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path().with_suffix(".lock"), timeout=_PATIENCE):
        yield


@contextlib.contextmanager
def _changed():
    with _locked():
        for unfinished in path().parent.glob(f".{path().name}.*"):  # of a writer that was killed
            unfinished.unlink()
        progress = _load()
        before = json.dumps(progress)
        yield progress
        if json.dumps(progress) != before:
            write_atomically(path(), json.dumps(progress, indent=1, sort_keys=True).encode())


def _load():
    try:
        return parsed(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty()
    except ValueError:
        kept = _rename("broken")
        warnings.warn(f"Your progress file could not be read. It is kept as {kept}; a new one begins.", stacklevel=5)
        return empty()


def _rename(word):
    aside = path().with_name(f"progress.{word}-{datetime.now():%Y%m%d-%H%M%S-%f}.json")
    path().rename(aside)
    return aside


def _count_exercise(progress, name, status, tries):
    entry = progress["exercises"].setdefault(name, {"status": status, "tries": 0})
    entry["tries"] += tries
    if status == "passed":
        entry["status"] = status


def _count_question(progress, topic, question_id, right, tries):
    entry = progress["quizzes"].setdefault(topic, {}).setdefault(question_id, {"right": False, "tries": 0})
    entry["tries"] += tries
    entry["right"] = entry["right"] or bool(right)


def _is_count(value):
    return isinstance(value, int) and value >= 0


def _now():
    return datetime.now().astimezone().isoformat(timespec="seconds")
