"""The prompts with which a model writes data."""

import pytest
from llmcourse.scratch.synthetic import DEPTHS, evolve, explain, first_line, self_instruct, textbook


def test_self_instruct_goes_on_with_the_list():
    prompt = self_instruct(["Tea at noon.", "Call me tomorrow."])
    assert prompt.endswith("<|im_start|>assistant\n1. Tea at noon.\n2. Call me tomorrow.\n3.")


@pytest.mark.parametrize("way", DEPTHS)
def test_evolve_shows_an_example_and_asks(way):
    prompt = evolve("Lunch on Friday.", way)
    assert DEPTHS[way][2] in prompt and prompt.count("Lunch on Friday.") == 1
    assert prompt.endswith("Lunch on Friday.<|im_end|>\n<|im_start|>assistant\n")


def test_an_unknown_way_is_told():
    with pytest.raises(ValueError, match="way must be one of constraint"):
        evolve("x", "upwards")


def test_explain_and_textbook():
    assert explain("Why?").startswith("<|im_start|>system\nYou are a teacher.")
    assert "about magnets, for sailors" in textbook("magnets", "sailors")


@pytest.mark.parametrize(
    "answer, line", [(' "Lunch?"\n5. More', "Lunch?"), ("", ""), ("\n\n", ""), (" Tea at noon. ", "Tea at noon.")]
)
def test_first_line(answer, line):
    assert first_line(answer) == line
