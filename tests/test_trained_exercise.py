"""Trained models as answers: judged by a score on unseen inputs, misconceptions recognised by behaviour."""

import pytest
import torch
from llmcourse import check, checking, checks
from llmcourse.checking import judge
from torch import nn
from trained_example import EXERCISE, fit, trained


@pytest.mark.parametrize("seed", range(10))
def test_the_solution_passes_and_each_mistake_is_recognised_as_itself(seed):
    assert judge(EXERCISE, trained(), seed=seed).status == "passed"
    for mistake in EXERCISE.mistakes:
        result = judge(EXERCISE, mistake.answer(), seed=seed)
        assert (result.status, result.mistake) == ("failed", mistake.name), result
        assert "is needed, and guessing reaches 0.333" in result.sentences[-1]


def test_the_number_reached_stands_beside_the_number_needed():
    weak = fit(*EXERCISE.split("train"), steps=5).eval()
    result = judge(EXERCISE, weak)
    assert result.status == "failed"
    fresh, groups = EXERCISE.split("fresh")
    reached = EXERCISE.measure(weak(fresh), groups)
    assert f"Its accuracy is {reached:.3g} on inputs that it has not seen; at least 0.85 is needed" in repr(result)
    assert [row.label for row in result.results][-2:] == ["accuracy, fresh inputs", "needed"]
    assert "def trained():" in result.solution and result.second_hint == EXERCISE.second_hint


@pytest.mark.parametrize(
    "model, told",
    [
        (lambda x: torch.zeros(len(x), 4), "outputs have the shape (300, 4), expected (300, 3)"),
        (lambda x: torch.zeros(len(x), 3, dtype=torch.long), "have the dtype torch.int64, expected floating-point"),
        (lambda x: torch.full((len(x), 3), torch.nan), "hold nan in 900 of 900 places"),
        (lambda x: [1], "gives an object of type list"),
        (lambda x: x @ torch.zeros(7, 7), "stopped in its line 1 with RuntimeError"),
        (nn.Linear(5, 3), "stopped"),
        (nn.Linear, "Give the trained model itself"),
        (3, "Give the trained model itself"),
    ],
)
def test_what_is_no_such_model_is_told_before_any_score(model, told):
    result = judge(EXERCISE, model)
    assert result.status == "failed" and told in result.sentences[0], result


def test_no_answer_is_not_attempted():
    assert judge(EXERCISE, ...).status == "not attempted"


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, 3))
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert judge(EXERCISE, model).mistake == "left in training mode"
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == [True, True, True, False, True]


def test_an_endless_model_is_stopped(monkeypatch):
    def endless(inputs):
        while True:
            pass

    monkeypatch.setattr(checking, "SECONDS", 0.2)
    monkeypatch.setattr(checks, "exercises", lambda topic: (EXERCISE,))
    assert "no result after 0.2 seconds" in check("start.groups", endless).sentences[0]


def test_splits():
    assert torch.equal(EXERCISE.split("test")[0], EXERCISE.split("test", seed=3)[0])
    assert not torch.equal(EXERCISE.split("fresh")[0], EXERCISE.split("fresh", seed=3)[0])
    with pytest.raises(ValueError, match="name must be one of train, test, fresh"):
        EXERCISE.split("validation")
