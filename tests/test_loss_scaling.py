"""Loss scaling by hand against torch.amp.GradScaler: the same scales, the same steps taken and skipped."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.loss_scaling import LossScaler


def optimised():
    weight = torch.nn.Parameter(torch.zeros(2))
    return weight, torch.optim.SGD([weight], lr=1.0)


@settings(max_examples=50, deadline=None)
@given(
    gradients=st.lists(st.sampled_from([0.5, 1e-8, float("inf"), float("nan")]), max_size=12),
    interval=st.integers(1, 4),
)
def test_it_does_what_torchs_scaler_does(gradients, interval):
    ours, theirs = LossScaler(1024.0, interval=interval), torch.amp.GradScaler("cpu", 1024.0, growth_interval=interval)
    (weight, step), (twin, twin_step) = optimised(), optimised()
    for gradient in gradients:
        twin.grad = theirs.scale(torch.full((2,), gradient))
        weight.grad = torch.full((2,), gradient) * ours.scale
        theirs.step(twin_step)
        theirs.update()
        assert ours.step(step) == (gradient < 1)
        assert ours.scale == theirs.get_scale()
        assert torch.equal(weight, twin)
    assert ours.skipped == sum(not gradient < 1 for gradient in gradients)


def test_parameters_without_gradients_are_left_alone():
    weight, step = optimised()
    assert LossScaler().step(step) and torch.equal(weight, torch.zeros(2))


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"interval": 0}, {"growth": 1}, {"backoff": 1.0}])
def test_bad_arguments_are_named(wrong):
    with pytest.raises(ValueError, match="scale and interval must be above 0"):
        LossScaler(**wrong)
