"""Progress: the course map with what the learner has done, what comes next, and the buttons to take it along."""

import html
import json
import warnings
from itertools import groupby
from pathlib import Path

import traitlets

from . import progress_file, progress_rows
from .atomic import write_atomically
from .course_map import CHAPTERS
from .course_widget import CourseWidget
from .inline_code import with_code

_CELL = "text-align: left; vertical-align: top; padding: 2px 16px 2px 0; color: inherit; background: transparent"


def progress():
    """Your progress in this course: a map in a notebook, kept in a file on this machine and nowhere else.

    `progress().export(path)` saves it, `.import_from(path)` adds a saved one, `.reset(confirm=True)` begins anew; the
    buttons of the map do the same. Raises OSError when the file cannot be read.

    >>> progress().next_step                                                   # doctest: +SKIP
    'Open lesson 0 · Start here.'
    """
    return Progress()


class Progress(CourseWidget):
    """See what you have done in every lesson and what comes next; take it to another machine, or begin anew.

    rows: one Row a lesson (progress_rows.py), in the order of the course. next_step: a sentence that says what to do
    next. message: what the last button did. The minutes of a lesson are those between its checks, quiz answers and cell
    runs, as progress_record.py defines; reading before the first check of a lesson is not seen.

    Raises OSError when the progress file cannot be read, or was written by a newer version of the course.

    >>> len(Progress().rows) > 30
    True
    """

    stem = "progress_board"

    chapters = traitlets.List(traitlets.Dict()).tag(sync=True)
    next_step = traitlets.Unicode("").tag(sync=True)
    next_link = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    kept_in = traitlets.Unicode("").tag(sync=True)  # the path of the progress file
    file = traitlets.Unicode("").tag(sync=True)  # its text, which the page offers as a download
    exports = traitlets.Int(0).tag(sync=True)  # counts the times that the page asked for a fresh one

    def __init__(self, **traits):
        super().__init__(**traits)
        self.refresh()
        self.on_msg(self._asked)

    def refresh(self):
        """Read the progress file again and show it. Returns this widget; raises OSError like progress()."""
        record = progress_file.read()
        self.rows = progress_rows.rows(record)
        row, step = progress_rows.next_step(self.rows, record)
        done = sum(row.state == "done" for row in self.rows)
        written = sum(row.state != "planned" for row in self.rows)
        with self.hold_sync():  # one message
            self.chapters = [
                {"title": title, "lessons": [_lesson(row) for row in rows]} for title, rows in self._chapters()
            ]
            self.next_step, self.next_link = step, row.address if row else ""
            self.summary = f"Your progress: {done} of {written} lessons done. Next: {step.replace('`', '')}"
            self.kept_in, self.file = str(progress_file.path()), progress_file.export()
        return self

    def export(self, path="llmcourse-progress.json"):
        """Save your progress as a JSON file under `path` and return that path.

        Raises OSError when it cannot be written.
        """
        return write_atomically(path, progress_file.export().encode())

    def import_from(self, path):
        """Add the progress that export() saved, for instance on another machine; the better result stays, and the same
        file a second time adds nothing.

        Returns this widget. Raises OSError when a file cannot be read or written, ValueError when `path` holds no
        progress of this course.
        """
        self._import(Path(path).read_text(encoding="utf-8"))
        return self

    def reset(self, confirm=False):
        """Begin anew with confirm=True. The old file is kept beside the new one; its path is in the message.

        Returns this widget. Raises ValueError without confirm=True, OSError when the file cannot be renamed.
        """
        if confirm is not True:
            raise ValueError("reset() clears your progress in all lessons. If you want that: reset(confirm=True).")
        self._reset()
        print(self.message)
        return self

    def exported_state(self):
        """As of every widget, but a page that may be passed on does not tell where files are kept on this machine."""
        return super().exported_state() | {"kept_in": ""}

    def picture(self):
        """PNG bytes: what comes next, and a line for every lesson that is written."""
        from .progress_picture import progress_picture

        return progress_picture(f"Next: {self.next_step}", list(self._chapters()))

    def __repr__(self):
        lines = []
        for chapter, rows in self._chapters():
            lines.append(chapter)
            for row in rows:
                lines.append(f"  {row.lesson.number} {row.lesson.title}: {', '.join(filter(None, row.cells))}")
        return "\n".join([*lines, f"Next: {self.next_step}"])

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle and ({**bundle[0], "text/plain": repr(self)}, bundle[1])

    def _repr_html_(self):
        return self._fallback()

    def _fallback(self):
        """The map as a table: more than a picture where no kernel runs, also for a screen reader."""
        columns = ("Lesson", "State", "Exercises", "Quiz", "Time")
        body = []
        for chapter, rows in self._chapters():
            title = html.escape(chapter)
            body.append(f'<tr><th colspan="{len(columns)}" style="{_CELL}; padding-top: 8px">{title}</th></tr>')
            for row in rows:
                if row.state != "planned":
                    cells = [_link(row), *map(html.escape, row.cells)]
                    body.append("<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>")
            planned = [f"{row.lesson.number} {row.lesson.title}" for row in rows if row.state == "planned"]
            if planned:
                names = f"<small>planned: {html.escape(', '.join(planned))}</small>"
                body.append(f'<tr><td colspan="{len(columns)}" style="{_CELL}">{names}</td></tr>')
        head = "".join(f'<th style="{_CELL}">{name}</th>' for name in columns)
        table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
        return (
            f'<p><b>Next:</b> {with_code(self.next_step)}</p><table style="border: 0; color: inherit">{table}</table>'
        )

    def _chapters(self):
        for number, rows in groupby(self.rows, lambda row: row.lesson.number[0]):
            yield f"{number} · {CHAPTERS[number]}", list(rows)

    def _import(self, text):
        progress_file.merge(progress_file.parsed(text))
        self.refresh()
        self.message = "The file was added: the better result of each exercise and question stays."

    def _reset(self):
        kept = progress_file.set_aside("before-reset")
        self.refresh()
        self.message = f"Your old progress is kept as {kept}." if kept else "There was no progress yet."

    def _asked(self, _, message, buffers):
        """What a button of the page asks for; whatever goes wrong is told in the page."""
        asked = message.get("kind") if isinstance(message, dict) else None
        if asked not in ("refresh", "export", "import", "reset"):
            return
        self.message = self.error = ""
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                if asked == "import":
                    self._import(str(message.get("text", "")))
                elif asked == "reset":
                    self._reset()
                else:
                    self.refresh()
                    self.message = "Read again: this is your progress now." if asked == "refresh" else ""
                    self.exports += asked == "export"
        except json.JSONDecodeError:
            self.error = "The file holds no progress of this course."
        except (OSError, ValueError) as problem:
            self.error = f"That did not work: {problem}" if isinstance(problem, OSError) else str(problem)
        if told:
            self.error = str(told[-1].message)


def _lesson(row):
    _, exercises, quiz, time = row.cells
    return {
        "number": row.lesson.number,
        "title": row.lesson.title,
        "state": row.state,
        "link": row.address,
        "exercises": exercises if row.exercises[1] or not exercises else f"0 of {row.exercises[2]}",
        "quiz": quiz if row.questions[1] or not quiz else f"0 of {row.questions[2]}",
        "time": time,
        "parts": [[row.exercises[0], row.exercises[2]], [row.questions[0], row.questions[2]]],
    }


def _link(row):
    title = html.escape(f"{row.lesson.number} {row.lesson.title}")
    return f'<a href="{html.escape(row.address)}">{title}</a>' if row.address else title
