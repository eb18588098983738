"""Every quiz of every lesson keeps its promises, and a file that does not is refused with the reason."""

import json
from pathlib import Path

import pytest
from llmcourse import quizzes
from llmcourse.course_map import LESSONS

QUESTIONS = [(topic, question) for topic in quizzes.topics() for question in quizzes.load(topic)[1]]
VECTORS = json.loads((Path(__file__).parent / "vectors" / "quiz.json").read_text())

GOOD = """
title = "T"
[[question]]
id = "a"
kind = "single"
text = "A?"
option = [
  {text = "1", right = true, reason = "r"}, {text = "2", right = false, reason = "r"},
  {text = "3", right = false, reason = "r"},
]
[[question]]
id = "b"
kind = "multiple"
text = "B?"
option = [
  {text = "1", right = true, reason = "r"}, {text = "2", right = true, reason = "r"},
  {text = "3", right = false, reason = "r"},
]
[[question]]
id = "c"
kind = "numeric"
text = "C?"
answer = 2
tolerance = 0.1
unit = ""
reason = "r"
trap = [{value = 3, reason = "r"}]
[[question]]
id = "d"
kind = "order"
text = "D?"
item = [{text = "first", reason = "r"}, {text = "then", reason = "r"}, {text = "last", reason = "r"}]
"""


@pytest.mark.parametrize("topic", quizzes.topics())
def test_a_quiz_is_valid_and_belongs_to_a_lesson(topic):
    title, questions = quizzes.load(topic)
    assert title.strip() and 3 <= len(questions) <= 6
    assert topic in {lesson.topic for lesson in LESSONS}
    assert len({question["id"] for question in questions}) == len(questions)


@pytest.mark.parametrize("topic, question", QUESTIONS, ids=[f"{topic}-{each['id']}" for topic, each in QUESTIONS])
def test_every_option_has_its_own_reason(topic, question):
    told = question.get("option") or question.get("item") or [question, *question["trap"]]
    reasons = [each["reason"] for each in told]
    assert all(len(reason.split()) >= 4 for reason in reasons), "a reason is a sentence"
    assert len(set(reasons)) == len(reasons)
    if question["kind"] == "numeric":
        assert question["trap"], "a numeric question names at least one misconception"


def test_the_place_of_an_option_tells_nothing():
    single = [question["option"] for _, question in QUESTIONS if question["kind"] == "single"]
    places = [[option["right"] for option in options].index(True) for options in single]
    assert max(places.count(place) for place in places) <= 0.6 * len(places), places
    before = quizzes.load("start")
    quizzes.load.cache_clear()
    assert quizzes.load("start") == before, "the same order each time"


ORDERS = [(topic, question) for topic, question in QUESTIONS if question["kind"] == "order"]


@pytest.mark.parametrize("topic, question", ORDERS, ids=[f"{topic}-{each['id']}" for topic, each in ORDERS])
def test_items_begin_out_of_order_and_know_their_place(topic, question):
    shown = list(range(len(question["item"])))
    assert not quizzes.is_right(question, shown)
    right = sorted(shown, key=lambda position: question["item"][position]["place"])
    assert quizzes.is_right(question, right)
    _, written = quizzes.parsed((quizzes.FOLDER / f"{topic}.toml").read_text(encoding="utf-8"))
    items = next(each["item"] for each in written if each["id"] == question["id"])
    assert [question["item"][position]["text"] for position in right] == [item["text"] for item in items]


@pytest.mark.parametrize("seed", range(40))
def test_a_shuffle_never_gives_the_right_order(seed):
    import random

    items = [{"text": text, "reason": "r"} for text in "abc"]
    places = [item["place"] for item in quizzes._out_of_order(items, random.Random(seed))]
    assert sorted(places) == [0, 1, 2] != places


def test_the_example_is_a_quiz():
    title, questions = quizzes.parsed(GOOD)
    assert (title, [question["id"] for question in questions]) == ("T", ["a", "b", "c", "d"])


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('title = "T"', "", "A quiz needs a title"),
        ('id = "b"', 'id = "a"', "an id of its own"),
        ('id = "b"\n', "", "it needs an id and a text"),
        ('kind = "multiple"', 'kind = "many"', "kind must be single, multiple, numeric or order"),
        ('kind = "multiple"', 'kind = "single"', "has one right option"),
        ('{text = "1", right = true, reason = "r"}, ', "", "at least 3 options"),
        ('text = "1", right = true', 'text = "1", right = false', "one of them right"),
        (
            'text = "3", right = false, reason = "r"',
            'text = "3", right = false, reason = " "',
            "needs a text and a reason",
        ),
        ('text = "3", right = false, reason = "r"', 'text = "3", right = false', "exactly text, right and reason"),
        ('text = "3", right = false', 'text = "3", right = "no"', "true or false"),
        ('text = "3", right = false', 'text = "2", right = false', "the same text"),
        ("tolerance = 0.1", "tolerance = -1", "finite numbers"),
        ("answer = 2", "answer = nan", "finite numbers"),
        ("answer = 2", 'answer = "2"', "finite numbers"),
        ("value = 3", "value = 2.05", "a trap must not be right"),
        ('value = 3, reason = "r"', "value = 3", "every trap need a reason"),
        ('unit = ""\n', "", "unit must be a text"),
        (', {text = "then", reason = "r"}', "", "3 to 8 items"),
        ('text = "then"', 'text = "last"', "two items have the same text"),
        ('text = "then", reason = "r"', 'text = "then"', "exactly text and reason"),
        ('text = "then", reason = "r"', 'text = "then", reason = " "', "every item needs a text and a reason"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(old, new, told):
    assert old in GOOD
    with pytest.raises(ValueError, match=told):
        quizzes.parsed(GOOD.replace(old, new, 1))


def test_too_few_and_too_many_questions_are_refused():
    start = GOOD.index("[[question]]")
    with pytest.raises(ValueError, match="this one 6|this one 0"):
        quizzes.parsed(GOOD[:start])
    question = GOOD[start : GOOD.index('[[question]]\nid = "b"')]
    many = "".join(question.replace('"a"', f'"a{i}"', 1) for i in range(7))
    with pytest.raises(ValueError, match="this one 7"):
        quizzes.parsed(GOOD[:start] + many)


def test_an_unknown_topic_is_told_with_a_near_name():
    with pytest.raises(ValueError, match="Did you mean 'start'"):
        quizzes.load("strat")
    with pytest.raises(ValueError, match="There are: "):
        quizzes.load("../../secret")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['kind']}-{vector['choice']}")
def test_verdicts(vector):
    options = [{"right": position in vector["right"]} for position in range(vector.get("options", 0))]
    items = [{"place": place} for place in vector.get("places", [])]
    question = {**vector, "option": options, "item": items}
    assert quizzes.is_right(question, vector["choice"]) is vector["verdict"]
    if "standing" in vector:
        assert quizzes.standing_right(question, vector["choice"]) == vector["standing"]
