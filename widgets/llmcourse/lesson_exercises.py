"""Rules for the exercises and the quiz of a lesson: statement, hint, solution that passes, check; questions."""

import re

from . import checks, quizzes

CALL = re.compile(r'^check\("([\w.]+)", (\w+)\)', re.MULTILINE)
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
LEAST = {"0": 1}  # exercises of a lesson; four unless named here
PREAMBLE = "import math\nimport torch\nimport numpy as np\n"


def exercises_are_whole(stored):
    found = list(_exercises(stored))
    least = LEAST.get(stored.lesson.number, 4)
    if len(found) < least:
        yield "", f"{len(found)} exercises are checked", f"at least {least}"
    for statement, cell, name, _ in found:
        for what, pattern in (
            ("difficulty", "[●○]{3}"),
            ("time", r"\d+ minutes?"),
            ("hint", "<summary>Hint</summary>"),
            ("solution", SOLUTION.pattern),
        ):
            if not re.search(pattern, statement, re.DOTALL):
                yield (
                    cell.id,
                    f"the exercise {name} has no {what}",
                    "●○○ · 3 minutes, hint and solution above it",
                )
        try:
            if len(checks.find(name).mistakes) < 3:
                yield cell.id, f"{name} knows fewer than three mistakes", "at least three, each with its name"
        except LookupError:
            yield cell.id, f"there is no exercise {name}", f"a module in checks/{stored.lesson.topic}/"


def solutions_pass(stored):
    """The solution that the lesson prints is judged as a learner's answer would be."""
    from .checking import judge

    for statement, cell, name, answer in _exercises(stored):
        printed = SOLUTION.search(statement)
        if not printed or name not in {each.name for each in checks.exercises(name.partition(".")[0])}:
            continue  # told by exercises_are_whole
        space = {}
        try:
            exec(PREAMBLE + printed[1], space)
            status = judge(checks.find(name), space.get(answer)).status
        except Exception as problem:
            status = f"{type(problem).__name__}: {problem}"
        if status != "passed":
            yield cell.id, f"the printed solution of {name} does not pass ({status})", f"one that defines {answer}"


def quiz_is_there(stored):
    topic = stored.lesson.topic
    if not any(f'quiz("{topic}")' in cell.source for cell in stored.code):
        yield "", "no cell asks the quiz", f'quiz("{topic}")'
    if topic not in quizzes.topics():
        yield "", f"there is no quiz on {topic}", f"quizzes/{topic}.toml with 3 to 6 questions"


def _exercises(stored):
    """(statement, cell, name, answer) for each check of the lesson."""
    cells = stored.notebook.cells
    for place, cell in enumerate(cells):
        if cell.cell_type == "code":
            for name, answer in CALL.findall(cell.source):
                yield cells[place - 1].source, cell, name, answer
