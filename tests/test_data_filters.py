"""Filters of an instruction set."""

import pytest
from llmcourse.instruction_set import load_instructions
from llmcourse.scratch.data_filters import leaked, length_fault, nearest, ngram_index, pattern_fault


@pytest.mark.parametrize(
    "text, fault",
    [
        ("I'm sorry, but I can't do that.", "refusal"),
        ("As an AI language model I have no body.", "refusal"),
        ("Sure, here is one:", "chatter"),
        ('Message: "Lunch on Monday"', "chatter"),
        ("Meet me at [place] on Friday.", "placeholder"),
        ("See https://x.y for more.", "placeholder"),
        ("Sorry, 6 pm is too early for me.", None),
        ("Dinner on Friday, 7 pm.", None),
    ],
)
def test_patterns(text, fault):
    assert pattern_fault(text) == fault


def test_lengths():
    assert [length_fault("a b c", least, most) for least, most in [(4, 9), (1, 2), (3, 3)]] == ["short", "long", None]


def test_a_planted_leak_is_caught_and_nothing_else():
    heldout = [each["input"] for each in load_instructions("heldout")]
    train = [each["input"] for each in load_instructions("train")]
    index = ngram_index(heldout, size=6)
    planted = "FYI: " + heldout[7].upper() + " See you!"
    assert leaked(planted, index, size=6)
    assert sum(bool(leaked(text, index, size=6)) for text in train) < len(train) / 20
    assert not any(leaked(text, ngram_index(heldout, size=8), size=8) for text in train)
    assert leaked("", index) == [] and leaked("one two", index) == []


def test_nearest():
    assert nearest("tea at noon", ["cake at six", "tea at noon today"], size=1) == (0.75, 1)
    assert nearest("tea", []) == (0.0, -1)
