"""The form for authors: skeletons, and notebook cells that are derived from the exercise."""

import importlib.util
import sys

import pytest
from llmcourse import check, checks
from llmcourse.checking import judge
from llmcourse.exercise_authoring import main, statement_cell, stub_cell, write_skeleton

EXERCISES = [exercise for topic in checks.topics() for exercise in checks.exercises(topic)]
SETUP = "import math\nimport torch\nimport numpy as np\n"
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@each_exercise
def test_the_printed_solution_runs_on_its_own_and_passes(exercise):
    cell = statement_cell(exercise)
    source = cell.partition("```python\n")[2].partition("\n```")[0]
    space = {}
    exec(SETUP + source, space)
    answer = stub_cell(exercise).rpartition(", ")[2].rstrip(")")
    assert judge(exercise, space[answer]).status == "passed"
    assert f"\n\n{exercise.statement}\n\n<details><summary>Hint</summary>\n\n{exercise.hint}\n</details>\n" in cell
    assert f"· {exercise.minutes} minutes\n" in cell


@each_exercise
def test_the_stub_cell_runs_and_is_not_attempted(exercise):
    *lines, last = stub_cell(exercise).splitlines()
    space = {}
    exec("\n".join(lines), space)
    assert eval(last, space).status == "not attempted"


def test_a_skeleton_is_an_exercise_and_is_listed(tmp_path, monkeypatch):
    for short in ("sigmoid", "clip", "norm"):
        module = write_skeleton(f"math.{short}", tmp_path)
    package = (tmp_path / "math" / "__init__.py").read_text()
    assert package == (
        '"""Lesson 1.1: Mathematics."""\n\nfrom . import clip, norm, sigmoid\n\n'
        "EXERCISES = [\n    sigmoid.EXERCISE,\n    clip.EXERCISE,\n    norm.EXERCISE,\n]\n"
    )
    name = "llmcourse.checks.math.norm"
    monkeypatch.setitem(sys.modules, "llmcourse.checks.math", checks)
    spec = importlib.util.spec_from_file_location(name, module)
    skeleton = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, skeleton)
    spec.loader.exec_module(skeleton)
    assert skeleton.EXERCISE.name == "math.norm"
    assert judge(skeleton.EXERCISE, skeleton.EXERCISE.solution).status == "passed"
    assert "def norm(numbers):" in stub_cell(skeleton.EXERCISE)
    with pytest.raises(FileExistsError, match="is there already"):
        write_skeleton("math.norm", tmp_path)


@pytest.mark.parametrize("name", ["", "norm", "math.", "math.Norm", "math.a.b", "../math.norm", "math.9"])
def test_a_name_that_is_none_is_told(name, tmp_path):
    with pytest.raises(ValueError, match="name must be"):
        write_skeleton(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_topic_without_a_lesson_is_told(tmp_path):
    with pytest.raises(ValueError, match="name must begin with the topic of a lesson: start, math"):
        write_skeleton("cooking.rice", tmp_path)


def test_the_command_line(capsys):
    assert main(["cells", "start.next_token"]) == 0
    told = capsys.readouterr().out
    assert "--- Markdown, cell id exercise-next-token ---" in told and "def next_token(logits):" in told
    assert main(["cells", "start.next"]) == 2
    assert "Did you mean 'start.next_token'" in capsys.readouterr().out
    assert main(["new", "start.next_token"]) == 2
    assert "is there already" in capsys.readouterr().out


def test_check_reaches_the_shown_example():
    assert check("start.next_token", checks.find("start.next_token").solution).status == "passed"
