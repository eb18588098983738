"""A lane judges a lesson as the tests do: passed, failed with its cell, out of memory; and keeps what it found."""

import json
import sys
from types import SimpleNamespace

import lane
import nbformat
import pytest


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """lesson(*cells): a notebook in a repository in tmp_path, and what names it."""
    monkeypatch.setattr(lane, "ROOT", tmp_path)
    monkeypatch.setattr(lane, "RESULTS", tmp_path / "results")
    (tmp_path / "tests" / "notebooks").mkdir(parents=True)
    (tmp_path / "tests" / "notebooks" / "sanitize.cfg").write_text("[none]\nregex: never\nreplace: seen\n")
    (tmp_path / "results").mkdir()

    def write(*cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, tmp_path / "a.ipynb")
        return SimpleNamespace(number="9.1", path="a.ipynb")

    return write


def test_a_lesson_passes_and_is_measured(lesson):
    row = lane.run_lesson(lesson("held = bytearray(200_000_000); import time; time.sleep(2)", "1 + 1"))
    assert (row["status"], row["cells"], row["lesson"]) == ("passed", 2, "9.1")
    assert row["seconds"] > 2 and row["peak_bytes"] > 200_000_000


def test_a_failing_cell_is_named(lesson):
    row = lane.run_lesson(lesson("1 + 1", "raise ValueError('no such thing')"))
    assert row["status"] == "failed"
    assert "Cell 1" in row["error"] and "no such thing" in row["error"]


def test_a_lesson_over_the_limit_is_stopped(lesson):
    greedy = lesson("held = bytearray(900_000_000)\nimport time; time.sleep(60)")
    row = lane.run_lesson(greedy, limit=600_000_000)
    assert row["status"] == "failed" and "more memory" in row["error"]
    assert row["seconds"] < 50


def test_a_command_that_never_came_to_pytest_says_why(lesson):
    row = lane.run_lesson(lesson("1"), prefix=[sys.executable, "-c", "import sys; sys.exit('no such place')"])
    assert (row["status"], row["error"]) == ("failed", "no such place")


def test_rows_are_kept_and_a_failure_ends_the_command(lesson, tmp_path, capsys):
    one, two = (SimpleNamespace(number=number, path=f"{number}.ipynb") for number in ("1", "2"))
    good = {"status": "passed", "seconds": 1.0, "peak_bytes": 10**9, "cells": 3}
    lane.run_lane("some", [one], lambda _: good | {"lesson": "1", "path": "1.ipynb"}, {"where": "here"})
    bad = {"status": "failed", "seconds": 1.0, "peak_bytes": 0, "error": "Cell 2: broken"}
    with pytest.raises(SystemExit, match="1 of 1 lessons fail in the lane some"):
        lane.run_lane("some", [two], lambda _: bad | {"lesson": "2", "path": "2.ipynb"}, {})
    rows = json.loads((tmp_path / "results" / "some.json").read_text())["rows"]
    assert [(row["lesson"], row["status"]) for row in rows] == [("1", "passed"), ("2", "failed")]
    assert rows[0]["where"] == "here" and rows[0]["date"].startswith("20")
    assert "Cell 2: broken" in capsys.readouterr().out


def test_a_kernel_of_another_python_is_found(lesson, tmp_path):
    """JUPYTER_PATH with our kernel `python3` goes before the environment's own."""
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "only_there.py").write_text("value = 7")
    kernels = lane.kernel_folder(sys.executable, tmp_path / "place", [tmp_path / "extra"])
    seen = lesson("import only_there; assert only_there.value == 7")
    assert lane.run_lesson(seen)["status"] == "failed"
    assert lane.run_lesson(seen, environment={"JUPYTER_PATH": str(kernels)}, current_kernel=False)["status"] == "passed"


def test_versions_of_an_environment():
    found = lane.versions(sys.executable, "pytest")
    assert found["pytest"] == pytest.__version__ and found["python"].startswith("3.")
