"""The learner's progress: one small JSON file that survives killed kernels and two notebooks at once."""

import contextlib
import json
import warnings
from datetime import datetime

from filelock import FileLock

from . import lesson_clock, paths, progress_record
from .atomic import write_atomically
from .course_map import lesson as lesson_on
from .progress_record import parsed

_PATIENCE = 5  # seconds that another notebook may hold the lock; writing takes milliseconds


def path():
    """Where the progress is kept: `progress.json` in the folder of the learner's data."""
    return paths.data_folder() / "progress.json"


def empty():
    """The progress of a learner who has not begun, as read() gives it."""
    return progress_record.total(progress_record.new())


def read():
    """The progress so far, as a dictionary:

    `lessons`: number → {visited: date, seconds}; `exercises`: name → {status: 'passed' or 'failed', tries};
    `quizzes`: topic → question id → {right, tries}. What was imported is added; progress_record.py says how, and what
    the seconds are.

    A file that cannot be understood is kept aside as `progress.broken-<date>.json`, and a warning says so once.
    Raises OSError when the file cannot be read, or was written by a newer version of the course.
    """
    return progress_record.total(_whole())


def export():
    """The whole file as JSON text, for merge(parsed(text)) elsewhere. Raises OSError when it cannot be read."""
    return json.dumps(_whole(), indent=1, sort_keys=True)


def record_visit(lesson):
    """Note that the lesson with this number ('2.2') is worked on; in a notebook its cells count as events from now on.

    Raises OSError if it cannot be written.
    """
    with _changed() as progress:
        progress["lessons"].setdefault(lesson, {"visited": _now().isoformat(timespec="seconds"), "seconds": 0})
        progress_record.count_event(progress, lesson, _now())
    lesson_clock.follow(lesson, record_event)


def record_event(lesson):
    """Note that something was done in the lesson with this number just now. Raises OSError if it cannot be written."""
    with _changed() as progress:
        progress_record.count_event(progress, lesson, _now())


def record_exercise(name, status):
    """Count a try at an exercise, 'passed' or 'failed'; what was passed once stays passed.

    Raises ValueError for another status, OSError if it cannot be written.
    """
    if status not in ("passed", "failed"):
        raise ValueError(f"status must be 'passed' or 'failed', not {status!r}.")
    with _changed() as progress:
        progress_record.count_exercise(progress, name, status)
        _count_event_of(progress, name.split(".")[0])


def record_quiz(topic, question_id, right):
    """Count an answer to a question of a topic's quiz; what was right once stays right.

    Raises OSError if it cannot be written.
    """
    with _changed() as progress:
        progress_record.count_question(progress, topic, question_id, right)
        _count_event_of(progress, topic)


def merge(other):
    """Add another progress (as `parsed` gives it, or an older file) to this one: the better result of each, and all
    tries and time; a second time nothing is added.

    Raises ValueError when it is no progress, OSError if it is of a newer course or cannot be written.
    """
    other = progress_record.upgraded(other)
    with _changed() as progress:
        progress_record.join(progress, other)


def set_aside(word):
    """Rename the file to `progress.<word>-<date>.json` and return its new path; None where there is none.

    Raises OSError if it cannot be renamed.
    """
    with _locked():
        return _rename(word) if path().exists() else None


def _whole():
    try:
        return parsed(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return progress_record.new()
    except ValueError:
        with _locked():
            return _load()


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
        return progress_record.new()
    except ValueError:
        kept = _rename("broken")
        warnings.warn(f"Your progress file could not be read. It is kept as {kept}; a new one begins.", stacklevel=5)
        return progress_record.new()


def _rename(word):
    aside = path().with_name(f"progress.{word}-{datetime.now():%Y%m%d-%H%M%S-%f}.json")
    path().rename(aside)
    return aside


def _count_event_of(progress, topic):
    place = lesson_on(topic)
    if place:
        progress_record.count_event(progress, place.number, _now())


def _now():
    return datetime.now().astimezone()
