"""Writes loss_landscape.json: surfaces with slopes, and paths of torch.optim.SGD, for Python and JavaScript alike.

Run it again with `python tests/vectors/make_loss_landscape.py` when the cases change.
"""

import json
from pathlib import Path

import numpy as np
import torch

PATH = Path(__file__).with_name("loss_landscape.json")


def bowl(x, y):
    """A tilted bowl: quadratic, so that the interpolation must be exact."""
    return 1.5 * x * x + 0.4 * y * y - 0.7 * x * y + 0.3 * x - 0.2 * y + 2


def interpolated(losses, xs, ys, x, y):
    """(value, slope x, slope y) by the matrix of Catmull-Rom cubics on a grid padded with parabolas."""
    padded = losses
    for axis in (0, 1):
        first, last = (padded.take(range(3), axis), padded.take(range(-3, 0), axis))
        before = np.tensordot(first, [3, -3, 1], (axis, 0))
        after = np.tensordot(last, [1, -3, 3], (axis, 0))
        padded = np.concatenate([np.expand_dims(before, axis), padded, np.expand_dims(after, axis)], axis)
    matrix = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    step_x, step_y = xs[1] - xs[0], ys[1] - ys[0]
    u, v = (x - xs[0]) / step_x, (y - ys[0]) / step_y
    column, row = min(int(u), len(xs) - 2), min(int(v), len(ys) - 2)
    u, v = u - column, v - row
    patch = matrix @ padded[row : row + 4, column : column + 4] @ matrix.T
    power_u, power_v = u ** np.arange(4), v ** np.arange(4)
    slope_u = np.array([0, 1, 2 * u, 3 * u * u])
    slope_v = np.array([0, 1, 2 * v, 3 * v * v])
    return power_v @ patch @ power_u, power_v @ patch @ slope_u / step_x, slope_v @ patch @ power_u / step_y


def sgd_path(start, learning_rate, momentum, steps):
    """The places that torch.optim.SGD visits on the bowl: [[x, y, loss], …]."""
    place = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([place], lr=learning_rate, momentum=momentum)
    path = []
    for _ in range(steps + 1):
        loss = bowl(*place)
        path.append([*place.tolist(), loss.item()])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return path


def make_vectors():
    """The content of loss_landscape.json."""
    rng = np.random.default_rng(3)
    xs, ys = np.linspace(-1, 2, 7), np.linspace(0, 1, 5)
    losses = rng.normal(size=(5, 7)).round(3)
    places = [
        [-1, 0],
        [2, 1],
        [-0.9, 0.95],
        [0.5, 0.5],
        [1.97, 0.03],
        *rng.uniform([-1, 0], [2, 1], (8, 2)).round(3).tolist(),
    ]
    runs = [([-1.8, 1.9], 0.1, 0.0, 30), ([1.5, -1.5], 0.05, 0.9, 40), ([-1.0, -1.0], 0.3, 0.5, 12)]
    return {
        "made_by": "tests/vectors/make_loss_landscape.py",
        "xs": xs.tolist(),
        "ys": ys.tolist(),
        "losses": losses.flatten().tolist(),
        "places": [{"at": at, "found": [float(one) for one in interpolated(losses, xs, ys, *at)]} for at in places],
        "bowl": {
            "xs": (axis := np.linspace(-2, 2, 9).tolist()),
            "losses": [bowl(x, y) for y in axis for x in axis],
            "runs": [
                {
                    "start": start,
                    "learning_rate": rate,
                    "momentum": momentum,
                    "steps": steps,
                    "path": sgd_path(start, rate, momentum, steps),
                }
                for start, rate, momentum, steps in runs
            ],
        },
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(make_vectors()).replace('{"start"', '\n{"start"') + "\n", encoding="utf-8")
