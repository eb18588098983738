"""A surface given on a grid, made smooth: its value and slope anywhere, and gradient descent on it.

static/loss_grid.js computes the same in the same order, so that the path on the page is the path in Python.
"""

import math
from typing import NamedTuple


class DescentPoint(NamedTuple):
    """One point of a descent: where it is and the surface's value there."""

    x: float
    y: float
    loss: float


class LossGrid:
    """losses (rows, columns) over evenly spaced ys and xs, at least 3 each, interpolated by Catmull-Rom cubics.

    The interpolation runs through every value, has a continuous slope and is exact for quadratic surfaces (Keys 1981,
    https://doi.org/10.1109/TASSP.1981.1163711, with its rule for the border).

    >>> grid = LossGrid(np.add.outer(np.arange(4.0) ** 2, np.arange(5.0) ** 2), np.arange(5.0), np.arange(4.0))
    >>> grid.at(2.5, 1.5)
    (8.5, 5.0, 3.0)
    """

    def __init__(self, losses, xs, ys):
        self._losses = losses.tolist()
        self._rows, self._columns = losses.shape
        self._x, self._y = (float(xs[0]), float(xs[-1])), (float(ys[0]), float(ys[-1]))

    def at(self, x, y):
        """(value, slope along x, slope along y) at a place; None outside the grid and beside a hole."""
        (left, right), (low, high) = self._x, self._y
        if not (left <= x <= right and low <= y <= high):
            return None
        step_x, step_y = (right - left) / (self._columns - 1), (high - low) / (self._rows - 1)
        across, along = (x - left) / step_x, (y - low) / step_y
        column, row = min(int(across), self._columns - 2), min(int(along), self._rows - 2)
        (cx, sx), (cy, sy) = _cubic(across - column), _cubic(along - row)
        value = slope_x = slope_y = 0.0
        for i in range(4):
            inner = inner_slope = 0.0
            for j in range(4):
                sample = self._sample(row - 1 + i, column - 1 + j)
                inner += cx[j] * sample
                inner_slope += sx[j] * sample
            value += cy[i] * inner
            slope_x += cy[i] * inner_slope
            slope_y += sy[i] * inner
        found = (value, slope_x / step_x, slope_y / step_y)
        return found if all(map(math.isfinite, found)) else None

    def descend(self, start, learning_rate, momentum, steps):
        """Gradient descent with momentum as torch.optim.SGD does it: (points with the start first, why it ended).

        velocity = momentum · velocity + slope; place = place − learning_rate · velocity. It ends early where the
        surface does: "left" the grid, or beside a "hole"; otherwise the reason is "".
        """
        (x, y), speed_x, speed_y, points = start, 0.0, 0.0, []
        for _ in range(steps + 1):
            found = self.at(x, y)
            if found is None:
                inside = self._x[0] <= x <= self._x[1] and self._y[0] <= y <= self._y[1]
                return points, "hole" if inside else "left"
            points.append(DescentPoint(x, y, found[0]))
            speed_x = momentum * speed_x + found[1]
            speed_y = momentum * speed_y + found[2]
            x = x - learning_rate * speed_x
            y = y - learning_rate * speed_y
        return points, ""

    def _sample(self, row, column):
        """A value of the grid; one step beyond its border the parabola through the last three goes on."""
        for place, count, ask in (
            (row, self._rows, lambda at: self._sample(at, column)),
            (column, self._columns, lambda at: self._sample(row, at)),
        ):
            if place < 0:
                return 3 * ask(0) - 3 * ask(1) + ask(2)
            if place >= count:
                return 3 * ask(count - 1) - 3 * ask(count - 2) + ask(count - 3)
        return self._losses[row][column]


def _cubic(t):
    """The weights of four neighbouring values at `t` between the middle two, and those of the slope."""
    weights = (
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    slopes = ((4 - 3 * t) * t - 1, (9 * t - 10) * t, (8 - 9 * t) * t + 1, (3 * t - 2) * t)
    return weights, tuple(slope / 2 for slope in slopes)
