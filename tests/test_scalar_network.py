"""scratch/scalar_network.py: the same outputs and slopes as torch's network with the same knobs; it learns."""

import doctest

import pytest
import torch
from llmcourse.scratch import scalar_network
from llmcourse.scratch.autograd import Value
from llmcourse.scratch.scalar_network import ScalarMLP
from torch import nn

BENDS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def twin_of(network, activation):
    """torch's network with the same knobs, in float64."""
    parts = []
    for neurons in network.layers:
        linear = nn.Linear(len(neurons[0].weights), len(neurons)).double()
        linear.weight.data = torch.tensor([[w.data for w in n.weights] for n in neurons], dtype=torch.float64)
        linear.bias.data = torch.tensor([n.bias.data for n in neurons], dtype=torch.float64)
        parts += [linear, BENDS[activation]()]
    return nn.Sequential(*parts[:-1])


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(scalar_network).failed == 0


@pytest.mark.parametrize("activation", BENDS)
@pytest.mark.parametrize("sizes", [[1, 1], [3, 4, 2], [2, 3, 3, 1]])
def test_outputs_and_slopes_are_torchs(sizes, activation):
    network = ScalarMLP(sizes, activation, seed=3)
    twin = twin_of(network, activation)
    inputs = torch.randn(sizes[0], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    outputs, theirs = network(inputs.tolist()), twin(inputs)
    assert [output.data for output in outputs] == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-12)
    sum((output - 1) ** 2 for output in outputs).backward()
    ((theirs - 1) ** 2).sum().backward()
    slopes = [torch.cat([one.weight.grad, one.bias.grad[:, None]], 1) for one in twin if isinstance(one, nn.Linear)]
    wanted = torch.cat([slope.flatten() for slope in slopes]).tolist()
    assert [knob.grad for knob in network.parameters()] == pytest.approx(wanted, rel=1e-10, abs=1e-12)


def test_it_learns_exclusive_or():
    network, generator = (
        ScalarMLP([2, 6, 1], seed=0),
        [([a, b], 1.0 if a != b else -1.0) for a in (0, 1) for b in (0, 1)],
    )
    for _ in range(300):
        loss = sum(((network(x)[0] - y) ** 2 for x, y in generator), Value(0.0)) / 4
        for knob in network.parameters():
            knob.grad = 0.0
        loss.backward()
        for knob in network.parameters():
            knob.data -= 0.2 * knob.grad
    assert loss.data < 0.05
    assert all((network(x)[0].data > 0) == (y > 0) for x, y in generator)


def test_the_seed_decides_and_bad_arguments_are_told():
    first, again, other = (ScalarMLP([2, 2, 1], seed=seed)([1.0, 1.0])[0].data for seed in (0, 0, 1))
    assert first == again != other
    with pytest.raises(ValueError, match="sizes must be two or more numbers"):
        ScalarMLP([2])
    with pytest.raises(ValueError, match="activation must be 'tanh', 'relu' or 'sigmoid', not 'gelu'"):
        ScalarMLP([2, 1], activation="gelu")
