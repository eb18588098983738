"""The lessons with what a learner has done in each, and what to do next: what `progress()` shows."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import checks, quizzes
from .course_map import LESSONS, Lesson
from .repository import colab_url

_STATES = {"planned": "", "not begun": "○ ", "begun": "◐ ", "done": "● "}


@dataclass(frozen=True)
class Row:
    """One lesson of the board. exercises, questions: (achieved, tried, how many there are); seconds: worked on it."""

    lesson: Lesson
    visited: bool
    exercises: tuple
    questions: tuple
    seconds: int = 0

    @property
    def state(self):
        """'planned', 'not begun', 'begun' or 'done' (every exercise passed and every question right)."""
        if not self.lesson.available:
            return "planned"
        if self.exercises[0] == self.exercises[2] and self.questions[0] == self.questions[2]:
            return "done"
        return "begun" if self.visited or self.exercises[1] or self.questions[1] else "not begun"

    @property
    def cells(self):
        """The texts of the columns after the title."""
        if self.state == "planned":
            return ["planned", "", "", ""]
        return [
            _STATES[self.state] + self.state,
            _amount(self.exercises, "passed", "exercise"),
            _amount(self.questions, "right", "question"),
            duration(self.seconds),
        ]

    @property
    def address(self):
        """Where the lesson can be opened from here: a relative path beside the notebook (which JupyterLab follows), its
        address in Colab; elsewhere empty, rather than a link that leads nowhere.
        """
        if not self.lesson.available:
            return ""
        here = Path.cwd()
        root = next((folder for folder in (here, *here.parents) if (folder / self.lesson.path).exists()), None)
        if root:
            return quote(Path(os.path.relpath(root / self.lesson.path, here)).as_posix())
        return colab_url(self.lesson.path) if "google.colab" in sys.modules else ""


def rows(record):
    """One Row a lesson, in the order of the course, from a progress as progress_file.read() gives it."""
    return [_row(lesson, record) for lesson in LESSONS]


def _row(lesson, record):
    names = [exercise.name for exercise in checks.exercises(lesson.topic)]
    tried = [record["exercises"][name] for name in names if name in record["exercises"]]
    passed = sum(entry["status"] == "passed" for entry in tried)
    ids = _question_ids(lesson)
    answers = record["quizzes"].get(lesson.topic, {})
    answered = [answers[name] for name in ids if name in answers]
    right = sum(entry["right"] for entry in answered)
    return Row(
        lesson,
        lesson.number in record["lessons"],
        (passed, len(tried), len(names)),
        (right, len(answered), len(ids)),
        record["lessons"].get(lesson.number, {}).get("seconds", 0),
    )


def next_step(rows, record):
    """The row to go on with (None when all is done) and a sentence that says what to do there.

    What is begun comes before what is new, each in the order of the course.
    """
    for state in ("begun", "not begun"):
        for row in rows:
            if row.state == state:
                todo = _what_is_left(row, record) if state == "begun" else f"Open lesson {_title(row.lesson)}."
                return row, todo
    return None, "You have done every lesson that is written so far."


def _what_is_left(row, record):
    exercises = checks.exercises(row.lesson.topic)
    open_ones = [each.name for each in exercises if record["exercises"].get(each.name, {}).get("status") != "passed"]
    task = f"the exercise `{open_ones[0]}`" if open_ones else "its quiz"
    return f"Go on with lesson {_title(row.lesson)}: {task}."


def _question_ids(lesson):
    return [question["id"] for question in quizzes.load(lesson.topic)[1]] if lesson.available else []


def _title(lesson):
    return f"{lesson.number} · {lesson.title}"


def _amount(counts, achieved, noun):
    reached, tried, total = counts
    if not total:
        return ""
    if not tried:
        return f"{total} {noun}{'' if total == 1 else 's'}"
    return f"{reached} of {total} {achieved}" + (f", {tried - reached} tried" if tried > reached else "")


def duration(seconds):
    """Time in words, rounded to minutes; empty for none.

    >>> duration(50), duration(4000)
    ('1 min', '1 h 7 min')
    """
    minutes = round(seconds / 60) or int(seconds > 0)
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{rest} min"] * (rest > 0))
