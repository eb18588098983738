"""The skeleton of a lesson: a notebook with the whole anatomy, a first exercise and a quiz, each gap marked TODO."""

import json

from . import lesson_files
from .atomic import write_atomically
from .lesson_profiles import PROFILES
from .lesson_store import tidy
from .repository import REPOSITORY, binder_url, colab_url

BADGES = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab}) "
    "[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({binder})"
)
STEPS = 3
EXERCISE = '''"""Exercise: TODO the goal in one sentence."""

import torch

from ...exercise import Exercise, Mistake


def double(x):
    return 2 * x


def square(x):
    return x * x


def unchanged(x):
    return x.clone()


def negative(x):
    return -2 * x


def make_vector(size, generator):
    return (torch.randn(size, generator=generator),)


EXERCISE = Exercise(
    name="{topic}.first",
    goal="TODO the goal in one sentence.",
    solution=double,
    cases=make_vector,
    mistakes=[
        Mistake("squared", square, "TODO what whoever squares has misunderstood, and what helps."),
        Mistake("unchanged", unchanged, "TODO what is missing."),
        Mistake("wrong sign", negative, "TODO where the sign comes from."),
    ],
    hint="TODO what helps when no mistake is recognised.",
)
'''
EXERCISES = '''"""Lesson {number}: TODO what its exercises build, from the first to the last."""

from . import first

EXERCISES = [first.EXERCISE]
'''
QUESTION = """
[[question]]
id = "question-{place}"
kind = "single"
text = "TODO question {place}"
[[question.option]]
text = "TODO the right one"
right = true
reason = "TODO what is right about it."
[[question.option]]
text = "TODO a likely misconception"
right = false
reason = "TODO what somebody who picks it has misunderstood."
[[question.option]]
text = "TODO another one"
right = false
reason = "TODO what somebody who picks it has misunderstood."
"""


def write_skeleton(lesson):
    """Write the notebook, `checks/<topic>/` and `quizzes/<topic>.toml` of a lesson of the map; return their paths.

    Raises ValueError, and writes nothing, where one of them is there already.
    """
    import nbformat

    package = lesson_files.ROOT / "widgets" / "llmcourse"
    checks = package / "checks" / lesson.topic
    files = {
        lesson_files.ROOT / lesson.path: nbformat.writes(skeleton(lesson)) + "\n",
        checks / "__init__.py": EXERCISES.format(number=lesson.number),
        checks / "first.py": EXERCISE.format(topic=lesson.topic),
        package / "quizzes" / f"{lesson.topic}.toml": quiz_file(lesson),
    }
    for path in files:
        if path.exists():
            raise ValueError(f"{path.relative_to(lesson_files.ROOT)} is there already; nothing was written.")
    return [write_atomically(path, text.encode("utf-8")) for path, text in files.items()]


def quiz_file(lesson):
    """The TOML of a quiz with three questions to write."""
    return f"title = {json.dumps(lesson.title)}\n" + "".join(QUESTION.format(place=place) for place in (1, 2, 3))


def skeleton(lesson):
    """The notebook (nbformat) with every part of a lesson, in its order and with its cell ids.

    >>> from llmcourse.lesson_files import planned
    >>> skeleton(planned("2.1")).cells[0].source.splitlines()[0]
    '# 2.1 · Tokenization'
    """
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[])
    for name, kind, source, *tags in _cells(lesson):
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(make(source, id=name, metadata={"tags": tags} if tags else {}))
    return tidy(notebook)


def _cells(lesson):
    """(id, kind, source, *tags) of each cell."""
    number = "" if lesson.number == "0" else f"{lesson.number} · "
    badges = BADGES.format(colab=colab_url(lesson.path), binder=binder_url(lesson.path))
    yield "title", "text", f"# {number}{lesson.title}\n\nTODO the promise in one sentence.\n\n{badges}"
    yield "at-a-glance", "text", GLANCE
    yield "setup", "code", SETUP
    yield "parameters", "code", f'MODEL = "smollm2-135m"  # inside the course\nSEED = 0\n{PROFILE_NOTE}', "parameters"
    yield "load-model", "code", LOAD
    yield "puzzle", "text", "## A puzzle: TODO its name\n\nTODO a question or a surprise. **Predict:** TODO"
    yield "puzzle-run", "code", "# TODO the real model poses it\nmodel.num_parameters()"
    yield "puzzle-question", "text", "TODO what the lesson will explain, in one bold question."
    for step in range(1, STEPS + 1):
        yield f"step-{step}", "text", STEP.format(step=step)
        yield f"step-{step}-tiny", "code", f"# TODO tiny numbers first\ntiny = torch.arange({step + 1})\ntiny"
        yield f"step-{step}-real", "code", "# TODO then the real model, 3 to 12 lines that end in a value\ntiny.sum()"
    yield "widget", "text", "### See it live\n\nTODO what to look for. **Predict, then try:** TODO"
    yield "widget-view", "code", "from llmcourse import TokenView  # TODO the widget of this lesson\n\n" + WIDGET
    yield "exercise-first", "text", STATEMENT
    yield "exercise-first-try", "code", TRY.format(topic=lesson.topic)
    yield "proof", "text", f"## {STEPS + 1} · Proof: TODO ours and the library agree\n\nTODO what is compared."
    yield "proof-run", "code", PROOF, "nbval-check-output"
    yield "quiz-title", "text", "## Quiz"
    yield "quiz", "code", f'from llmcourse import quiz\n\nquiz("{lesson.topic}")'
    yield "summary", "text", SUMMARY
    yield "sources", "text", "## Sources\n\n1. TODO a paper, and what is in it\n2. TODO\n3. TODO"


GLANCE = """**You will be able to**

- TODO
- TODO
- TODO

**Takes** TODO minutes. **You need** TODO. **It costs** about TODO s of computing on two cores and TODO GB of memory; \
no account, key, GPU or model hub."""
SETUP = f"""try:
    import llmcourse
except ModuleNotFoundError:  # Colab: add what is missing, upgrade nothing
    %pip install --quiet --no-deps "llmcourse @ git+https://github.com/{REPOSITORY}" bertviz gguf"""
PROFILE_NOTE = f"# TODO what a profile ({', '.join(PROFILES)}) changes stands in profiles.toml"
LOAD = """import torch
from llmcourse import load_model

torch.manual_seed(SEED)
model, tokenizer = load_model(MODEL)"""
STEP = """## {step} · TODO the idea

TODO an idea in 40 to 120 words; an equation only if the next cell spells it. **Predict, then try:** TODO"""
WIDGET = 'TokenView("TODO a text worth looking at", tokenizer)'
STATEMENT = """### Exercise: TODO ●○○ · 3 minutes

TODO the goal, the shapes, and a worked value.

<details><summary>Hint</summary>

TODO
</details>
<details><summary>Solution</summary>

```python
def answer(x):
    return 2 * x  # TODO
```
</details>"""
TRY = """from llmcourse import check


def answer(x): ...  # your code


check("{topic}.first", answer)"""
PROOF = """ours, library = tiny * 2, tiny + tiny  # TODO
assert torch.allclose(ours, library)
"the same numbers" """.rstrip()
SUMMARY = """## Summary

**The puzzle, answered.** TODO

- TODO up to seven points

**Next:** TODO the number of the next lesson, and why."""
