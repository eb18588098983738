"""scratch/regularisation.py: dropout as torch's, penalties as its weight decay, early stopping, jittered pictures."""

import doctest

import pytest
import torch
from llmcourse.scratch import regularisation
from llmcourse.scratch.optimisers import SGD
from llmcourse.scratch.regularisation import Dropout, EarlyStopping, jittered, l1_penalty, l2_penalty
from torch import nn


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(regularisation).failed == 0


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_dropout_silences_the_share_and_keeps_the_mean_as_torch_does(share):
    torch.manual_seed(0)
    x = torch.full((200, 500), 3.0)
    ours, theirs = Dropout(share)(x), nn.Dropout(share)(x)
    for result in (ours, theirs):
        assert (result == 0).float().mean() == pytest.approx(share, abs=0.01)
        assert result.mean() == pytest.approx(3.0, rel=0.03)
    torch.testing.assert_close(ours.unique(), theirs.unique())
    assert torch.equal(Dropout(share).eval()(x), x)


def test_dropout_stops_the_slopes_of_what_it_silences():
    torch.manual_seed(0)
    x = torch.ones(100, requires_grad=True)
    result = Dropout(0.25)(x)
    result.sum().backward()
    torch.testing.assert_close(x.grad, result.detach())


def test_l2_is_torchs_weight_decay_under_sgd():
    nets = [nn.Linear(4, 3, bias=False), nn.Linear(4, 3, bias=False)]
    nets[1].load_state_dict(nets[0].state_dict())
    ours, theirs = SGD(nets[0].parameters(), 0.1), torch.optim.SGD(nets[1].parameters(), 0.1, weight_decay=0.3)
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    for _ in range(20):
        ours.zero_grad()
        theirs.zero_grad()
        (nets[0](x).square().mean() + 0.3 * l2_penalty(nets[0])).backward()
        nets[1](x).square().mean().backward()
        ours.step()
        theirs.step()
    torch.testing.assert_close(nets[0].weight, nets[1].weight)


def test_penalties_are_worked_by_hand_and_leave_biases_alone():
    net = nn.Linear(2, 1)
    net.weight.data, net.bias.data = torch.tensor([[3.0, -4.0]]), torch.tensor([100.0])
    assert (l1_penalty(net).item(), l2_penalty(net).item()) == (7, 12.5)


def test_early_stopping_puts_the_best_weights_back():
    net, stopping = nn.Linear(1, 1, bias=False), EarlyStopping(patience=2)
    for step, loss in enumerate([3.0, 1.0, 1.5, 1.0]):
        net.weight.data.fill_(step)
        stopped = stopping.look(step, loss, net)
    assert stopped and (stopping.best, stopping.best_step) == (1.0, 1)
    stopping.restore(net)
    assert net.weight.item() == 1
    with pytest.raises(RuntimeError, match="nothing to restore"):
        EarlyStopping(1).restore(net)


def test_jittered_pictures_stay_near_where_they_were():
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(50, 9, 9)
    images[:, 3:6, 3:6] = 1
    moved = jittered(images, generator)
    assert moved.shape == images.shape and not torch.equal(moved[0], moved[1])
    assert moved.sum((1, 2)).min() > 5 and moved.max() <= 1 + 1e-6
    torch.testing.assert_close(jittered(images, generator, turn=0, move=0, scale=0), images)


def test_settings_out_of_range_are_told():
    with pytest.raises(ValueError, match="share must be 0 or more and below 1; got 1"):
        Dropout(1)
    with pytest.raises(ValueError, match="patience must be 1 or more; got 0"):
        EarlyStopping(0)
