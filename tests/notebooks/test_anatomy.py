"""What every stored lesson must be: the anatomy of a lesson, small, clean, with its outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from llmcourse import check, checks, gallery
from llmcourse.course_map import LESSONS
from llmcourse.lessons import WIDGET_VIEW
from llmcourse.repository import REPOSITORY, binder_url, colab_url

ROOT = Path(__file__).parents[2]
WRITTEN = [lesson for lesson in LESSONS if (ROOT / lesson.path).exists()]
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)


@pytest.fixture(params=WRITTEN, ids=lambda lesson: lesson.number)
def lesson(request):
    return request.param


@pytest.fixture
def notebook(lesson):
    return nbformat.read(ROOT / lesson.path, 4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def test_every_lesson_of_the_course_folder_is_on_the_map():
    notebooks = {path.relative_to(ROOT).as_posix() for path in (ROOT / "course").rglob("*.ipynb")}
    notebooks = {path for path in notebooks if ".ipynb_checkpoints" not in path}
    assert notebooks == {lesson.path for lesson in WRITTEN} | {gallery.PATH}
    assert len(notebooks) >= 3


def test_title_and_badges(lesson, notebook):
    opening = notebook.cells[0].source
    number = "" if lesson.number == "0" else f"{lesson.number} · "
    assert opening.startswith(f"# {number}{lesson.title}\n")
    assert colab_url(lesson.path) in opening
    assert binder_url(lesson.path) in opening


def test_at_a_glance_says_what_it_costs(notebook):
    glance = next(cell.source for cell in notebook.cells if cell.id == "at-a-glance")
    assert re.search(r"\d+ minutes", glance)
    assert re.search(r"\d+ s\b", glance), "the measured run time"
    assert re.search(r"[\d.]+ GB", glance), "the measured peak of memory"


def test_setup_installs_only_what_is_missing(notebook):
    setup = next(cell.source for cell in notebook.cells if cell.id == "setup")
    assert "--no-deps" in setup
    assert f"git+https://github.com/{REPOSITORY}" in setup
    assert "--upgrade" not in setup
    assert len(tagged(notebook, "parameters")) == 1


def test_stored_outputs_are_whole_and_clean(lesson, notebook):
    assert "widgets" not in notebook.metadata
    assert (ROOT / lesson.path).stat().st_size <= 1_000_000
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "executed once, from top to bottom"
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error" or "raises-exception" in cell.metadata.get("tags", [])
            assert output.get("name") != "stderr", f"{cell.id} stores a warning: {output.get('text', '')[:200]}"
            assert WIDGET_VIEW not in output.get("data", {})


def test_outputs_that_are_compared_are_there(lesson, notebook):
    compared = tagged(notebook, "nbval-check-output")
    assert len(compared) >= (10 if lesson.number != "0" else 2)
    for cell in compared:
        assert cell.outputs, f"{cell.id} is tagged to be compared and stores nothing"


def test_cells_are_short_and_named(notebook):
    lengths = sorted(cell.source.count("\n") + 1 for cell in code_cells(notebook))
    assert lengths[len(lengths) // 2] <= 7
    assert lengths[-1] <= 30
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z][a-z0-9-]+", cell.id), f"{cell.id}: a stable, readable cell id"


def test_headings_step_down_one_at_a_time(notebook):
    levels = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
            levels += [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_pictures_have_alternative_text(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert all(text for text in re.findall(r"!\[(.*?)\]\(", cell.source)), cell.id


def test_exercises_are_solved_by_the_printed_solution(lesson, notebook):
    named = set()
    for position, cell in enumerate(notebook.cells):
        for name in re.findall(r'^check\("([\w.]+)"', cell.source, re.MULTILINE):
            named.add(name)
            statement = notebook.cells[position - 1].source
            assert "<summary>Hint</summary>" in statement, name
            solved = SOLUTION.search(statement)
            assert solved, f"{name} shows no solution"
            space = {}
            setup = "import math\nimport torch\nimport numpy as np\n"
            exec(setup + solved[1], space)
            answer = re.search(rf'^check\("{re.escape(name)}", (\w+)\)', cell.source, re.MULTILINE)[1]
            assert check(name, space[answer]).status == "passed", name
            assert checks.find(name).mistakes
    least = {"0": 1}.get(lesson.number, 4)
    assert len(named) >= least


def test_the_quiz_of_the_lesson_is_there(lesson, notebook):
    assert any(f'quiz("{lesson.topic}")' in cell.source for cell in code_cells(notebook))


def test_the_lesson_ends_with_sources(notebook):
    last = notebook.cells[-1].source
    assert 3 <= len(re.findall(r"\]\(https://", last)) <= 9
