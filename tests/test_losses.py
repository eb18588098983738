"""scratch/losses.py: values and slopes are torch's, for huge logits as well."""

import doctest

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch import losses
from torch.nn import functional


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(losses).failed == 0


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 8), st.integers(2, 9), st.sampled_from([0.1, 1.0, 30.0, 1000.0]), st.integers(0, 999))
def test_cross_entropy_is_torchs(examples, classes, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    ours = (scale * torch.randn(examples, classes, generator=generator)).requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    targets = torch.randint(classes, (examples,), generator=generator)
    mine, reference = losses.cross_entropy(ours, targets), functional.cross_entropy(theirs, targets)
    mine.backward()
    reference.backward()
    torch.testing.assert_close(mine, reference, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-6)


def test_its_slope_is_probability_minus_truth():
    logits = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    targets = torch.tensor([0, 3, 1, 1, 2])
    losses.cross_entropy(logits, targets).backward()
    truth = functional.one_hot(targets, 4)
    torch.testing.assert_close(logits.grad, (logits.detach().softmax(-1) - truth) / 5)


def test_mse_is_torchs():
    x, y = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(losses.mse(x, y), functional.mse_loss(x, y))


def test_shapes_that_do_not_fit_are_told():
    with pytest.raises(ValueError, match=r"targets must have the shape of outputs, \(3, 1\); got \(3,\)"):
        losses.mse(torch.ones(3, 1), torch.ones(3))
    with pytest.raises(ValueError, match=r"logits must have the shape \(examples, classes\)"):
        losses.cross_entropy(torch.ones(3), torch.ones(3).long())
