"""New exercises in ten minutes: `python -m llmcourse.exercise new <topic>.<exercise>` and `… cells <topic>.<exercise>`.

new: a module's skeleton in `checks/<topic>/`, listed there. cells: the two notebook cells of an exercise, derived
from its module: the statement with goal, difficulty, minutes, hint and folded solution, and the stub with its check.
"""

import argparse
import ast
import inspect
import re
from pathlib import Path

from . import checks
from .atomic import write_atomically
from .course_map import LESSONS

FOLDER = Path(checks.__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def statement_cell(exercise):
    """The Markdown cell of an exercise: what is asked, the hint and the solution folded below it.

    >>> statement_cell(checks.find("start.next_token")).splitlines()[0]
    '### Exercise: next token ●○○ · 3 minutes'
    """
    title = exercise.name.partition(".")[2].replace("_", " ")
    dots = "●" * exercise.difficulty + "○" * (3 - exercise.difficulty)
    minutes = f"{exercise.minutes} minute{'s' if exercise.minutes > 1 else ''}"
    return "\n".join(
        [
            f"### Exercise: {title} {dots} · {minutes}",
            "",
            exercise.statement.strip() or exercise.goal,
            "",
            _folded("Hint", exercise.hint),
            _folded("Solution", f"```python\n{_solution(exercise)}\n```"),
        ]
    )


def stub_cell(exercise):
    """The code cell of an exercise: an empty function with the right parameters (or a name to fill), and its check.

    >>> print(stub_cell(checks.find("attention.kv_cache_bytes")))
    from llmcourse import check
    <BLANKLINE>
    kv_cache_bytes = ...
    <BLANKLINE>
    check("attention.kv_cache_bytes", kv_cache_bytes)
    """
    answer, gap = _answer(exercise), "\n\n"
    stub = f"{answer} = ..."
    if exercise.cases:
        stub, gap = f"def {answer}{inspect.signature(exercise.solution)}:\n    # your code here\n    ...", "\n\n\n"
    return gap.join(["from llmcourse import check", stub, f'check("{exercise.name}", {answer})'])


def write_skeleton(name, folder=FOLDER):
    """Write the module of a new exercise below `folder` and list it in its topic; returns the module's path.

    Raises ValueError for a name that is no `<topic>.<exercise>` of a lesson on the map, FileExistsError where the
    module is there already.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must be <topic>.<exercise> in small letters, digits and _, not {name!r}.")
    topic, _, short = name.partition(".")
    lesson = next((lesson for lesson in LESSONS if lesson.topic == topic), None)
    if lesson is None:
        raise ValueError(f"name must begin with the topic of a lesson: {', '.join(each.topic for each in LESSONS)}.")
    module = Path(folder) / topic / f"{short}.py"
    if module.exists():
        raise FileExistsError(f"{module} is there already.")
    module.parent.mkdir(parents=True, exist_ok=True)
    package = module.parent / "__init__.py"
    before = package.read_text() if package.exists() else f'"""Lesson {lesson.number}: {lesson.title}."""\n'
    write_atomically(module, _SKELETON.replace("NAME", name).replace("SHORT", short).encode())
    write_atomically(package, _listed(before, short).encode())
    return module


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m llmcourse.exercise", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("new", help="write the skeleton of an exercise").add_argument("name")
    commands.add_parser("cells", help="print the notebook cells of an exercise").add_argument("name")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "new":
            print(f"{write_skeleton(chosen.name)}\n{_NEXT.replace('NAME', chosen.name)}")
        else:
            exercise = checks.find(chosen.name)
            cell = "exercise-" + exercise.name.partition(".")[2].replace("_", "-")
            print(f"--- Markdown, cell id {cell} ---\n{statement_cell(exercise)}\n")
            print(f"--- Code, cell id {cell}-try ---\n{stub_cell(exercise)}")
    except (LookupError, ValueError, FileExistsError) as problem:
        print(problem)
        return 2
    return 0


def _answer(exercise):
    """What the notebook calls the learner's answer."""
    return exercise.solution.__name__ if exercise.cases else exercise.name.partition(".")[2]


def _solution(exercise):
    source = exercise.solution_source
    if exercise.cases or callable(exercise.solution):
        return source
    return f"{_answer(exercise)} = {source or repr(exercise.solution)}"


def _folded(title, body):
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>"


def _listed(package, short):
    """The source of a topic's `__init__.py` with one more module in its imports and at the end of its list."""
    tree = ast.parse(package)
    listed = next((node.value.elts for node in tree.body if isinstance(node, ast.Assign)), [])
    modules = [element.value.id for element in listed] + [short]
    imports = f"from . import {', '.join(sorted(modules))}"
    if len(imports) > 120:
        imports = "from . import (\n" + "".join(f"    {module},\n" for module in sorted(modules)) + ")"
    entries = "".join(f"    {module}.EXERCISE,\n" for module in modules)
    return f'"""{ast.get_docstring(tree)}"""\n\n{imports}\n\nEXERCISES = [\n{entries}]\n'


_NEXT = """Next: replace every TODO, then
  python -m pytest tests/test_exercises.py -k NAME
  python -m llmcourse.exercise cells NAME"""

_SKELETON = '''"""Exercise: TODO: the goal in one sentence."""

import torch

from ...exercise import Exercise, Mistake


def SHORT(numbers):
    return numbers  # TODO: the right answer; only torch, math and np, for the learner reads this


def first_mistake(numbers):
    return numbers  # TODO: what somebody writes who has misunderstood it


def second_mistake(numbers):
    return numbers  # TODO


def third_mistake(numbers):
    return numbers  # TODO


def make_numbers(size, generator):
    """A vector of 2 · size numbers."""  # TODO: small inputs first, on which no two mistakes agree
    return (torch.randn(2 * size, generator=generator),)


EXERCISE = Exercise(
    name="NAME",
    goal="TODO: the goal in one sentence.",
    statement="TODO: what comes in, with shapes, and what goes out. A worked value: for `…` it is `…`.",
    solution=SHORT,
    cases=make_numbers,
    mistakes=[
        Mistake("TODO: its name", first_mistake, "TODO: one or two sentences that help."),
        Mistake("TODO: its name, too", second_mistake, "TODO"),
        Mistake("TODO: its own name", third_mistake, "TODO"),
    ],
    hint="TODO: what helps when no mistake is recognised.",
    second_hint="TODO: the next step, short of the solution.",
    difficulty=2,
    minutes=5,
)
'''
