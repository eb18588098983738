"""scratch/activations.py: values and slopes are torch's, far out as well."""

import doctest

import pytest
import torch
from llmcourse.scratch import activations

TWINS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
}


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(activations).failed == 0


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_and_slopes_are_torchs(name, dtype):
    ours = torch.linspace(-30, 30, 1201, dtype=dtype)[1:].requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    mine, reference = getattr(activations, name)(ours), TWINS[name](theirs)
    torch.testing.assert_close(mine, reference, rtol=1e-5, atol=1e-6)
    mine.sum().backward()
    reference.sum().backward()
    away = ours.detach().abs() > 1e-3  # the edge of ReLU has two slopes
    torch.testing.assert_close(ours.grad[away], theirs.grad[away], rtol=1e-4, atol=1e-6)


def test_the_formula_of_gpt2_is_torchs_approximation():
    x = torch.linspace(-6, 6, 101)
    torch.testing.assert_close(activations.gelu(x, "tanh"), torch.nn.functional.gelu(x, approximate="tanh"))
    assert (activations.gelu(x, "tanh") - activations.gelu(x)).abs().max() > 1e-5
    with pytest.raises(ValueError, match="approximate must be 'none' or 'tanh', not 'fast'"):
        activations.gelu(x, "fast")


def test_nothing_overflows():
    far = torch.tensor([-1e4, 1e4])
    for name in TWINS:
        assert getattr(activations, name)(far).isfinite().all()
