"""Answers of the appointment set spoiled as real sets are, and a filter that needs no right answer to find them."""

import json
import random
import re

FAULTS = ("another's answer", "12-hour time", "chatty", "other keys", "invented")
DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "today", "tomorrow"}


def spoil(examples, share=0.5, seed=0):
    """The examples with this share of their answers spoiled, in equal parts by each of `FAULTS` that fits.

    Returns new dictionaries with the fault's name as "fault", None where the answer is as it was.

    >>> from llmcourse.instruction_set import load_instructions
    >>> spoil(load_instructions("train")[:2], share=1.0)[0]["fault"]
    '12-hour time'
    """
    dice = random.Random(seed)
    chosen = set(dice.sample(range(len(examples)), round(share * len(examples))))
    spoiled, turn = [], dice.randrange(len(FAULTS))
    for place, example in enumerate(examples):
        fault, output = None, example["output"]
        if place in chosen:
            others = [other for other in examples if other["output"] != output] or [example]
            for step in range(len(FAULTS)):
                fault = FAULTS[(turn + step) % len(FAULTS)]
                output = _spoiled(fault, json.loads(example["output"]), dice.choice(others)["output"])
                if output != example["output"]:
                    break
            turn = FAULTS.index(fault) + 1
        spoiled.append({**example, "output": output, "fault": fault})
    return spoiled


def plausible(example):
    """Whether an answer could be right, as far as a program sees without knowing the right one.

    The three keys in their order and nothing else, a day that is one and stands in the message, a time of 24 hours, a
    place in the message's own words. A wrong time in the right form passes.

    >>> plausible({"input": "Tea at noon.", "output": '{"day": null, "time": "12:00", "place": null}'})
    True
    """
    try:
        answer = json.loads(example["output"])
    except ValueError:
        return False
    if not isinstance(answer, dict) or tuple(answer) != ("day", "time", "place"):
        return False
    text = example["input"].lower().replace("tonight", "today")
    day, time, place = answer.values()
    good_day = day is None or (day in DAYS and day.lower() in text)
    good_time = time is None or bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(time)))
    return good_day and good_time and (place is None or str(place).lower() in text)


def _spoiled(fault, answer, other):
    """An answer with a fault, as text; the right answer's own text where the fault does not fit."""
    if fault == "another's answer":
        return other
    if fault == "12-hour time" and answer["time"]:
        hour, minute = map(int, answer["time"].split(":"))
        answer["time"] = f"{(hour - 1) % 12 + 1}:{minute:02d} {'pm' if hour >= 12 else 'am'}"
    elif fault == "chatty":
        return f"Sure! Here is the answer: {_text(answer)}"
    elif fault == "other keys":
        answer = dict(zip(("date", "hour", "location"), answer.values(), strict=True))
    elif fault == "invented":
        invented = {"day": "Monday", "time": "09:00", "place": "office"}
        answer = {key: value or invented[key] for key, value in answer.items()}
    return _text(answer)


def _text(answer):
    return json.dumps(answer, ensure_ascii=False)
