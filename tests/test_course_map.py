"""The map of the course agrees with itself and with the folders."""

import re
from pathlib import Path

from llmcourse import checks, quizzes
from llmcourse.course_map import CHAPTERS, LESSONS, lesson

ROOT = Path(__file__).parents[1]


def test_numbers_paths_and_topics_agree():
    assert len(LESSONS) == 34
    for field in ("number", "path", "title", "topic"):
        values = [getattr(each, field) for each in LESSONS]
        assert len(set(values)) == len(values), field
    assert LESSONS[0].path == "course/0_start_here.ipynb"
    for each in LESSONS[1:]:
        chapter, place = each.number.split(".")
        assert re.fullmatch(rf"course/{chapter}_[a-z]+/{place}_{each.topic}\.ipynb", each.path), each


def test_lessons_stand_in_order_in_chapters_without_gaps():
    chapters = {}
    for each in LESSONS[1:]:
        chapters.setdefault(each.number[0], []).append(int(each.number[2:]))
    assert list(chapters) == [number for number in CHAPTERS if number != "0"]
    assert all(places == list(range(1, len(places) + 1)) for places in chapters.values())
    assert [len(places) for places in chapters.values()] == [4, 8, 6, 4, 3, 4, 4]
    assert all(len({each.path.split("/")[1] for each in LESSONS if each.number[0] == n}) == 1 for n in chapters)


def test_a_lesson_is_available_exactly_when_its_notebook_is_there():
    there = {each.number for each in LESSONS if (ROOT / each.path).exists()}
    assert {each.number for each in LESSONS if each.available} == there
    assert all((each.minutes is not None) == each.available for each in LESSONS)


def test_every_quiz_and_every_exercise_belongs_to_a_lesson():
    assert {*quizzes.topics(), *checks.topics()} <= {each.topic for each in LESSONS}
    assert lesson("attention").number == "2.2"
    assert lesson("attention").chapter == "Architecture"
    assert lesson("nothing") is None
