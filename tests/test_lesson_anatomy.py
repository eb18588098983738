"""Every rule of the anatomy of a lesson is broken once, on purpose, and tells it; a whole lesson breaks none.

The rules stand in lesson_order, lesson_prose, lesson_cells and lesson_exercises.
"""

import copy
import dataclasses
import json
import re

import nbformat
import pytest
from llmcourse import lesson_anatomy, lesson_cells, lesson_prose, lessons
from llmcourse.lesson_anatomy import RULES, Finding, findings, read_lesson
from llmcourse.lesson_files import find_lesson

ANOTHER = "somebody/else"
GOOD = read_lesson(find_lesson("2.2"))


@pytest.fixture
def stored():
    return dataclasses.replace(GOOD, notebook=copy.deepcopy(GOOD.notebook))


def cell(stored, name):
    return stored.notebook.cells[stored.place(name)]


def replace(name, old, new):
    """A breakage: other text in one cell."""

    def broken(stored):
        assert old in cell(stored, name).source
        cell(stored, name).source = cell(stored, name).source.replace(old, new)

    return broken


def append(name, text):
    return lambda stored: cell(stored, name).update(source=cell(stored, name).source + text)


def remove(name):
    return lambda stored: stored.notebook.cells.pop(stored.place(name))


def everywhere(old, new):
    def broken(stored):
        for each in stored.notebook.cells:
            each.source = re.sub(old, new, each.source)

    return broken


def tag_another(stored):
    cell(stored, "load-model").metadata["tags"] = ["parameters"]


def swap_summary_and_puzzle(stored):
    cells, one, other = stored.notebook.cells, stored.place("setup"), stored.place("parameters")
    cells[one], cells[other] = cells[other], cells[one]
    for count, each in enumerate(stored.code, 1):
        each.execution_count = count


def not_executed(stored):
    cell(stored, "hand-tokens").execution_count = None


def stored_error(stored):
    output = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    cell(stored, "hand-tokens").outputs.append(output)


def stored_view(stored):
    view = {lesson_cells.WIDGET_VIEW: {"model_id": "1"}, "text/html": "<img>"}
    cell(stored, "explorer").outputs.append(nbformat.v4.new_output("display_data", data=view))


def widget_state(stored):
    stored.notebook.metadata["widgets"] = {}


def stored_warning(stored):
    output = nbformat.v4.new_output("stream", name="stderr", text="FutureWarning: soon")
    cell(stored, "hand-tokens").outputs.append(output)


def compared_without_output(stored):
    cell(stored, "hand-tokens").outputs = []


def fewer_compared(stored):
    for each in stored.tagged("nbval-check-output")[5:]:
        each.metadata["tags"] = []


def rename(old, new):
    return lambda stored: cell(stored, old).update(id=new)


def long_cells(stored):
    for each in stored.code[5:]:
        each.source += "\n# more" * 4


def three_long_cells(stored):
    for name in ("unturned", "rope-distance", "copying"):
        cell(stored, name).source += "\n# more" * 10


BREAKAGES = [
    ("title", replace("title", "# 2.2 · Attention", "# Attention")),
    ("title", replace("title", "Build attention by hand", "[Build](https://arxiv.org/) attention by hand")),
    ("badges", replace("title", "colab.research.google.com/github/", "colab.research.google.com/gh/")),
    ("badges", append("summary", f"\n[it](https://mybinder.org/v2/gh/{ANOTHER}/main)")),
    ("at-a-glance", replace("at-a-glance", "90 minutes", "60 minutes")),
    ("at-a-glance", replace("at-a-glance", "\n- read the", "\n- this\n- read the")),
    ("at-a-glance", replace("at-a-glance", "**You need**", "")),
    ("measured", replace("at-a-glance", "costs** about ", "costs** about 9")),
    ("measured", replace("at-a-glance", "1.3 GB", "2.3 GB")),
    ("measured", replace("at-a-glance", "1.3 GB", "little")),
    ("setup", replace("setup", "--no-deps", "")),
    ("setup", replace("setup", "--quiet", "--quiet --upgrade")),
    ("parameters", replace("parameters", "SEED = 0", "START = 0")),
    ("parameters", replace("parameters", "TEXT = ", "WORDS = ")),
    ("parameters", tag_another),
    ("order", swap_summary_and_puzzle),
    ("puzzle", replace("summary", "The puzzle, answered", "Answer")),
    ("puzzle", everywhere("## A puzzle: ", "## ")),
    ("steps", everywhere("(?m)^## (\\d)", r"### \1")),
    ("steps", everywhere("(?m)^## 4 · ", "## 5 · ")),
    ("steps", everywhere("[Pp]redict", "guess")),
    ("prose", append("puzzle", "\n\n" + "word " * 250)),
    ("widget", everywhere("AttentionExplorer\\(", "print(")),
    ("exercises", replace("exercise-softmax", "●○○ · ", "")),
    ("exercises", replace("exercise-softmax", "3 minutes", "quick")),
    ("exercises", replace("exercise-softmax", "<summary>Hint", "<summary>Help")),
    ("exercises", replace("exercise-softmax-try", "attention.softmax", "attention.soft_max")),
    ("exercises", everywhere('(?m)^check\\("attention.[c-z]', "print('")),
    ("solutions", replace("exercise-softmax", "sum(-1", "sum(0")),
    ("solutions", replace("exercise-softmax", "return powers", "return nothing")),
    ("proof", replace("race-words", "## 7 · Proof", "## 7 · Ours and theirs")),
    ("proof", everywhere("(?m)^(\\s*)assert ", r"\1print() or ")),
    ("quiz", replace("quiz", '"attention"', '"decoding"')),
    ("summary", replace("summary", "\n- Work and", "\n- One\n- Two\n- Work and")),
    ("summary", replace("summary", "lesson 2.3 puts", "the following puts")),
    ("sources", everywhere(r"\[([^\]]*\d{4})\]\(https://[^)]*\)", r"\1")),
    ("headings", replace("exercise-softmax", "### Exercise", "#### Exercise")),
    ("headings", replace("exercise-softmax", "### Exercise", "# Exercise")),
    ("links", append("cost", "\n[it](../nowhere.ipynb)")),
    ("links", append("cost", "\n[it](../../../../etc/hosts)")),
    ("links", append("cost", "\n[it](http://arxiv.org/abs/1706.03762)")),
    ("links", append("cost", "\n[it](https://bit.ly/abc)")),
    ("links", append("cost", "\n[it](https://)")),
    ("links", append("cost", "\n<a href='https://example.com/x'>it</a>")),
    ("pictures", append("cost", "\n![](2_attention.ipynb)")),
    ("pictures", append("cost", "\n<img src='2_attention.ipynb' alt=''>")),
    ("figures", everywhere("plt.(title|xlabel|ylabel)\\(.*\\)|label=", "")),
    ("cells", long_cells),
    ("cells", three_long_cells),
    ("cells", append("copying", "\n# more" * 20)),
    ("ids", rename("race", "3f2a9c1d")),
    ("ids", rename("race", "Race_1")),
    ("ids", rename("race", "rope-real")),
    ("outputs", not_executed),
    ("outputs", stored_error),
    ("outputs", stored_view),
    ("outputs", widget_state),
    ("stderr", stored_warning),
    ("compared", compared_without_output),
    ("compared", fewer_compared),
    ("curriculum", rename("alibi", "linear-bias")),
    ("curriculum", everywhere("Bahdanau", "Somebody")),
    ("todo", append("cost", " TODO")),
]


@pytest.mark.parametrize("rule, broken", BREAKAGES, ids=[f"{i}-{rule}" for i, (rule, _) in enumerate(BREAKAGES)])
def test_a_broken_lesson_is_told_by_its_rule_and_by_no_other(stored, rule, broken):
    broken(stored)
    told = findings(stored)
    assert {each.rule for each in told} == {rule}, [str(each) for each in told]
    assert all(each.wrong and each.right for each in told)


def test_a_whole_lesson_breaks_no_rule():
    assert findings(GOOD) == []


def test_every_rule_is_broken_here():
    assert {rule for rule, _ in BREAKAGES} | {"size"} == set(RULES)  # size is broken below


@pytest.fixture
def elsewhere(stored, tmp_path):
    """The lesson in a repository of its own, in which files may be changed."""
    path = tmp_path / stored.lesson.path
    path.parent.mkdir(parents=True)
    nbformat.write(stored.notebook, path)
    measured = tmp_path / lesson_cells.MEASURES
    measured.parent.mkdir(parents=True)
    measured.write_text((GOOD.root / lesson_cells.MEASURES).read_text(encoding="utf-8"), encoding="utf-8")
    return dataclasses.replace(stored, root=tmp_path)


def test_a_large_file_is_told(elsewhere):
    assert findings(elsewhere) == []
    elsewhere.path.write_text(elsewhere.path.read_text(encoding="utf-8") + " " * 1_000_000, encoding="utf-8")
    assert {each.rule for each in findings(elsewhere)} == {"size"}


def test_a_lesson_that_was_not_measured_is_told(elsewhere):
    (elsewhere.root / lesson_cells.MEASURES).write_text(json.dumps({"rows": []}), encoding="utf-8")
    assert [each.wrong for each in findings(elsewhere)] == ["the lesson has not been measured"]


@pytest.mark.parametrize("name", ["checks/attention/softmax.py", "quizzes/attention.toml"])
def test_what_is_unfinished_beside_the_notebook_is_told(elsewhere, name):
    path = elsewhere.root / "widgets" / "llmcourse" / name
    path.parent.mkdir(parents=True)
    path.write_text("# TODO one\n# TODO two\n", encoding="utf-8")
    assert [each.wrong for each in findings(elsewhere)] == [f"widgets/llmcourse/{name} holds 2 TODO"]


def test_a_missing_part_is_named(stored):
    remove("puzzle")(stored)
    assert ("order", "puzzle") in {(each.rule, each.cell) for each in findings(stored)}


def test_an_empty_notebook_is_told_and_stops_nothing(stored):
    empty = dataclasses.replace(stored, notebook=nbformat.v4.new_notebook(cells=[]))
    assert {"title", "at-a-glance", "order", "cells", "exercises"} <= {each.rule for each in findings(empty)}


def test_a_finding_is_a_sentence_that_names_all():
    told = str(Finding("course/a.ipynb", "links", "cost", "it leads nowhere", "an address"))
    assert told == "course/a.ipynb, cell cost [links]: it leads nowhere. Right: an address."


def test_the_command_reports_a_broken_lesson_and_fails(stored, monkeypatch, capsys):
    append("cost", "\n[it](../nowhere.ipynb)")(stored)
    monkeypatch.setattr(lesson_anatomy, "read_lesson", lambda lesson: stored)
    with pytest.raises(SystemExit, match="^1 finding.$"):
        lessons.main(["check", "2.2"])
    assert "cell cost [links]: ../nowhere.ipynb does not exist" in capsys.readouterr().out


def test_the_command_says_when_all_is_well(monkeypatch, capsys):
    monkeypatch.setattr(lesson_anatomy, "read_lesson", lambda lesson: GOOD)
    lessons.main(["check", "2.2"])
    assert f"Lessons 2.2: all {len(RULES)} rules are kept." in capsys.readouterr().out


def test_text_in_code_is_no_heading_and_no_link(stored):
    append("cost", "\n```\n# no heading\n[no](link)\n```\nand `[no](link)`")(stored)
    assert findings(stored) == []


def test_no_shortener_is_a_stable_host():
    shorteners = {
        "bit.ly",
        "t.co",
        "goo.gl",
        "tinyurl.com",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "rb.gy",
        "lnkd.in",
        "youtu.be",
    }
    assert not shorteners & lesson_prose.STABLE_HOSTS
