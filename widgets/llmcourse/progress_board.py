"""progress(): the course map with what the learner has done, and what to do next."""

import html
import json
import os
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from . import checks, progress_file, quizzes
from .atomic import write_atomically
from .course_map import CHAPTERS, LESSONS, Lesson
from .inline_code import with_code
from .repository import colab_url

_STATES = {"planned": "", "not begun": "○ ", "begun": "◐ ", "done": "● "}
_CELL = "text-align: left; vertical-align: top; padding: 2px 16px 2px 0; color: inherit; background: transparent"


@dataclass(frozen=True)
class Row:
    """One lesson of the board. exercises, questions: (achieved, tried, how many there are)."""

    lesson: Lesson
    visited: bool
    exercises: tuple
    questions: tuple

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
            return ["planned", "", ""]
        return [
            _STATES[self.state] + self.state,
            _amount(self.exercises, "passed", "exercise"),
            _amount(self.questions, "right", "question"),
        ]


def progress():
    """Your progress in this course: a map in a notebook, kept in a file on this machine and nowhere else.

    `progress().export(path)` saves it, `.import_from(path)` adds a saved one, `.reset(confirm=True)` begins anew.
    Raises OSError when the file cannot be read.

    >>> progress().next_step                                                   # doctest: +SKIP
    'Open lesson 0 · Start here.'
    """
    return ProgressBoard()


class ProgressBoard:
    """The course map as it stood when progress() was called.

    rows: one Row a lesson, in the order of the course. next_step: a sentence that says what to do next.
    """

    def __init__(self):
        record = progress_file.read()
        self.rows = [_row(lesson, record) for lesson in LESSONS]
        self.next_step = _next_step(self.rows, record)

    def export(self, path="llmcourse-progress.json"):
        """Save your progress as a JSON file under `path` and return that path.

        Raises OSError when it cannot be written.
        """
        return write_atomically(path, json.dumps(progress_file.read(), indent=1).encode())

    def import_from(self, path):
        """Add the progress that export() saved, for instance on another machine; the better result stays.

        Returns the new board. Raises OSError when a file cannot be read or written, ValueError when `path` holds
        no progress of this course.
        """
        progress_file.merge(progress_file.parsed(Path(path).read_text(encoding="utf-8")))
        return ProgressBoard()

    def reset(self, confirm=False):
        """Begin anew with confirm=True. The old file is kept beside the new one; its path is in the message.

        Returns the new board. Raises ValueError without confirm=True, OSError when the file cannot be renamed.
        """
        if confirm is not True:
            raise ValueError("reset() clears your progress in all lessons. If you want that: reset(confirm=True).")
        kept = progress_file.set_aside("before-reset")
        print(f"Your old progress is kept as {kept}." if kept else "There was no progress yet.")
        return ProgressBoard()

    def __repr__(self):
        lines = []
        for chapter, rows in self._chapters():
            lines.append(chapter)
            for row in rows:
                lines.append(f"  {row.lesson.number} {row.lesson.title}: {', '.join(filter(None, row.cells))}")
        return "\n".join([*lines, f"Next: {self.next_step}"])

    def _repr_html_(self):
        body = []
        for chapter, rows in self._chapters():
            body.append(f'<tr><th colspan="4" style="{_CELL}; padding-top: 8px">{html.escape(chapter)}</th></tr>')
            for row in rows:
                if row.state != "planned":
                    cells = [_link(row.lesson), *map(html.escape, row.cells)]
                    body.append("<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>")
            planned = [f"{row.lesson.number} {row.lesson.title}" for row in rows if row.state == "planned"]
            if planned:
                names = html.escape(", ".join(planned))
                body.append(f'<tr><td colspan="4" style="{_CELL}"><small>planned: {names}</small></td></tr>')
        head = "".join(f'<th style="{_CELL}">{name}</th>' for name in ("Lesson", "State", "Exercises", "Quiz"))
        table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
        return (
            f'<p><b>Next:</b> {with_code(self.next_step)}</p><table style="border: 0; color: inherit">{table}</table>'
        )

    def _chapters(self):
        for number, rows in groupby(self.rows, lambda row: row.lesson.number[0]):
            yield f"{number} · {CHAPTERS[number]}", list(rows)


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
    )


def _next_step(rows, record):
    """What is begun comes before what is new, each in the order of the course."""
    for state in ("begun", "not begun"):
        for row in rows:
            if row.state == state:
                return _what_is_left(row, record) if state == "begun" else f"Open lesson {_title(row.lesson)}."
    return "You have done every lesson that is written so far."


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


def _link(lesson):
    """The title, linked where the lesson can be opened from here: by a relative path beside the notebook (which
    JupyterLab follows), by its address in Colab. Elsewhere a plain title, rather than a link that leads nowhere.
    """
    title = html.escape(f"{lesson.number} {lesson.title}")
    address = None
    if lesson.available:
        here = Path.cwd()
        root = next((folder for folder in (here, *here.parents) if (folder / lesson.path).exists()), None)
        if root:
            address = quote(Path(os.path.relpath(root / lesson.path, here)).as_posix())
        elif "google.colab" in sys.modules:
            address = colab_url(lesson.path)
    return f'<a href="{html.escape(address)}">{title}</a>' if address else title
