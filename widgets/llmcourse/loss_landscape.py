"""LossLandscape: a loss over two directions as a turning mesh and as contours, with paths that go down it."""

import numpy as np
import traitlets

from .course_widget import CourseWidget
from .labels import token_label
from .loss_grid import LossGrid

MOST_POINTS, MOST_PATHS, MOST_STEPS = 1_000_000, 6, 1000


class LossLandscape(CourseWidget):
    """See a loss as a landscape: turn it, read its values, and let gradient descent run down it.

    losses: (len(ys), len(xs)) numbers, rows along y; those that are not finite are holes. xs, ys: evenly spaced,
        rising, at least 3 each; at most a million points together. Or a LossSurface of scratch/loss_surface.py alone,
        or `LossLandscape.of_function(f, xs, ys)`.
    path: (points, 2) places x, y; or a dictionary of up to six such paths by name.
    selected: the point chosen, row · len(xs) + column, -1 for none; see `selected_point`. log_scale: colour and
        height follow the logarithm of the height above the minimum. yaw, pitch, zoom: the view, in degrees and times.
    descend: whether gradient descent is shown, from `start` (x, y) with learning_rate, momentum and `steps`; see
        `descent`. The slope is that of the surface's cubic interpolation.

    Raises TypeError or ValueError, naming the argument and what would be right.

    >>> bowl = LossLandscape.of_function(lambda x, y: x * x + y * y, [-1, 0, 1], [-1, 0, 1], selected=4)
    >>> bowl.selected_point
    (0.0, 0.0, 0.0)
    """

    stem = "loss_landscape"

    selected = traitlets.Int(-1).tag(sync=True)
    log_scale = traitlets.Bool(False).tag(sync=True)
    yaw = traitlets.Float(35.0).tag(sync=True)
    pitch = traitlets.Float(35.0).tag(sync=True)
    zoom = traitlets.Float(1.0).tag(sync=True)
    descend = traitlets.Bool(False).tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    learning_rate = traitlets.Float(0.1).tag(sync=True)
    momentum = traitlets.Float(0.0).tag(sync=True)
    steps = traitlets.Int(50).tag(sync=True)

    losses_data = traitlets.Bytes().tag(sync=True)  # (rows, columns) float64
    xs = traitlets.List(traitlets.Float()).tag(sync=True)
    ys = traitlets.List(traitlets.Float()).tag(sync=True)
    paths_data = traitlets.Bytes().tag(sync=True)  # all paths one after the other, x and y of each point, float64
    path_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    path_lengths = traitlets.List(traitlets.Int()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), ["x", "y", "loss"]).tag(sync=True)

    def __init__(self, losses, xs=None, ys=None, path=None, *, names=None, **traits):
        if hasattr(losses, "losses"):  # a LossSurface
            names = names or (*_direction_names(losses.explained), "loss")
            losses, xs, ys, path = losses.losses, losses.xs, losses.ys, losses.path if path is None else path
        self.losses, xs, ys = _checked_grid(losses, xs, ys)
        self.paths = _checked_paths(path)
        names = [str(name).encode("utf-8", "replace").decode() for name in names or ("x", "y", "loss")]
        if len(names) != 3:
            raise ValueError(f"names must be three: of x, of y and of the loss; got {len(names)}.")
        self._grid = LossGrid(self.losses, xs, ys)
        traits.setdefault("start", [float(xs[0] + 0.1 * (xs[-1] - xs[0])), float(ys[0] + 0.9 * (ys[-1] - ys[0]))])
        super().__init__(
            losses_data=self.losses.tobytes(),
            xs=xs.tolist(),
            ys=ys.tolist(),
            paths_data=b"".join(points.tobytes() for points in self.paths.values()),
            path_names=list(self.paths),
            path_lengths=[len(points) for points in self.paths.values()],
            names=names,
            **traits,
        )
        self._summarise()
        self.observe(self._summarise, names=["descend", "start", "learning_rate", "momentum", "steps"])

    @classmethod
    def of_function(cls, f, xs, ys, path=None, **traits):
        """The surface of a plain function f(x, y) -> number, called with floats at every point of the grid.

        Where it divides by zero, overflows or leaves its domain is a hole. Raises what f raises if no point works.

        >>> LossLandscape.of_function(lambda x, y: 1 / (x * y), [-1, 0, 1], [1, 2, 3]).holes
        3
        """
        xs, ys = _checked_axis(xs, "xs"), _checked_axis(ys, "ys")
        _check_size(len(xs), len(ys))
        losses, problem = np.full((len(ys), len(xs)), np.nan), None
        with np.errstate(all="ignore"):
            for row, y in enumerate(ys.tolist()):
                for column, x in enumerate(xs.tolist()):
                    try:
                        losses[row, column] = float(f(x, y))
                    except (ArithmeticError, ValueError) as failed:
                        problem = failed
        if problem is not None and np.isnan(losses).all():
            raise problem
        return cls(losses, xs, ys, path, **{"descend": path is None, "names": ("x", "y", "f(x, y)"), **traits})

    @property
    def holes(self):
        """How many losses are not finite."""
        return int((~np.isfinite(self.losses)).sum())

    @property
    def minimum(self):
        """(x, y, loss) of the lowest point of the grid, of equals the first; None where all are holes."""
        if self.holes == self.losses.size:
            return None
        return self._point(int(np.where(np.isfinite(self.losses), self.losses, np.inf).argmin()))

    @property
    def selected_point(self):
        """(x, y, loss) of the point chosen; None for none."""
        return None if self.selected < 0 else self._point(self.selected)

    @property
    def descent(self):
        """The points of gradient descent, the start first: [(x, y, loss), …]; it ends where the surface does."""
        return self._descended()[0]

    def picture(self):
        """PNG bytes: the mesh and the contours side by side, with paths and minimum."""
        from .loss_picture import loss_picture

        paths = dict(self.paths)
        if self.descend:
            paths["gradient descent"] = np.array([point[:2] for point in self.descent]).reshape(-1, 2)
        return loss_picture(
            self.losses, self.xs, self.ys, paths, self.minimum, self.names, self.log_scale, self.yaw, self.pitch
        )

    def _point(self, place):
        row, column = divmod(place, len(self.xs))
        return self.xs[column], self.ys[row], float(self.losses[row, column])

    def _descended(self):
        return self._grid.descend(self.start, self.learning_rate, self.momentum, self.steps)

    def _summarise(self, change=None):
        x, y, loss = (token_label(name, 30).replace("·", " ") for name in self.names)
        told = [f"{loss} over {len(self.xs)} × {len(self.ys)} points of {x} and {y}."]
        if self.minimum:
            told.append("Lowest: {2:.4g} at ({0:.4g}, {1:.4g}).".format(*self.minimum))
        if self.holes:
            told.append(f"{self.holes:,} of {self.losses.size:,} are not finite: holes.")
        if self.descend:
            points, ended = self._descended()
            why = {"left": ", where it leaves the surface", "hole": ", where it meets a hole", "": ""}[ended]
            if points:
                end = points[-1]
                told.append(
                    f"Gradient descent: {len(points) - 1} steps to {end.loss:.4g} at ({end.x:.4g}, {end.y:.4g}){why}."
                )
            else:
                told.append("Gradient descent starts beside the surface.")
        self.summary = " ".join(told)

    @traitlets.validate("selected")
    def _within(self, proposal):
        return proposal["value"] if -1 <= proposal["value"] < self.losses.size else -1

    @traitlets.validate("yaw", "pitch", "zoom", "learning_rate", "momentum", "steps")
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        low, high = {
            "yaw": (-3600, 3600),
            "pitch": (5, 90),
            "zoom": (0.5, 4),
            "learning_rate": (0, 1e6),
            "momentum": (0, 1),
            "steps": (0, MOST_STEPS),
        }[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name} must lie between {low} and {high}; got {value}.")
        return value

    @traitlets.validate("start")
    def _a_place(self, proposal):
        value = proposal["value"]
        if len(value) != 2 or not np.isfinite(value).all():
            raise traitlets.TraitError(f"start must be two finite numbers, x and y; got {value}.")
        return value


def _direction_names(explained):
    if explained is None:
        return "direction 1", "direction 2"
    return tuple(f"direction {place} ({share:.0%} of path)" for place, share in enumerate(explained, 1))


def _checked_axis(values, name):
    try:
        axis = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a list of numbers; got {type(values).__name__}.") from None
    if axis.ndim != 1 or len(axis) < 3:
        raise ValueError(f"{name} must hold at least 3 numbers in a row; got the shape {axis.shape}.")
    steps = np.diff(axis)
    even = np.isfinite(axis).all() and np.isfinite(steps).all() and (steps > 0).all()
    if not even or not np.allclose(steps, steps.mean(), rtol=1e-3, atol=0):
        raise ValueError(f"{name} must be finite, rising and evenly spaced, as numpy.linspace gives them.")
    return axis


def _checked_grid(losses, xs, ys):
    if xs is None or ys is None:
        raise TypeError(
            "LossLandscape needs losses, xs and ys, or a LossSurface, or LossLandscape.of_function(f, xs, ys)."
        )
    xs, ys = _checked_axis(xs, "xs"), _checked_axis(ys, "ys")
    _check_size(len(xs), len(ys))
    grid = _numbers(losses, "losses")
    if grid.shape != (len(ys), len(xs)):
        raise ValueError(f"losses must have the shape (len(ys), len(xs)) = ({len(ys)}, {len(xs)}); got {grid.shape}.")
    return grid, xs, ys


def _check_size(columns, rows):
    if columns * rows > MOST_POINTS:
        raise ValueError(f"the grid has {columns * rows:,} points; at most {MOST_POINTS:,} fit.")


def _checked_paths(path):
    if path is None:
        return {}
    named = path if isinstance(path, dict) else {"path": path}
    if len(named) > MOST_PATHS:
        raise ValueError(f"path holds {len(named)} paths; at most {MOST_PATHS} can be told apart.")
    paths = {}
    for name, points in named.items():
        points = _numbers(points, "path")
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise ValueError(f"path must be finite and have the shape (points, 2); got {points.shape}.")
        paths[str(name).encode("utf-8", "replace").decode()] = points
    return paths


def _numbers(values, name):
    if hasattr(values, "detach"):
        values = values.detach().double().cpu().numpy()
    try:
        return np.ascontiguousarray(values, dtype="<f8")
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers; got {type(values).__name__}.") from None
