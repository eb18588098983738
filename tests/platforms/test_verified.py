"""The tables of what was verified tell what the results hold, and nothing that was not run."""

import doctest
import re
from types import SimpleNamespace

import pytest
import verified

LESSONS = [SimpleNamespace(number=number, title=f"Lesson {number}", path=f"course/{number}.ipynb") for number in "123"]


@pytest.fixture
def found():
    empty = {name: {} for name in verified.LANES}
    passed = {"status": "passed", "date": "2026-11-26", "versions": {"python": "3.13.0", "torch": "2.11.0"}}
    failed = passed | {"status": "failed", "date": "2026-11-25"}
    return empty | {"colab": {"1": passed, "2": failed}}


def test_each_lesson_has_its_line(found):
    lines = verified.lesson_table(found, LESSONS).splitlines()
    assert len(lines) == 2 + len(LESSONS)
    assert "| not yet | 2026-11-26 | not yet |" in lines[2]
    assert "**fails**, 2026-11-25" in lines[3]
    assert "2026" not in lines[4]


def test_a_lane_says_how_many_of_all_lessons_passed(found):
    (line,) = verified.lane_table(found, LESSONS).splitlines()[2:]
    assert line == "| Colab's versions | Python 3.13.0, torch 2.11.0 | 1 of 3 | 2026-11-26 |"


def test_the_examples_are_true():
    assert doctest.testmod(verified).failed == 0
    assert verified.image_words([]) == ""


def test_the_readme_and_the_page_hold_no_lane_that_never_ran():
    held = verified.results()
    told = (verified.ROOT / "README.md").read_text(encoding="utf-8")
    between = re.search(r"<!-- verified:begin -->\n(.*?)<!-- verified:end -->", told, re.DOTALL)[1]
    for name, title in verified.LANES.items():
        assert (f"| {title} |" in between) == bool(held[name]), title
    assert "last verified" in verified.PAGE.read_text(encoding="utf-8")
