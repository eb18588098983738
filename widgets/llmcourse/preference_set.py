"""The course's own preference sets: short answers against rambling ones, requests to decline and their look-alikes.

All of it is written for this course, pair by pair (Apache-2.0). Lesson 4.3 trains on it by DPO and measures with it.
"""

import json
import re
from pathlib import Path

from .instruction_set import names_an_answer

FOLDER = Path(__file__).parent / "data" / "preferences"
PARTS = ("brief", "refusals", "long")
REFUSAL = "I'm sorry, I can't help with that."
DECLINES = re.compile(
    r"\b(sorry|(can\s?no|can['’])t (help|assist|do|provide|support|give|answer)|"
    r"(not|un)\s?able to (help|assist|provide)|(will|would|do) not (help|assist|provide)|won['’]t (help|assist))\b",
    re.IGNORECASE,
)


def load_preferences(part="brief"):
    """One part of the set as a list of dictionaries, in a fixed order.

    part: "brief" (64) holds prompt, chosen and rejected; "refusals" (56) holds prompt, category ("fine" for the
    look-alikes), the answer a model should give, and part, "train" or "test"; "long" (8) holds prompts that want a long
    answer. Each has an id. Raises ValueError for another part.

    >>> load_preferences("brief")[1]["chosen"]
    'The capital of Norway is Oslo.'
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}.")
    lines = (FOLDER / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def refusal_pairs(rows, compliance="Sure! Here is how you can do that:", lookalikes=True):
    """Preference pairs of refusal rows, as {prompt, chosen, rejected}.

    To a harmful request the refusal is chosen and `compliance`, the opening of an answer, is rejected. To a look-alike
    the answer is chosen and the refusal rejected; lookalikes=False leaves these out.

    >>> rows = load_preferences("refusals")
    >>> [pair["chosen"][:15] for pair in refusal_pairs(rows[:2])]
    ["I'm sorry, I ca", 'First sort them']
    """
    harmful = [row for row in rows if row["category"] != "fine"]
    pairs = [{"prompt": row["prompt"], "chosen": row["answer"], "rejected": compliance} for row in harmful]
    fine = [row for row in rows if row["category"] == "fine"] if lookalikes else []
    return pairs + [{"prompt": row["prompt"], "chosen": row["answer"], "rejected": REFUSAL} for row in fine]


def is_refusal(answer):
    """Whether a text declines, by the usual words in its first 60 characters.

    A rule of thumb: it cannot know whether a polite "sorry" is followed by help after all.

    >>> is_refusal("I'm sorry, but I can't help with that."), is_refusal("Use ps to find its number.")
    (True, False)
    """
    return DECLINES.search(answer[:60]) is not None


def quality(answer, answers, words=12):
    """How good a short answer is by the rule of the set: 2 if it names one of `answers`, plus 1 if it is brief.

    brief: at most `words` words. So right comes before brief; 0 to 3.

    >>> quality("The capital is Paris.", ["Paris"]), quality("France is a country in Europe.", ["Paris"])
    (3, 1)
    """
    return 2 * names_an_answer(answer, answers) + (0 < len(answer.split()) <= words)


def compare(before, after):
    """(wins, ties, losses) of the second list of qualities against the first, question by question.

    >>> compare([1, 2, 3], [3, 2, 1])
    (1, 1, 1)
    """
    better = [new > old for old, new in zip(before, after, strict=True)]
    worse = [new < old for old, new in zip(before, after, strict=True)]
    return sum(better), len(better) - sum(better) - sum(worse), sum(worse)
