"""The lesson tools: run with parameters, refresh in place, tidy; a failing lesson loses nothing."""

import nbformat
import pytest
from llmcourse import lessons
from llmcourse.course_map import Lesson

WIDGET = 'from llmcourse import TokenView, load_model\nview = TokenView("a b", load_model()[1])\nview'


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lesson, 9.1, in a folder of its own; returns a function that writes its cells."""
    monkeypatch.setattr(lessons, "ROOT", tmp_path)
    monkeypatch.setattr(lessons, "LESSONS", [Lesson("9.1", "course/one.ipynb", "One", "one")])

    def write(*sources):
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{place}") for place, source in enumerate(sources)]
        cells[0].metadata["tags"] = ["parameters"]
        path = tmp_path / "course" / "one.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(lessons.tidy(nbformat.v4.new_notebook(cells=cells)), path)
        return path

    return write


def outputs(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [cell.outputs for cell in cells]


def test_run_takes_parameters_and_keeps_copy_and_page(course, tmp_path, capsys):
    source = course("x = 1", "print(x * 2)")
    before = source.read_text()
    lessons.main(["run", "9.1", "-p", "x", "21"])
    assert "42" in outputs(tmp_path / "out" / "9.1" / "one.ipynb")[2][0].text
    assert "42" in (tmp_path / "out" / "9.1" / "one.html").read_text()
    assert source.read_text() == before
    assert "one.html" in capsys.readouterr().out


def test_a_failing_lesson_keeps_its_copy_and_page(course, tmp_path):
    course("x = 1", "1 / 0", "print('never')")
    with pytest.raises(Exception, match="division by zero"):
        lessons.run("9.1", {}, tmp_path / "kept")
    assert "ZeroDivisionError" in (tmp_path / "kept" / "one.html").read_text()


def test_refresh_stores_outputs_without_what_dies_with_the_kernel(course):
    path = course("x = 1", WIDGET)
    lessons.refresh("9.1")
    notebook = nbformat.read(path, 4)
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in notebook.cells] == ["cell-0", "cell-1"]
    data = notebook.cells[1].outputs[0].data
    assert lessons.WIDGET_VIEW not in data
    assert data["text/html"].startswith("<img alt=")


def test_a_failing_refresh_leaves_the_file_as_it_was(course):
    path = course("x = 1", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Exception, match="division by zero"):
        lessons.refresh("9.1")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_an_unknown_lesson_names_those_there_are(course):
    course("x = 1")
    with pytest.raises(SystemExit, match="no lesson 3.9.*can be run: 9.1"):
        lessons.find_lesson("3.9")


def test_a_planned_lesson_says_so(course):
    with pytest.raises(SystemExit, match="not written yet"):
        lessons.find_lesson("9.1")


@pytest.mark.parametrize("text, value", [("3", 3), ("0.5", 0.5), ("True", True), ("In the year", "In the year")])
def test_parameters_are_read_as_python_would(text, value):
    assert lessons._value(text) == value
