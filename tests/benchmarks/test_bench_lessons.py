"""Lessons are measured in a kernel of their own; one that fails is named with its cell and fails the command."""

import json

import bench_lessons
import nbformat
import pytest


@pytest.fixture
def course(tmp_path, monkeypatch):
    """course(name, *cells): a notebook under course/ of a repository in tmp_path."""
    monkeypatch.setattr(bench_lessons, "ROOT", tmp_path)

    def add(name, *cells):
        path = tmp_path / "course" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)

    return add


def test_time_and_memory_of_a_notebook(course):
    course("a.ipynb", "import time; time.sleep(0.5)", "held = bytearray(300_000_000); del held")
    row = bench_lessons.measure("1.1", "course/a.ipynb")
    assert "failed" not in row
    assert 0.5 < row["seconds"] < 60
    assert 300_000_000 < row["peak_bytes"] < 700_000_000
    assert 0 < row["yardstick_s"] < 10


def test_a_failing_cell_is_named(course):
    course("a.ipynb", "1 + 1", "raise ValueError('no such thing')", "2 + 2")
    row = bench_lessons.measure("1.1", "course/a.ipynb")
    assert row["failed"] == "cell 2: ValueError: no such thing"
    assert bench_lessons.budgets([row]) == [], "a lesson that fails meets no budget"


def test_the_outputs_of_a_measured_run_can_be_stored(course, tmp_path):
    course("a.ipynb", "1 + 1")
    bench_lessons.measure("1.1", "course/a.ipynb", keep=True)
    (cell,) = nbformat.read(tmp_path / "course" / "a.ipynb", 4).cells
    assert cell.outputs[0]["data"]["text/plain"] == "2"
    course("a.ipynb", "1 + 1", "1 / 0")
    bench_lessons.measure("1.1", "course/a.ipynb", keep=True)
    assert all(not cell.outputs for cell in nbformat.read(tmp_path / "course" / "a.ipynb", 4).cells)


def test_every_notebook_is_found_and_checkpoints_are_not(course):
    course("0_start_here.ipynb", "1")
    course("9_more/extra.ipynb", "1")
    course(".ipynb_checkpoints/0_start_here.ipynb", "1")
    assert bench_lessons.notebooks() == [
        ("0", "course/0_start_here.ipynb"),
        ("course/9_more/extra.ipynb", "course/9_more/extra.ipynb"),
    ]


def test_budgets_name_the_lesson_that_comes_closest():
    rows = [
        {"lesson": "2.2", "seconds": 95.0, "peak_bytes": 1.1e9},
        {"lesson": "2.4", "seconds": 60.0, "peak_bytes": 1.9e9},
        {"lesson": "2.5", "seconds": 170.0, "peak_bytes": 1.2e9},
    ]
    lines = {line["what"]: (line["measured"], line["met"]) for line in bench_lessons.budgets(rows)}
    assert lines == {
        "slowest lesson (2.2)": (95.0, False),
        "slowest lesson that trains (2.5)": (170.0, True),
        "3 lessons, all together": (325.0, True),
        "largest kernel of a lesson (2.4)": (1.9e9, True),
    }


def test_one_lesson_measured_anew_leaves_the_others(course, tmp_path, monkeypatch):
    import measurements

    for module in (bench_lessons, measurements):
        monkeypatch.setattr(module, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(bench_lessons, "prepare", lambda: None)
    monkeypatch.setenv("LLMCOURSE_PROGRESS", "")  # main() sets it; put back after the test
    course("0_start_here.ipynb", "1")
    course("broken.ipynb", "raise ValueError('boom')")
    with pytest.raises(SystemExit, match="course/broken.ipynb, cell 1: ValueError: boom"):
        bench_lessons.main([])
    course("broken.ipynb", "1")
    before = json.loads((tmp_path / "results" / "lessons.json").read_text())["rows"]
    bench_lessons.main(["course/broken.ipynb"])
    after = json.loads((tmp_path / "results" / "lessons.json").read_text())["rows"]
    assert [row["path"] for row in after] == ["course/0_start_here.ipynb", "course/broken.ipynb"]
    assert after[0] == before[0] and "failed" not in after[1]
