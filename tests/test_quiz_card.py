"""Quiz in Python: answers are judged and noted, and the quiz reads well without a kernel."""

from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llmcourse import progress_file, quiz, quizzes
from llmcourse.quiz_card import Quiz

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> `</code><b>`"
QUESTIONS = [
    {
        "id": "one",
        "kind": "single",
        "text": HOSTILE,
        "option": [
            {"text": HOSTILE, "right": False, "reason": HOSTILE},
            {"text": "yes", "right": True, "reason": "because"},
            {"text": "no", "right": False, "reason": "why not"},
        ],
    },
    {
        "id": "two",
        "kind": "numeric",
        "text": "How many?",
        "answer": 2,
        "tolerance": 0.1,
        "unit": HOSTILE,
        "reason": HOSTILE,
        "trap": [{"value": 3, "reason": HOSTILE}],
    },
    {
        "id": "three",
        "kind": "order",
        "text": HOSTILE,
        "item": [
            {"text": "second", "reason": HOSTILE, "place": 1},
            {"text": "first", "reason": "It begins.", "place": 0},
            {"text": HOSTILE, "reason": "It ends.", "place": 2},
        ],
    },
]


@pytest.fixture
def card():
    return Quiz("start", HOSTILE, QUESTIONS)


def test_shows_the_questions_of_the_topic_and_notes_the_visit():
    view = quiz("start")
    assert (view.title, view.questions) == quizzes.load("start")
    assert (view.score, view.error) == (0, "")
    assert list(progress_file.read()["lessons"]) == ["0"]
    with pytest.raises(ValueError, match="There is no quiz on"):
        quiz("nothing")


def test_every_new_answer_is_noted_once(card):
    card.answers = {"one": [0]}
    assert progress_file.read()["quizzes"] == {"start": {"one": {"right": False, "tries": 1}}}
    card.answers = {"one": [0], "two": 2.05}
    assert card.score == 1
    card.answers = {"two": 2.05}  # 'try again' forgets the first answer
    card.answers = {"one": [1], "two": 2.05}
    assert card.score == 2
    assert progress_file.read()["quizzes"] == {
        "start": {"one": {"right": True, "tries": 2}, "two": {"right": True, "tries": 1}}
    }


def test_an_order_is_judged_as_a_whole(card):
    card.answers = {"three": [0, 1, 2]}
    assert card.score == 0
    card.answers = {"three": [1, 0, 2]}
    assert card.score == 1
    assert progress_file.read()["quizzes"]["start"]["three"] == {"right": True, "tries": 2}


def test_tries_are_counted_on_from_what_was_noted_before(card):
    assert card.counts == {}
    card.answers = {"one": [1]}
    card.answers = {}
    card.answers = {"one": [0]}
    assert card.counts == {"one": {"right": True, "tries": 2}} == progress_file.read()["quizzes"]["start"]
    assert Quiz("start", "Again", QUESTIONS).counts == card.counts


def test_the_right_order_is_folded_with_its_reasons(card):
    shown, folded = card._fallback().rsplit("<details>", 1)
    assert shown.index("<li>second</li>") < shown.index("<li>first</li>")
    assert folded.index("first: It begins.") < folded.index("second: ") < folded.index("It ends.")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda some: st.lists(some, max_size=4),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=40), words=st.lists(st.text(max_size=80), min_size=3, max_size=3), choice=ANYTHING)
def test_any_text_and_any_choice(title, words, choice):
    items = [{"text": word, "reason": word, "place": 2 - place} for place, word in enumerate(words)]
    view = Quiz("start", title, [*QUESTIONS, {"id": "any", "kind": "order", "text": title, "item": items}])
    view.answers = {"one": choice, "two": choice, "three": choice, "any": choice}
    assert 0 <= view.score <= 4 and view.error == ""
    assert view.summary and view.picture().startswith(b"\x89PNG")
    assert view.to_html().count("<script") == 2


def test_a_folder_that_cannot_be_written_is_told_and_stops_nothing(learner_folder):
    learner_folder.write_text("a file where the folder should be")
    view = quiz("start")
    assert view.error.startswith("Your progress could not be saved: ")
    learner_folder.unlink()
    view.answers = {view.questions[0]["id"]: [0]}
    assert view.error == ""


def test_the_fallback_is_text_with_folded_answers(card):
    texts, tags = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            tags.append(tag)
            assert not attributes

        def handle_data(self, data):
            texts.append(data)

    bundle = quiz("start")._repr_mimebundle_()[0]
    Reader().feed(bundle["text/html"])
    assert tags.count("details") == len(quizzes.load("start")[1])
    assert set(tags) <= {"p", "b", "ol", "ul", "li", "small", "code", "details", "summary"}
    page = "".join(texts).replace("\u2019", "'")
    for question in quizzes.load("start")[1]:
        assert question["text"].replace("`", "") in page
        for told in question.get("option") or question.get("item") or [question, *question["trap"]]:
            assert told["reason"].replace("`", "") in page
    assert question["text"] in bundle["text/plain"]


def test_hostile_text_is_harmless_in_fallback_picture_and_page(card):
    fallback = card._fallback()
    assert "<script" not in fallback and "<img" not in fallback and "<b></code>" not in fallback
    assert card.picture().startswith(b"\x89PNG")
    page = card.to_html()
    assert page.count("<script") == 2 and "<img" not in page


def test_the_page_carries_every_reason():
    page = quiz("start").to_html()
    for question in quizzes.load("start")[1]:
        for told in question.get("option") or question.get("item") or [question, *question["trap"]]:
            assert told["reason"].split("`")[0].split("'")[0].split(">")[0] in page
