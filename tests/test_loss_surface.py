"""scratch/loss_surface.py: the loss on a plane through the weights, which come back bit for bit whatever happens."""

import io
from contextlib import redirect_stderr

import numpy as np
import pytest
import torch
from llmcourse.scratch.loss_surface import filter_normalised, loss_surface, principal_directions, weights_of
from torch import nn


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.Flatten(), nn.Dropout(0.5), nn.Linear(24, 3))


@pytest.fixture
def data():
    torch.manual_seed(1)
    return torch.randn(16, 2, 8), torch.randint(0, 3, (16,))


def loss_on(data):
    return lambda model: nn.functional.cross_entropy(model(data[0]), data[1])


def state(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(before, model):
    return all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_the_middle_is_the_models_own_loss_and_the_weights_come_back(network, data):
    before = state(network.train())
    surface = loss_surface(network, loss_on(data), steps=5, progress=False)
    assert same(before, network)
    assert network.training and network[3].training
    assert float(loss_on(data)(network.eval())) == surface.losses[2, 2]
    assert (surface.xs[2], surface.ys[2], surface.xs[-1]) == (0, 0, 1)
    assert len(np.unique(surface.losses)) == 25
    assert surface.done == 25


def test_every_point_is_the_loss_of_the_moved_weights(network, data):
    surface = loss_surface(network, loss_on(data), span=0.5, steps=3, seed=4, progress=False)
    start = weights_of(network)
    first, second = filter_normalised(start, 4), filter_normalised(start, 4 + 1_000_003)
    network.eval()
    for row, y in enumerate(surface.ys):
        for column, x in enumerate(surface.xs):
            with torch.no_grad():
                for place, parameter in enumerate(network.parameters()):
                    parameter.copy_(start[place] + x * first[place] + y * second[place])
                assert surface.losses[row, column] == pytest.approx(float(loss_on(data)(network)), rel=1e-6)


def test_a_filter_of_a_direction_is_as_long_as_the_filter_of_the_weight(network):
    weights = weights_of(network)
    direction = filter_normalised(weights, seed=3)
    assert [one.shape for one in direction] == [one.shape for one in weights]
    for one, weight in zip(direction, weights, strict=True):
        if weight.ndim < 2:
            assert not one.any()
        else:
            torch.testing.assert_close(one.flatten(1).norm(dim=1), weight.flatten(1).norm(dim=1))
            assert not torch.allclose(one, weight)
    again, other = filter_normalised(weights, seed=3), filter_normalised(weights, seed=4)
    assert all(map(torch.equal, direction, again))
    assert not torch.equal(direction[0], other[0])


def test_a_rescaled_twin_has_the_same_surface(data):
    """ReLU networks compute the same when one layer shrinks and the next grows: so the normalisation is needed."""
    torch.manual_seed(2)
    one = nn.Sequential(nn.Flatten(), nn.Linear(16, 8, bias=False), nn.ReLU(), nn.Linear(8, 3, bias=False))
    twin = nn.Sequential(nn.Flatten(), nn.Linear(16, 8, bias=False), nn.ReLU(), nn.Linear(8, 3, bias=False))
    with torch.no_grad():
        twin[1].weight.copy_(one[1].weight * 4)
        twin[3].weight.copy_(one[3].weight / 4)
    surfaces = [loss_surface(model, loss_on(data), steps=5, progress=False).losses for model in (one, twin)]
    np.testing.assert_allclose(*surfaces, rtol=1e-5)


@pytest.mark.parametrize("problem", [RuntimeError("out of memory"), SystemExit()])
def test_after_an_error_the_weights_are_back(network, data, problem):
    before, calls = state(network), []

    def failing(model):
        calls.append(1)
        if len(calls) == 4:
            raise problem
        return loss_on(data)(model)

    with pytest.raises(type(problem)):
        loss_surface(network, failing, steps=3, progress=False)
    assert same(before, network)
    assert network.training


def test_an_interrupt_keeps_what_was_computed_and_resume_goes_on(network, data):
    before, calls = state(network), []

    def interrupted(model):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return loss_on(data)(model)

    partial = loss_surface(network, interrupted, steps=5, progress=False)
    assert partial.done == 5
    assert same(before, network)
    calls = [0] * 10
    whole = loss_surface(network, interrupted, steps=5, progress=False, resume=partial)
    assert len(calls) == 30, "only the 20 missing points are computed"
    np.testing.assert_array_equal(whole.losses, loss_surface(network, loss_on(data), steps=5, progress=False).losses)
    with pytest.raises(ValueError, match="resume must be a surface of the same"):
        loss_surface(network, loss_on(data), steps=7, progress=False, resume=partial)


def test_buffers_that_the_loss_changes_come_back(network, data):
    before = state(network)

    def training_loss(model):
        model.train()  # batch norm now moves its averages
        return loss_on(data)(model)

    loss_surface(network, training_loss, steps=3, progress=False)
    assert same(before, network)


def test_exploded_losses_are_infinite_and_count_as_computed():
    model = nn.Linear(1, 1)
    surface = loss_surface(model, lambda model: torch.tensor(float("nan")), steps=3, progress=False)
    assert np.isinf(surface.losses).all()
    assert surface.done == 9


def test_the_plane_of_a_training_holds_its_path(data):
    torch.manual_seed(5)
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
    snapshots = [weights_of(model)]
    for _ in range(8):
        optimiser.zero_grad()
        loss_on(data)(model).backward()
        optimiser.step()
        snapshots.append(weights_of(model))
    surface = loss_surface(model, loss_on(data), steps=5, directions=snapshots, progress=False)
    first, second, path, explained = principal_directions(snapshots, weights_of(model))
    flat = [torch.cat([part.flatten() for part in one]).double() for one in (first, second)]
    assert [float(one.norm()) for one in flat] == pytest.approx([1, 1], abs=1e-5)
    assert float(flat[0] @ flat[1]) == pytest.approx(0, abs=1e-5)
    moved = torch.stack(
        [torch.cat([(a - b).flatten() for a, b in zip(one, snapshots[-1], strict=True)]) for one in snapshots]
    )
    _, singular, right = torch.linalg.svd(moved.double(), full_matrices=False)
    for one, expected in zip(flat, right, strict=False):
        assert abs(float(one @ expected)) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(path, (moved.double() @ torch.stack(flat).T).numpy(), atol=1e-5)
    assert explained == pytest.approx(((singular**2)[:2] / (singular**2).sum()).tolist(), abs=1e-6)
    np.testing.assert_allclose(surface.path[-1], [0, 0], atol=1e-6)
    assert surface.path[:, 0].min() > surface.xs[0] and surface.path[:, 1].max() < surface.ys[-1]


def test_given_directions_and_a_straight_path():
    model = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0]]))
    along, across = [torch.tensor([[1.0, 0.0]])], [torch.tensor([[0.0, 1.0]])]
    surface = loss_surface(
        model,
        lambda model: model.weight[0, 0] + 10 * model.weight[0, 1],
        steps=3,
        directions=(along, across),
        progress=False,
    )
    np.testing.assert_allclose(surface.losses, [[10, 11, 12], [20, 21, 22], [30, 31, 32]], atol=1e-5)
    line = [[torch.tensor([[1.0 + step, 2.0]])] for step in range(4)]
    surface = loss_surface(model, lambda model: model.weight.sum(), steps=3, directions=line, progress=False)
    np.testing.assert_allclose(np.abs(surface.path), [[0, 0], [1, 0], [2, 0], [3, 0]], atol=1e-6)
    assert np.isfinite(surface.losses).all()


def test_the_bar_tells_the_time_left():
    told = io.StringIO()
    with redirect_stderr(told):
        loss_surface(nn.Linear(1, 1), lambda model: model.weight.sum(), steps=3)
    assert "loss surface" in told.getvalue() and "9/9" in told.getvalue()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"span": 0}, ValueError, "span must be a number above 0"),
        ({"span": float("nan")}, ValueError, "span"),
        ({"steps": 2}, ValueError, "steps must be a whole number from 3 to 501"),
        ({"steps": 2.5}, ValueError, "steps"),
        ({"directions": [1, 2]}, TypeError, "directions must be lists"),
        ({"directions": [[torch.zeros(3)], [torch.zeros(3)]]}, TypeError, "of its shape"),
        ({"directions": [[torch.zeros(1, 1), torch.zeros(1)]]}, ValueError, "at least 3 snapshots"),
    ],
)
def test_bad_arguments_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        loss_surface(nn.Linear(1, 1), lambda model: model.weight.sum(), progress=False, **arguments)


def test_weights_that_never_moved_are_told():
    model = nn.Linear(1, 1)
    with pytest.raises(ValueError, match="did not move"):
        loss_surface(model, lambda model: 0.0, directions=[weights_of(model)] * 3, progress=False)
