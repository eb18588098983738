"""The course's instruction set: its form, its gold answers, and that training and held-out parts stay apart."""

import json
import re

import pytest
from llmcourse.appointment_grader import KEYS, grade
from llmcourse.instruction_set import FOLDER, load_instructions, names_an_answer, prompt_messages
from llmcourse.scratch.data_filters import leaked, length_fault, nearest, ngram_index, pattern_fault
from llmcourse.scratch.minhash import jaccard, shingles

TRAIN, HELDOUT, GENERAL = (load_instructions(part) for part in ("train", "heldout", "general"))
BOTH = TRAIN + HELDOUT
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "today", "tomorrow")
HOURS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
MINUTES = {
    "five": 5,
    "ten": 10,
    "quarter": 15,
    "twenty": 20,
    "twenty-five": 25,
    "half": 30,
    "fifteen": 15,
    "thirty": 30,
}


def test_counts_and_fields():
    assert (len(TRAIN), len(HELDOUT), len(GENERAL)) == (310, 119, 60)
    assert all(list(each) == ["id", "instruction", "input", "output"] for each in BOTH)
    assert all(list(each) == ["id", "instruction", "answers"] for each in GENERAL)
    ids = [each["id"] for each in BOTH + GENERAL]
    assert len(set(ids)) == len(ids)
    assert len({each["instruction"] for each in BOTH}) == 1


def test_texts_are_clean_and_short():
    for each in BOTH:
        text = each["input"]
        assert text == " ".join(text.split()) and text[-1] in ".?!" and 4 <= len(text.split()) <= 30, each["id"]
        assert pattern_fault(text) is None
    assert "Apache-2.0" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["train", "heldout"])
def test_each_gold_answer_is_right_under_its_own_grader(part):
    for each in load_instructions(part):
        assert grade(each["output"], each["output"]).score == 1.0
        assert "\n" not in each["output"]


def test_each_gold_value_can_be_read_in_the_message():
    for each in BOTH:
        text, gold = each["input"].lower(), json.loads(each["output"])
        assert tuple(gold) == KEYS
        told = [day for day in DAYS if day.lower() in text] + ["today"] * ("tonight" in text)
        assert gold["day"] in (told or [None]), each
        assert gold["place"] is None or gold["place"].lower() in text, each
        assert gold["place"] is None or not re.match(r"(the|a|an|at|in|on) ", gold["place"], re.I), each
        assert gold["time"] is None or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", gold["time"]), each


def test_each_gold_time_is_one_that_the_message_names():
    for each in BOTH:
        time = json.loads(each["output"])["time"]
        times = _times(each["input"].lower())
        assert (time in times) if time else not times, (each["input"], time, times)


def test_training_and_heldout_share_no_text():
    inputs = [each["input"] for each in BOTH]
    assert len(set(inputs)) == len(inputs)
    train = [each["input"] for each in TRAIN]
    for each in HELDOUT:
        assert nearest(each["input"], train, size=2)[0] < 0.5, each["input"]
    index = ngram_index((each["input"] for each in HELDOUT), size=8)
    assert not [each["id"] for each in TRAIN if leaked(each["input"], index, size=8)]


def test_values_are_spread():
    for part in (TRAIN, HELDOUT):
        golds = [json.loads(each["output"]) for each in part]
        days = [gold["day"] for gold in golds]
        assert set(days) == {*DAYS, None}
        assert max(days.count(day) for day in set(days)) < len(part) / 5
        for key in ("time", "place"):
            assert 0.1 < sum(gold[key] is None for gold in golds) / len(golds) < 0.4
    places = [json.loads(each["output"])["place"] for each in TRAIN]
    assert len(set(places)) > 200


def test_general_questions_are_questions_with_answers():
    for each in GENERAL:
        assert each["instruction"].endswith("? Answer in one sentence.") and each["answers"]
        assert names_an_answer(f"It is {each['answers'][0]}.", each["answers"])
        assert not names_an_answer("I do not know.", each["answers"])
        assert not names_an_answer(each["instruction"], each["answers"]), each


def test_prompt_and_unknown_part():
    content = prompt_messages(TRAIN[0])[0]["content"]
    assert content == f"{TRAIN[0]['instruction']}\n\n{TRAIN[0]['input']}"
    assert prompt_messages(GENERAL[0]) == [{"role": "user", "content": GENERAL[0]["instruction"]}]
    with pytest.raises(ValueError, match="part must be one of"):
        load_instructions("test")


def _times(text):
    """Every time that a message names, read by rules that know nothing of the gold answers."""
    found = set()
    for hour, minute, half in re.findall(r"\b(\d{1,2})(?::(\d\d))? ?(am|pm)\b", text):
        found.add(_clock(int(hour) % 12 + 12 * (half == "pm"), int(minute or 0)))
    for hour, minute in re.findall(r"\b(\d{1,2}):(\d\d)\b(?! ?[ap]m)", text):
        found.add(_clock(int(hour), int(minute)))
    found |= {"12:00"} & ({"12:00"} if re.search(r"\bnoon\b", text) else set())
    if "at midnight" in text:
        found.add("00:00")
    hour = "|".join(HOURS)
    minute = "|".join(MINUTES)
    spoken = rf"(?:({minute}) (past|to) )?\b({hour})\b(?: (thirty|fifteen))?(?: o'clock)?((?: in the \w+| at night)?)"
    for before, way, named, after, part in re.findall(spoken, text):
        if not (before or after or part):
            continue
        clock = HOURS.index(named) * 60 + MINUTES.get(before or after, 0) * (-1 if way == "to" else 1)
        evening = part.endswith(("afternoon", "evening", "night"))
        clock %= 720
        for later in (False, True) if not part else (evening,):
            found.add(_clock(*divmod((clock + 720 * later) % 1440, 60)))
    return found


def _clock(hour, minute):
    return f"{hour:02d}:{minute:02d}"


def test_spoiled_messages_have_the_fault_they_are_said_to_have():
    texts = {each["id"]: each["input"] for each in BOTH}
    index = ngram_index((each["input"] for each in HELDOUT), size=8)
    for each in load_instructions("spoiled"):
        text, fault = each["input"], each["fault"]
        assert bool(leaked(text, index, size=8)) == (fault == "leak")
        assert bool(pattern_fault(text)) == (fault == "pattern")
        assert bool(length_fault(text, 4, 30)) == (fault == "length")
        alike = jaccard(shingles(text), shingles(texts[each["of"]])) if each["of"] else 0
        assert (alike >= 0.5) == (fault in ("near-duplicate", "leak")), (text, alike)
