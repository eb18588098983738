"""LossLandscape in Python: the interpolated surface, descent against torch.optim.SGD, and bad input."""

import importlib.util
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import LossLandscape
from llmcourse.loss_grid import LossGrid
from llmcourse.loss_picture import heights
from llmcourse.scratch.loss_surface import loss_surface
from PIL import Image
from torch import nn
from traitlets import TraitError

FOLDER = Path(__file__).parent / "vectors"
VECTORS = json.loads((FOLDER / "loss_landscape.json").read_text(encoding="utf-8"))
BOWL = VECTORS["bowl"]


def bowl_grid():
    axis = np.array(BOWL["xs"])
    return LossGrid(np.array(BOWL["losses"]).reshape(9, 9), axis, axis)


@pytest.fixture
def bowl():
    axis = np.linspace(-2, 2, 9)
    return LossLandscape.of_function(lambda x, y: x * x + 3 * y * y, axis, axis)


def test_values_and_slopes_are_those_of_the_cubic_patches():
    losses = np.array(VECTORS["losses"]).reshape(5, 7)
    grid = LossGrid(losses, np.array(VECTORS["xs"]), np.array(VECTORS["ys"]))
    for place in VECTORS["places"]:
        assert grid.at(*place["at"]) == pytest.approx(place["found"], abs=1e-12, rel=1e-12)
    for row, y in enumerate(VECTORS["ys"]):
        for column, x in enumerate(VECTORS["xs"]):
            assert grid.at(x, y)[0] == pytest.approx(losses[row, column], abs=1e-12)
    x, y, step = 0.313, 0.377, 1e-6
    _, slope_x, slope_y = grid.at(x, y)
    assert slope_x == pytest.approx((grid.at(x + step, y)[0] - grid.at(x - step, y)[0]) / (2 * step), abs=1e-6)
    assert slope_y == pytest.approx((grid.at(x, y + step)[0] - grid.at(x, y - step)[0]) / (2 * step), abs=1e-6)
    assert grid.at(2.001, 0.5) is None
    assert grid.at(math.nan, 0.5) is None


@pytest.mark.parametrize("run", BOWL["runs"], ids=lambda run: f"{run['learning_rate']}-{run['momentum']}")
def test_descends_as_torch_does(run):
    points, ended = bowl_grid().descend(run["start"], run["learning_rate"], run["momentum"], run["steps"])
    assert ended == ""
    np.testing.assert_allclose(points, run["path"], atol=1e-11)


def test_the_vectors_file_is_up_to_date():
    spec = importlib.util.spec_from_file_location("make_loss_landscape", FOLDER / "make_loss_landscape.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    new = made.make_vectors()
    assert new["losses"] == VECTORS["losses"]
    for one, other in zip(new["bowl"]["runs"], BOWL["runs"], strict=True):
        np.testing.assert_allclose(one["path"], other["path"], atol=1e-12)


def test_a_descent_ends_where_the_surface_does():
    grid = bowl_grid()
    points, ended = grid.descend([1.9, 1.9], 3, 0, 10)
    assert (len(points), ended) == (1, "left")
    losses = np.array(BOWL["losses"]).reshape(9, 9)
    losses[4, 4] = np.nan
    points, ended = LossGrid(losses, BOWL["xs"], BOWL["xs"]).descend([-1.8, 1.9], 0.1, 0, 300)
    assert ended == "hole" and len(points) > 1


def test_reads_back_points_minimum_and_descent(bowl):
    assert bowl.descend and bowl.selected_point is None
    assert bowl.minimum == (0, 0, 0)
    bowl.selected = 9 * 2 + 8
    assert bowl.selected_point == (2, -1, 7)
    bowl.start, bowl.learning_rate, bowl.momentum, bowl.steps = [1.0, 1.0], 0.1, 0.5, 2
    place = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([place], lr=0.1, momentum=0.5)
    for point in bowl.descent:
        assert point[:2] == pytest.approx(place.tolist())
        optimiser.zero_grad()
        (place[0] ** 2 + 3 * place[1] ** 2).backward()
        optimiser.step()
    assert "2 steps to" in bowl.summary
    bowl.learning_rate = 5.0
    assert "leaves the surface" in bowl.summary
    bowl.start = [9.0, 9.0]
    assert bowl.descent == [] and "starts beside the surface" in bowl.summary


def test_a_function_that_fails_somewhere_leaves_holes():
    made = LossLandscape.of_function(lambda x, y: math.log(x) / y, [-1, 0, 1, 2], [0, 1, 2])
    assert made.holes == 3 * 2 + 2
    assert f"{made.holes} of 12 are not finite" in made.summary
    with pytest.raises(ZeroDivisionError):
        LossLandscape.of_function(lambda x, y: 1 / 0, [0, 1, 2], [0, 1, 2])
    with pytest.raises(NameError):
        LossLandscape.of_function(lambda x, y: nonesuch, [0, 1, 2], [0, 1, 2])  # noqa: F821


def test_shows_the_surface_of_a_network():
    torch.manual_seed(0)
    model, inputs = nn.Linear(3, 1), torch.randn(20, 3)
    surface = loss_surface(model, lambda model: model(inputs).square().mean(), steps=5, progress=False)
    shown = LossLandscape(surface)
    np.testing.assert_array_equal(shown.losses, surface.losses)
    assert np.frombuffer(shown.losses_data).tolist() == surface.losses.flatten().tolist()
    shown.selected = 12
    assert shown.selected_point[2] == pytest.approx(float(model(inputs).square().mean()), rel=1e-6)
    assert shown.names == ["direction 1", "direction 2", "loss"]
    walked = LossLandscape(replace(surface, path=np.zeros((4, 2)), explained=(0.876, 0.1)))
    assert walked.names[:2] == ["direction 1 (88% of path)", "direction 2 (10% of path)"]
    assert walked.path_lengths == [4]
    assert not shown.descend


def test_paths_by_name_and_alone(bowl):
    axis = np.linspace(-1, 1, 3)
    one = LossLandscape(np.zeros((3, 3)), axis, axis, path=torch.tensor([[0.0, 1.0], [0.5, 0.5]]))
    assert (one.path_names, one.path_lengths) == (["path"], [2])
    several = LossLandscape(np.zeros((3, 3)), axis, axis, path={"SGD": [[0, 0]], "Adam": [[1, 1], [0, 0]]})
    assert np.frombuffer(several.paths_data).tolist() == [0, 0, 1, 1, 0, 0]
    with pytest.raises(ValueError, match="at most 6"):
        LossLandscape(np.zeros((3, 3)), axis, axis, path={str(n): [[0, 0]] for n in range(7)})


def test_the_logarithm_spans_three_powers_of_ten():
    shown, note = heights(np.array([[5.0, np.nan], [5.01, 15.0]]), True)
    assert note
    np.testing.assert_allclose(shown, [[-2, np.nan], [math.log10(0.02), math.log10(10.01)]], atol=1e-12)
    assert heights(np.array([[3.0, 3.0]]), True)[1] == ""


def test_a_view_from_another_side_is_another_picture(bowl):
    def image():
        return np.asarray(Image.open(io.BytesIO(bowl.picture())).convert("RGB")).astype(int)

    before = image()
    bowl.yaw = 120.0
    assert np.abs(image() - before).sum() > 10_000


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (([[1]],), TypeError, "needs losses, xs and ys"),
        ((np.zeros((3, 3)), [0, 1], [0, 1, 2]), ValueError, "xs must hold at least 3"),
        ((np.zeros((3, 3)), [0, 1, 3], [0, 1, 2]), ValueError, "xs must be finite, rising and evenly spaced"),
        ((np.zeros((3, 3)), [0, 1, 2], [2, 1, 0]), ValueError, "ys must be finite, rising"),
        ((np.zeros((3, 3)), [0, 1, math.inf], [0, 1, 2]), ValueError, "xs must be finite"),
        ((np.zeros((3, 4)), [0, 1, 2], [0, 1, 2]), ValueError, r"losses must have the shape .* \(3, 3\); got \(3, 4\)"),
        ((np.zeros((3, 3)), ["a", "b", "c"], [0, 1, 2]), TypeError, "xs must be a list of numbers"),
        (("none", [0, 1, 2], [0, 1, 2]), TypeError, "losses must be an array"),
        ((np.zeros((3, 3)), [0, 1, 2], [0, 1, 2], [[1, math.nan]]), ValueError, "path must be finite"),
        ((np.zeros((3, 3)), range(2000), range(2000)), ValueError, "at most 1,000,000"),
    ],
)
def test_bad_arguments_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        LossLandscape(*arguments)


def test_bad_settings_are_named(bowl):
    for name, value in {"pitch": 91.0, "zoom": 9.0, "momentum": -0.1, "steps": 1001, "learning_rate": -1.0}.items():
        with pytest.raises(TraitError, match=f"{name} must lie between"):
            setattr(bowl, name, value)
    with pytest.raises(TraitError, match="start must be two finite numbers"):
        bowl.start = [1.0]
    with pytest.raises(ValueError, match="names must be three"):
        LossLandscape(np.zeros((3, 3)), [0, 1, 2], [0, 1, 2], names=["x"])
    bowl.selected = 81
    assert bowl.selected == -1


any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=20) | st.sampled_from(
    ["$x^$", "\ud83c" + "x" * 400]
)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_surface_has_a_picture_and_a_page(data):
    columns, rows = data.draw(st.integers(3, 5)), data.draw(st.integers(3, 5))
    size = rows * columns
    losses = data.draw(st.lists(st.floats(), min_size=size, max_size=size))
    numbers = st.floats(-3, 3)
    made = LossLandscape(
        np.array(losses).reshape(rows, columns),
        np.linspace(-1, 1, columns),
        np.linspace(-1e-6, 1e6, rows),
        path={data.draw(any_text): data.draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=3))},
        names=[data.draw(any_text), "y", data.draw(any_text)],
        log_scale=data.draw(st.booleans()),
        descend=data.draw(st.booleans()),
        selected=data.draw(st.integers(-1, size)),
    )
    assert f"{columns} × {rows}" in made.summary
    assert made.picture().startswith(b"\x89PNG")
    assert "</html>" in made.to_html()
