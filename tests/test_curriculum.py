"""The table of the curriculum: a row for every lesson, evidence for the written ones, and items that are its own."""

import pytest
from llmcourse import curriculum as module
from llmcourse import lesson_files
from llmcourse.course_map import LESSONS
from llmcourse.curriculum import curriculum


def test_every_lesson_has_a_row_of_items():
    table = curriculum()
    assert list(table) == [lesson.number for lesson in LESSONS]
    for number, row in table.items():
        assert len(row["covers"]) >= 4, number
        assert len(set(row["covers"])) == len(row["covers"]), number
        assert row.keys() <= {"covers", "told", "evidence"}


def test_a_written_lesson_has_evidence_for_every_item():
    for lesson in lesson_files.written():
        row = curriculum()[lesson.number]
        assert row["evidence"].keys() == set(row["covers"]), lesson.number
        for item, shown in row["evidence"].items():
            assert shown.keys() <= {"cells", "words"} and shown["cells"], (lesson.number, item)


def test_evidence_for_no_item_is_refused(tmp_path, monkeypatch):
    (tmp_path / "curriculum.toml").write_text('["1.1"]\ncovers = ["a"]\n["1.1".evidence]\n"b" = { cells = ["c"] }\n')
    monkeypatch.setattr(module, "__file__", str(tmp_path / "curriculum.py"))
    with pytest.raises(ValueError, match="lesson 1.1: b is not among its items"):
        curriculum.__wrapped__()
