"""Where the lessons are: a lesson by its number, and those that are written."""

import ast
import sys
from pathlib import Path

from .course_map import LESSONS

ROOT = Path(__file__).parents[2]


def written():
    """The lessons whose notebook is there, in the order of the course."""
    return [lesson for lesson in LESSONS if (ROOT / lesson.path).exists()]


def find_lesson(number):
    """The lesson with this number, as in the course map; exits with the numbers that exist.

    >>> find_lesson("2.2").path
    'course/2_architecture/2_attention.ipynb'
    """
    lesson = planned(number)
    if not (ROOT / lesson.path).exists():
        sys.exit(f"Lesson {number} ({lesson.title}) is not written yet. `make new-lesson LESSON={number}` begins it.")
    return lesson


def planned(number):
    """The lesson with this number, written or not; exits with the numbers that can be run where the map has none."""
    for lesson in LESSONS:
        if lesson.number == str(number):
            return lesson
    there = ", ".join(lesson.number for lesson in written())
    sys.exit(f"There is no lesson {number}. These can be run: {there}.")


def parameter_names(notebook):
    """The names that a notebook's cell tagged `parameters` sets: what a run may change.

    >>> import nbformat
    >>> cell = nbformat.v4.new_code_cell("SEED = 0", metadata={"tags": ["parameters"]})
    >>> parameter_names(nbformat.v4.new_notebook(cells=[cell]))
    ['SEED']
    """
    names = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            for line in ast.parse(cell.source).body:
                targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
                names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names
