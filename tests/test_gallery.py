"""The gallery: one list, and the notebook, the README and the code are in step with it."""

import inspect
from pathlib import Path

import llmcourse
import nbformat
import pytest
from llmcourse import gallery
from llmcourse.course_widget import CourseWidget
from widget_examples import STEMS

ROOT = Path(__file__).parents[1]
ENTRIES = [entry for entries in gallery.GROUPS.values() for entry in entries]


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(ROOT / gallery.PATH, 4)


def test_every_widget_is_shown_once():
    names = [entry.name for entry in ENTRIES]
    assert len(set(names)) == len(names)
    public = {name: getattr(llmcourse, name) for name in dir(llmcourse)}
    kinds = {name for name, it in public.items() if inspect.isclass(it) and issubclass(it, CourseWidget)}
    assert kinds <= {*names, "Quiz", "Progress"}
    assert {public[name].stem for name in kinds} == set(STEMS)
    assert all(callable(public[name]) for name in names)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_sentence_and_at_most_three_lines(entry):
    assert entry.sentence.endswith(".")
    assert entry.sentence.count(". ") == 0
    assert 1 <= len(entry.code.splitlines()) <= 3
    assert entry.name in entry.code
    assert max(map(len, entry.code.splitlines())) <= 120


def test_the_stored_notebook_is_the_list(stored):
    fresh = gallery.notebook()
    assert [(cell.id, cell.source) for cell in stored.cells] == [(cell.id, cell.source) for cell in fresh.cells]


def test_the_stored_notebook_holds_each_widget_as_a_picture_with_words(stored):
    assert "widgets" not in stored.metadata
    assert (ROOT / gallery.PATH).stat().st_size <= 1_000_000
    for entry in ENTRIES:
        cell = next(cell for cell in stored.cells if cell.id == entry.name)
        data = [output.data for output in cell.outputs if "data" in output]
        assert data, entry.name
        assert "text/html" in data[-1]
        assert all(output.output_type != "error" and output.get("name") != "stderr" for output in cell.outputs)


def test_the_readme_shows_the_list():
    assert gallery.table() in (ROOT / "README.md").read_text(encoding="utf-8")
