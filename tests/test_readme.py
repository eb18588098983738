"""The generated parts of README.md."""

import pytest
from llmcourse.course_map import LESSONS
from llmcourse.readme import lesson_table, replace_between


def test_each_lesson_has_its_row():
    table = lesson_table()
    for lesson in LESSONS:
        assert f"| {lesson.number} | " in table
        assert lesson.title in table


def test_text_between_markers_is_replaced_and_nothing_else():
    text = "a <!-- x:begin -->old<!-- x:end --> b"
    assert replace_between(text, "x", "new ") == "a <!-- x:begin -->\nnew <!-- x:end --> b"


def test_missing_markers_are_named():
    with pytest.raises(ValueError, match="x:begin"):
        replace_between("text", "x", "new")
