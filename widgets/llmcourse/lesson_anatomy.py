"""The anatomy of a lesson as code: every rule that a stored lesson keeps, and what is wrong where one is broken.

A rule is a function from a `Stored` lesson to (cell id, what is wrong, what would be right) for each place where it is
broken. `make check-lessons` and the tests hold lessons to the same `RULES`.
"""

from dataclasses import dataclass
from pathlib import Path

from . import lesson_files
from .course_map import Lesson
from .curriculum import covers_its_row
from .lesson_cells import (
    at_a_glance_is_measured,
    cells_are_short,
    compared_outputs_are_there,
    figures_are_labelled,
    ids_are_words,
    nothing_is_on_stderr,
    outputs_are_clean,
    size_is_small,
)
from .lesson_exercises import exercises_are_whole, quiz_is_there, solutions_pass
from .lesson_order import (
    a_widget_is_shown,
    at_a_glance_is_whole,
    nothing_is_left_to_do,
    parameters_can_be_changed,
    parts_stand_in_order,
    proof_asserts,
    puzzle_is_answered,
    setup_adds_only_what_is_missing,
    sources_are_named,
    steps_are_there,
    summary_is_short,
    title_is_the_maps,
)
from .lesson_prose import (
    badges_follow_the_repository,
    headings_step_down,
    links_are_good,
    pictures_have_words,
    prose_is_short,
)


@dataclass(frozen=True)
class Stored:
    """A lesson of the map with its notebook as it is stored, and the root of the repository it stands in."""

    lesson: Lesson
    notebook: object
    root: Path

    @property
    def path(self):
        return self.root / self.lesson.path

    @property
    def code(self):
        """The code cells, in order."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def markdown(self):
        """The Markdown cells, in order."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "markdown"]

    @property
    def text(self):
        """All sources in one text."""
        return "\n\n".join(cell.source for cell in self.notebook.cells)

    def tagged(self, tag):
        return [cell for cell in self.notebook.cells if tag in cell.metadata.get("tags", [])]

    def place(self, cell_id):
        """The position of a cell, or None."""
        return next((place for place, cell in enumerate(self.notebook.cells) if cell.id == cell_id), None)

    def source(self, cell_id):
        """The source of a cell; empty where there is no such cell."""
        place = self.place(cell_id)
        return "" if place is None else self.notebook.cells[place].source


@dataclass(frozen=True)
class Finding:
    """A broken rule: in which cell of which lesson (path), what is wrong, and what would be right."""

    path: str
    rule: str
    cell: str
    wrong: str
    right: str

    def __str__(self):
        return f"{self.path}, cell {self.cell or '(none)'} [{self.rule}]: {self.wrong}. Right: {self.right}."


def read_lesson(lesson):
    """The stored lesson of a lesson of the map."""
    import nbformat

    return Stored(lesson, nbformat.read(lesson_files.ROOT / lesson.path, 4), lesson_files.ROOT)


def check_lesson(lesson, rules=None):
    """The findings in a lesson, by all rules or by those named; an empty list where it keeps them all.

    >>> from llmcourse.lesson_files import find_lesson
    >>> check_lesson(find_lesson("2.2"), ["title"])
    []
    """
    return findings(read_lesson(lesson), rules)


def findings(stored, rules=None):
    """The findings in a `Stored` lesson."""
    return [
        Finding(stored.lesson.path, name, *told)
        for name, rule in RULES.items()
        if rules is None or name in rules
        for told in rule(stored)
    ]


RULES = {
    "title": title_is_the_maps,
    "badges": badges_follow_the_repository,
    "at-a-glance": at_a_glance_is_whole,
    "measured": at_a_glance_is_measured,
    "setup": setup_adds_only_what_is_missing,
    "parameters": parameters_can_be_changed,
    "order": parts_stand_in_order,
    "puzzle": puzzle_is_answered,
    "steps": steps_are_there,
    "prose": prose_is_short,
    "widget": a_widget_is_shown,
    "exercises": exercises_are_whole,
    "solutions": solutions_pass,
    "proof": proof_asserts,
    "quiz": quiz_is_there,
    "summary": summary_is_short,
    "sources": sources_are_named,
    "headings": headings_step_down,
    "links": links_are_good,
    "pictures": pictures_have_words,
    "figures": figures_are_labelled,
    "cells": cells_are_short,
    "ids": ids_are_words,
    "outputs": outputs_are_clean,
    "stderr": nothing_is_on_stderr,
    "compared": compared_outputs_are_there,
    "size": size_is_small,
    "curriculum": covers_its_row,
    "todo": nothing_is_left_to_do,
}
