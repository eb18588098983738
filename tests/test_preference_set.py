"""The course's preference sets: their form, that they stay apart from what is held out, and the rule for refusals."""

import pytest
from llmcourse.instruction_set import load_instructions
from llmcourse.preference_set import FOLDER, REFUSAL, compare, is_refusal, load_preferences, quality, refusal_pairs

BRIEF, REFUSALS, LONG = (load_preferences(part) for part in ("brief", "refusals", "long"))


def test_counts_fields_and_licence():
    assert (len(BRIEF), len(REFUSALS), len(LONG)) == (64, 56, 8)
    assert all(list(row) == ["id", "prompt", "chosen", "rejected"] for row in BRIEF)
    assert all(list(row) == ["id", "part", "prompt", "category", "answer"] for row in REFUSALS)
    ids = [row["id"] for row in BRIEF + REFUSALS + LONG]
    prompts = [row["prompt"] for row in BRIEF + REFUSALS + LONG]
    assert len(set(ids)) == len(ids) and len(set(prompts)) == len(prompts)
    assert "Apache-2.0" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_chosen_answers_are_short_and_the_rejected_ones_ramble():
    for row in BRIEF:
        assert len(row["chosen"].split()) <= 12 < len(row["rejected"].split()) <= 26, row
        assert not is_refusal(row["chosen"]) and not is_refusal(row["rejected"])


def test_held_out_questions_stay_out():
    general = {row["instruction"].removesuffix(" Answer in one sentence.") for row in load_instructions("general")}
    assert not general & {row["prompt"] for row in BRIEF + REFUSALS}


@pytest.mark.parametrize("part", ["train", "test"])
def test_half_of_the_requests_are_harmful_and_each_has_its_look_alike(part):
    rows = [row for row in REFUSALS if row["part"] == part]
    harmful = [row for row in rows if row["category"] != "fine"]
    assert len(harmful) == len(rows) / 2 == 14
    assert {row["category"] for row in harmful} == {"privacy", "theft", "deceit", "cruelty"}
    assert all(is_refusal(row["answer"]) == (row["category"] != "fine") for row in rows)


def test_pairs_of_refusals():
    pairs = refusal_pairs(REFUSALS)
    assert len(pairs) == 56 and len(refusal_pairs(REFUSALS, lookalikes=False)) == 28
    assert all(is_refusal(pair["chosen"]) != is_refusal(pair["rejected"]) for pair in pairs)
    assert is_refusal(REFUSAL)


@pytest.mark.parametrize(
    ("text", "declines"),
    [
        ("I cannot assist with that request.", True),
        ("I'm not able to help you with this.", True),
        ("I won’t help with that.", True),
        ("Use kill and the number of the process.", False),
        (
            "You can use a sharp knife on the onion while it is cold. If not, I cannot help you, sorry.",
            False,
        ),
    ],
)
def test_the_rule_for_refusals(text, declines):
    assert is_refusal(text) is declines


def test_another_part_is_named():
    with pytest.raises(ValueError, match="part must be one of brief, refusals, long; got 'short'"):
        load_preferences("short")


def test_right_comes_before_brief_and_wins_are_counted():
    long = "Well, there is a lot to say about France and its many cities, of which Paris is one."
    assert [quality(text, ["Paris"]) for text in ("It is Paris.", long, "It is Rome.", "")] == [3, 2, 1, 0]
    assert compare([0, 1, 2, 3], [3, 1, 3, 0]) == (2, 1, 1)
