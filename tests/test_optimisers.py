"""scratch/optimisers.py: equal to torch.optim after every one of many steps, on tensors and on our own numbers."""

import doctest

import pytest
import torch
from llmcourse.scratch import optimisers
from llmcourse.scratch.autograd import Value
from llmcourse.scratch.optimisers import SGD, Adam, Momentum, RMSprop, minibatches
from torch import nn

PAIRS = {
    "SGD": (lambda p: SGD(p, 0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": (lambda p: Momentum(p, 0.05), lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
    "momentum 0.5": (lambda p: Momentum(p, 0.05, 0.5), lambda p: torch.optim.SGD(p, 0.05, momentum=0.5)),
    "RMSprop": (lambda p: RMSprop(p), lambda p: torch.optim.RMSprop(p)),
    "RMSprop 0.9": (lambda p: RMSprop(p, 0.02, 0.9, 1e-3), lambda p: torch.optim.RMSprop(p, 0.02, 0.9, 1e-3)),
    "Adam": (lambda p: Adam(p), lambda p: torch.optim.Adam(p)),
    "Adam, other": (
        lambda p: Adam(p, 0.03, (0.8, 0.95), 0.1),
        lambda p: torch.optim.Adam(p, 0.03, betas=(0.8, 0.95), eps=0.1),
    ),
}


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)).double()


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(optimisers).failed == 0


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_step_is_torchs(name, seed):
    nets = [network(seed), network(seed)]
    both = [make(net.parameters()) for make, net in zip(PAIRS[name], nets, strict=True)]
    generator = torch.Generator().manual_seed(seed)
    for _ in range(300):
        x, y = torch.randn(2, 8, 3, dtype=torch.float64, generator=generator)
        for net, optimiser in zip(nets, both, strict=True):
            optimiser.zero_grad()
            (net(x) - y[:, :2]).square().mean().backward()
            optimiser.step()
        for ours, theirs in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", PAIRS)
def test_numbers_of_our_engine_are_turned_alike(name):
    tensor, number = torch.tensor([1.5, -2.0], dtype=torch.float64, requires_grad=True), [Value(1.5), Value(-2.0)]
    ours, theirs = PAIRS[name][0](number), PAIRS[name][1]([tensor])
    for _ in range(50):
        ours.zero_grad()
        theirs.zero_grad()
        (number[0] ** 2 * 3 + (number[1] - 1) ** 2).backward()
        (tensor[0] ** 2 * 3 + (tensor[1] - 1) ** 2).backward()
        ours.step()
        theirs.step()
    assert [each.data for each in number] == pytest.approx(tensor.tolist(), rel=1e-9)


@pytest.mark.parametrize("make", [pair[0] for pair in PAIRS.values()])
def test_a_parameter_without_slope_rests(make):
    used, unused = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimiser = make([used, unused])
    used.square().sum().backward()
    optimiser.step()
    assert (used < 1).all() and (unused == 1).all()
    optimiser.zero_grad()
    assert used.grad is None


def test_adams_first_step_is_the_learning_rate_however_small_the_slope():
    for slope in (1e-3, 1.0, 1e3):
        knob = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        optimiser = Adam([knob], lr=0.01)
        knob.grad = torch.full_like(knob, slope)
        optimiser.step()
        assert knob.item() == pytest.approx(-0.01, rel=1e-4)


def test_minibatches_hold_every_example_once_in_an_order_of_the_generator():
    first, again = (minibatches(23, 5, torch.Generator().manual_seed(2)) for _ in range(2))
    assert sorted(torch.cat(first).tolist()) == list(range(23))
    assert [len(batch) for batch in first] == [5, 5, 5, 5, 3]
    assert torch.equal(torch.cat(first), torch.cat(again))
    assert torch.cat(first).tolist() != list(range(23))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda p: SGD(p, 0), "lr must be above 0; got 0"),
        (lambda p: Momentum(p, 0.1, 1.0), "momentum must be 0 or more and below 1; got 1.0"),
        (lambda p: RMSprop(p, alpha=-0.1), "alpha must be 0 or more and below 1"),
        (lambda p: Adam(p, betas=(0.9, 1.5)), "betas must be 0 or more and below 1; got 1.5"),
    ],
)
def test_settings_out_of_range_are_told(make, told):
    with pytest.raises(ValueError, match=told):
        make([torch.ones(1, requires_grad=True)])
