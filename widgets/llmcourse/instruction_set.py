"""The course's own instruction set: one skill to learn, a held-out part, and general questions to measure forgetting.

All of it is written for this course, message by message (Apache-2.0). The skill: a short message in, one line of JSON
out, with day, time and place. `appointment_grader` grades it; lessons of SFT and RLHF train on it.
"""

import json
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "instructions"
FILES = {
    "train": "appointments_train.jsonl",
    "heldout": "appointments_heldout.jsonl",
    "general": "general.jsonl",
    "spoiled": "spoiled.jsonl",
}


def load_instructions(part="train"):
    """One part of the set as a list of dictionaries, in a fixed order.

    part: "train" (310) and "heldout" (119) hold Alpaca's instruction, input and output, and an id; "general" (60) holds
    an instruction, which is a question of another kind, and answers, of which one must occur in a right answer.
    Raises ValueError for another part.

    >>> load_instructions("train")[0]["output"]
    '{"day": "Friday", "time": "19:00", "place": "Blue Door"}'
    """
    if part not in FILES:
        raise ValueError(f"part must be one of {', '.join(FILES)}; got {part!r}.")
    lines = (FOLDER / FILES[part]).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def prompt_messages(example):
    """The conversation of an example up to its answer: what a model is given, as messages.

    >>> prompt_messages({"instruction": "Add.", "input": "1 + 1", "output": "2"})
    [{'role': 'user', 'content': 'Add.\\n\\n1 + 1'}]
    """
    content = "\n\n".join(example[name] for name in ("instruction", "input") if example.get(name))
    return [{"role": "user", "content": content}]


def names_an_answer(answer, answers):
    """Whether a text names one of the answers that count, as whole words, capitals aside (symbols of one or two letters
    must be written exactly).

    >>> names_an_answer("The capital is Paris.", ["Paris"]), names_an_answer("comparison", ["Paris"])
    (True, False)
    """
    return any(
        re.search(rf"(?<!\w){re.escape(each)}(?!\w)", answer, re.IGNORECASE if len(each) > 2 else 0) is not None
        for each in answers
    )
