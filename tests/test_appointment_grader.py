"""The grader: right and wrong answers side by side, credit in parts, and answers that try to cheat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llmcourse.appointment_grader import KEYS, Grade, grade, score

GOLD = '{"day": "Friday", "time": "19:00", "place": "Blue Door"}'
BARE = '{"day": null, "time": null, "place": null}'

TABLE = [
    (GOLD, 1.0),
    (f"  {GOLD}\n", 1.0),
    ('{"day":"friday","time":"19:00","place":"the blue door"}', 1.0),
    ('{"day": "Friday", "time": "19:00", "place": "at the Blue Door."}', 1.0),
    ('{"day": "Friday", "time": "7 pm", "place": "Blue Door"}', 0.75),
    ('{"day": "Friday", "time": null, "place": "Blue Door"}', 0.75),
    ('{"day": "Friday", "time": "19:00", "place": "Door"}', 0.8333),  # word F1 of 2/3, of which half counts
    ('{"day": "Friday", "time": "19:00", "place": "station"}', 0.75),
    ('{"day": "Monday", "time": "07:00", "place": "station"}', 0.25),
    (BARE, 0.25),
    ('{"time": "19:00", "day": "Friday", "place": "Blue Door"}', 0.75),  # another order: no credit for the form
    ('{"day": "Friday", "time": "19:00"}', 0.5),
    ('{\n  "day": "Friday",\n  "time": "19:00",\n  "place": "Blue Door"\n}', 0.75),  # not one line
    (f"Here it is: {GOLD}", 0.375),  # words around it: the values count for half
    (f"```json\n{GOLD}\n```", 0.375),
    ('{"day": "Friday", "time": 1900, "place": "Blue Door"}', 0.5),  # a number is no text: neither form nor value
    ("Friday, 19:00, Blue Door", 0.0),
    ("{day: Friday}", 0.0),
    ("", 0.0),
]


@pytest.mark.parametrize("answer, wanted", TABLE, ids=range(len(TABLE)))
def test_right_and_wrong_answers(answer, wanted):
    assert score(answer, GOLD) == pytest.approx(wanted, abs=1e-4)


def test_null_is_right_only_where_nothing_is_told():
    gold = '{"day": "Friday", "time": null, "place": null}'
    assert score(gold, gold) == 1.0
    assert score('{"day": "Friday", "time": "19:00", "place": "home"}', gold) == 0.5
    assert grade('{"day": "Friday", "time": "null", "place": null}', gold).fields["time"] == 0.0


HOSTILE = {
    "two objects": GOLD + GOLD,
    "two objects in prose": f"either {BARE} or {GOLD}",
    "a key twice": '{"day": "Monday", "day": "Friday", "time": "19:00", "place": "Blue Door"}',
    "endless": GOLD + " " * 400,
    "all places": '{"day": "Friday", "time": "19:00", "place": "' + "Blue Door station pool " * 20 + '"}',
    "deep": "[" * 290,
    "a list of objects": f"[{GOLD}, {GOLD}]",
    "not a text": None,
    "bytes": GOLD.encode(),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers_earn_nothing(answer):
    assert grade(answer, GOLD) == Grade(0.0, False, dict.fromkeys(KEYS, 0.0))


@pytest.mark.parametrize(
    "answer",
    [
        '{"day": ["Friday", "Monday"], "time": "19:00", "place": "Blue Door"}',
        '{"day": {"a": "Friday"}, "time": "19:00", "place": "Blue Door"}',
        '{"day": NaN, "time": "19:00", "place": "Blue Door"}',
        '{"day": "Friday", "time": "19:00", "place": "Blue Door", "more": "x"}',
    ],
)
def test_odd_values_and_extra_keys_lose_the_form(answer):
    assert not grade(answer, GOLD).form
    assert score(answer, GOLD) <= 0.75


def test_a_longer_list_of_places_does_not_pay():
    hedge = '{"day": "Friday", "time": "19:00", "place": "Blue Door or Red Lion or Green Bean"}'
    assert score(hedge, GOLD) < 0.85


@given(st.text(max_size=400))
def test_any_text_gets_a_score(answer):
    assert 0 <= score(answer, GOLD) <= 1


@given(st.dictionaries(st.sampled_from([*KEYS, "x"]), st.none() | st.text(max_size=9) | st.integers() | st.booleans()))
def test_any_object_gets_a_score(value):
    import json

    assert 0 <= score(json.dumps(value), GOLD) <= 1


@pytest.mark.parametrize("gold", ["", "[1]", '{"day": null}', None, '{"time": null, "day": null, "place": null}'])
def test_a_gold_answer_must_be_one(gold):
    with pytest.raises(ValueError, match="gold must be one JSON object"):
        grade(GOLD, gold)
