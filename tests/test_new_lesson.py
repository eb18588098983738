"""The skeleton of a lesson has every part, runs as it is, is told apart from a finished one, and overwrites nothing."""

import ast
import re
import tomllib

import nbformat
import pytest
from llmcourse import lesson_files, lessons, new_lesson, quizzes
from llmcourse.course_map import LESSONS
from llmcourse.lesson_anatomy import Stored, findings, read_lesson
from llmcourse.new_lesson import skeleton, write_skeleton

PLANNED = [lesson for lesson in LESSONS if lesson not in lesson_files.written()]
LESSON = PLANNED[0]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(lesson_files, "ROOT", tmp_path)
    results = tmp_path / "tests" / "benchmarks" / "results"
    results.mkdir(parents=True)
    (results / "lessons.json").write_text('{"rows": []}')
    return tmp_path


def test_the_command_writes_all_that_a_lesson_needs(root, capsys):
    lessons.main(["new", LESSON.number])
    written = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    package = "widgets/llmcourse"
    assert written - {"tests/benchmarks/results/lessons.json"} == {
        LESSON.path,
        f"{package}/checks/{LESSON.topic}/__init__.py",
        f"{package}/checks/{LESSON.topic}/first.py",
        f"{package}/quizzes/{LESSON.topic}.toml",
    }
    assert f"wrote {LESSON.path}" in capsys.readouterr().out


@pytest.mark.parametrize("place", range(4))
def test_no_file_is_written_over(root, place):
    paths = write_skeleton(LESSON)
    kept = paths[place]
    for path in paths:
        path.unlink()
    kept.write_text("mine")
    with pytest.raises(SystemExit, match=re.escape(f"{kept.relative_to(root)} is there already; nothing was written.")):
        lessons.main(["new", LESSON.number])
    assert kept.read_text() == "mine"
    assert [path for path in paths if path.exists()] == [kept]


def test_a_lesson_that_is_not_on_the_map_is_one_sentence(root):
    with pytest.raises(SystemExit, match="There is no lesson 9.9."):
        lessons.main(["new", "9.9"])


@pytest.mark.parametrize("lesson", PLANNED, ids=lambda lesson: lesson.number)
def test_every_skeleton_is_a_valid_notebook_with_the_whole_anatomy(lesson):
    notebook = skeleton(lesson)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "%pip" not in cell.source:
            ast.parse(cell.source)
    told = findings(Stored(lesson, notebook, lesson_files.ROOT), ["title", "badges", "setup", "parameters", "order"])
    told += findings(
        Stored(lesson, notebook, lesson_files.ROOT), ["puzzle", "steps", "widget", "proof", "headings", "links", "ids"]
    )
    assert told == [], "what the skeleton can know is right from the start"


def test_each_todo_is_a_finding_and_nothing_passes_for_finished(root):
    write_skeleton(LESSON)
    told = findings(read_lesson(LESSON))
    todos = [each for each in told if each.rule == "todo"]
    lines = [line for cell in read_lesson(LESSON).notebook.cells for line in cell.source.splitlines()]
    assert len(todos) == sum("TODO" in line for line in lines) + 3, (
        "each line of the notebook, and the three files beside it"
    )
    assert {"at-a-glance", "measured", "exercises", "outputs", "compared", "curriculum", "sources"} <= {
        each.rule for each in told
    }


def test_the_exercise_and_the_quiz_are_such(root):
    import torch

    *_, first, quiz = write_skeleton(LESSON)
    source = first.read_text().replace("from ...exercise", "from llmcourse.exercise")
    space = {}
    exec(compile(source, str(first), "exec"), space)
    exercise = space["EXERCISE"]
    assert exercise.topic == LESSON.topic and len(exercise.mistakes) == 3
    assert torch.equal(exercise.solution(*exercise.inputs(3)), 2 * exercise.inputs(3)[0])
    title, questions = quizzes.parsed(quiz.read_text())
    assert (title, len(questions)) == (LESSON.title, 3)


def test_a_title_with_a_quotation_mark_stays_valid():
    from dataclasses import replace

    assert (
        tomllib.loads(new_lesson.quiz_file(replace(LESSON, title='The "best" \\ way')))["title"] == 'The "best" \\ way'
    )


def test_the_skeleton_runs_as_it_is(root):
    """Its cells run in order but for the quiz and the check, whose files are not in the package yet."""
    space = {}
    for cell in skeleton(LESSON).cells:
        if cell.cell_type == "code" and cell.id not in ("setup", "quiz", "exercise-first-try"):
            exec(cell.source, space)
    assert space["ours"].tolist() == space["library"].tolist()
