"""The parts of check(), each alone: its sentences, answers that are values, answers that are trained models."""

import pytest
import torch
from llmcourse.check_trained import judge_trained
from llmcourse.check_value import judge_value
from llmcourse.check_words import about_error, named, sentence, showable
from llmcourse.exercise import Exercise, Mistake
from trained_example import EXERCISE, one_group, trained


class Hostile:
    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__


def test_a_clause_becomes_a_sentence():
    assert sentence("it is a list") == "It is a list."


def test_an_error_is_named_even_if_its_message_fails():
    assert named(ValueError("too long")) == "ValueError: too long"
    assert named(ValueError()) == "ValueError"
    assert named(ValueError(Hostile())) == "ValueError"
    assert len(named(ValueError("x" * 1000))) < 330


@pytest.mark.parametrize(
    "error, words",
    [
        (RecursionError(), "without end"),
        (SystemExit(), "SystemExit"),
        (MemoryError(), "memory"),
        (KeyError("a"), "KeyError"),
    ],
)
def test_what_ended_a_call_is_told_in_one_sentence(error, words):
    told, code = about_error(error, lambda: None, seconds=1.0)
    assert words in told
    assert code == ""


def test_a_value_that_cannot_be_shown_is_said_so():
    assert showable(3) == 3
    assert "cannot be shown" in str(showable(Hostile()))


def test_a_value_is_judged_and_the_right_one_not_given_away():
    mistakes = [Mistake("one", 1, "Add one."), Mistake("three", 3, "Take one."), Mistake("zero", 0, "Count.")]
    exercise = Exercise("start.two", "Say two.", 2, mistakes, "It is 1 + 1.")
    assert judge_value(exercise, torch.tensor(2), 1.0).status == "passed"
    assert judge_value(exercise, 3, 1.0).mistake == "three"
    other = judge_value(exercise, 17, 1.0)
    assert (other.status, other.mistake, other.hint) == ("failed", None, "It is 1 + 1.")
    assert "2" not in " ".join(other.sentences)


def test_a_trained_model_is_judged_by_what_it_reaches():
    assert judge_trained(EXERCISE, trained(), 10.0).status == "passed"
    failed = judge_trained(EXERCISE, one_group(), 10.0)
    assert failed.status == "failed" and failed.mistake
    assert "needed" in " ".join(failed.sentences)
    assert "not its class" in judge_trained(EXERCISE, torch.nn.Linear, 10.0).sentences[0]
