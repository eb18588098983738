"""The loss of a network on a plane through its weights: along two random directions, or where it was trained."""

import contextlib
from dataclasses import dataclass, replace

import numpy as np
import torch
from tqdm.auto import tqdm


@dataclass(frozen=True)
class LossSurface:
    """Losses on a grid of the plane weights + x·first + y·second.

    losses: (len(ys), len(xs)) float64, NaN where nothing was computed (yet). xs, ys: evenly spaced, rising; 0, 0 are
    the weights themselves. path: (points, 2), where each snapshot of the training lies on the plane, or None.
    explained: the share of the path's variance along x and y, or None. seed: of the random directions.
    """

    losses: np.ndarray
    xs: np.ndarray
    ys: np.ndarray
    path: np.ndarray | None = None
    explained: tuple[float, float] | None = None
    seed: int = 0

    @property
    def done(self):
        """How many of the points were computed."""
        return int((~np.isnan(self.losses)).sum())


def loss_surface(model, loss_fn, span=1.0, steps=41, seed=0, directions=None, progress=True, resume=None):
    """Walk over the plane of two directions through the model's weights and note the loss everywhere: LossSurface.

    loss_fn: a function model -> loss, on fixed data. span: x and y run from -span to span, in `steps` steps; an odd
    number has the model itself in its middle. directions: None for two random ones of `seed`, normalised filter by
    filter (Li et al. 2018, https://arxiv.org/abs/1712.09913, section 4); or two lists of tensors, one a parameter, as
    `filter_normalised` gives them; or the snapshots of a training, three or more of `weights_of(model)`: then the
    plane is spanned by their two principal directions (section 7), reaches over their path by a quarter, and holds
    the path.
    Interrupting (the stop button) returns what was computed; `resume=surface`, with the same other arguments, goes on
    from there. The weights come back bit for bit, whatever happens. It needs memory for three more copies of them.
    Raises ValueError or TypeError, naming the argument, for a span, steps or directions that do not fit.

    >>> layer = torch.nn.Linear(2, 1)
    >>> surface = loss_surface(layer, lambda layer: layer.weight.square().sum(), steps=5, progress=False)
    >>> float(surface.losses[2, 2]) == float(layer.weight.detach().square().sum())
    True
    """
    if not (np.isfinite(span) and span > 0):
        raise ValueError(f"span must be a number above 0; got {span}.")
    if not isinstance(steps, int) or not 3 <= steps <= 501:
        raise ValueError(f"steps must be a whole number from 3 to 501; got {steps}.")
    start = weights_of(model)
    surface, first, second = _plane(model, start, span, steps, seed, directions)
    if resume is not None:
        if resume.losses.shape != surface.losses.shape or not (
            np.array_equal(resume.xs, surface.xs) and np.array_equal(resume.ys, surface.ys)
        ):
            raise ValueError("resume must be a surface of the same model, span, steps, seed and directions.")
        surface.losses[:] = resume.losses
    wanted = np.argwhere(np.isnan(surface.losses))
    with _weights_given_back(model, start), contextlib.suppress(KeyboardInterrupt), torch.no_grad():
        for row, column in tqdm(wanted, desc="loss surface", unit="point", disable=not progress):
            _move(model, start, first, second, surface.xs[column], surface.ys[row])
            loss = float(loss_fn(model))
            surface.losses[row, column] = np.inf if np.isnan(loss) else loss  # computed, and exploded
    return surface


def weights_of(model):
    """A copy of the model's parameters, one tensor each: a snapshot for `directions`.

    >>> [tuple(weight.shape) for weight in weights_of(torch.nn.Linear(2, 1))]
    [(1, 2), (1,)]
    """
    return [parameter.detach().clone() for parameter in model.parameters()]


def filter_normalised(weights, seed=0):
    """A random direction, one tensor a weight: every filter (row of a matrix, kernel of a convolution) as long as the
    filter of the weight; biases and norms, which have no filters, stay (zero). Gaussian, drawn on the CPU.

    Without this a network with large weights looks flat and its rescaled twin, which computes the same, sharp.

    >>> (direction,) = filter_normalised([torch.tensor([[3.0, 4.0], [0.0, 0.0]])])
    >>> direction.norm(dim=1)
    tensor([5., 0.])
    """
    generator = torch.Generator().manual_seed(seed)
    result = []
    for weight in weights:
        noise = torch.randn(weight.shape, generator=generator)
        if weight.ndim < 2:
            result.append(torch.zeros_like(weight))
            continue
        rows, own = noise.flatten(1), weight.detach().flatten(1).float().cpu()
        rows = rows / rows.norm(dim=1, keepdim=True) * own.norm(dim=1, keepdim=True)
        result.append(rows.view(weight.shape).to(weight))
    return result


def principal_directions(snapshots, origin):
    """The two directions in which a training moved most, of length 1, and its path: (first, second, path, explained).

    snapshots: lists of tensors, as `weights_of` gives them, in order. origin: the weights that lie at 0, 0.
    path: (snapshots, 2) float64. explained: the share of the squared distances from the origin along each.
    Raises ValueError for fewer than three snapshots, or weights that did not move.
    """
    if len(snapshots) < 3:
        raise ValueError(f"directions must hold at least 3 snapshots of a training; got {len(snapshots)}.")
    moved = [[(now - then).float() for now, then in zip(one, origin, strict=True)] for one in snapshots]
    products = np.array([[_dot(one, other) for other in moved] for one in moved])
    shares, vectors = np.linalg.eigh(products)  # the small matrix has the same eigenvalues as the large covariance
    if shares[-1] <= 0:
        raise ValueError("directions must hold snapshots that differ: the weights did not move.")
    directions, path = [], []
    for place in (-1, -2):
        size, mix = np.sqrt(max(shares[place], 0.0)), vectors[:, place]
        mix = mix * np.sign(mix[np.abs(mix).argmax()])
        flat = size <= 1e-6 * np.sqrt(shares[-1])  # rounding: they moved along one line
        factors = mix * 0 if flat else mix / size
        directions.append(
            [sum(float(f) * one for f, one in zip(factors, column, strict=True)) for column in zip(*moved, strict=True)]
        )
        path.append(mix * 0 if flat else mix * size)
    explained = tuple(float(max(share, 0) / shares.clip(0).sum()) for share in (shares[-1], shares[-2]))
    return directions[0], directions[1], np.stack(path, axis=1), explained


def _plane(model, start, span, steps, seed, directions):
    """An empty surface and its two directions."""
    grid = span * (np.arange(steps) - (steps - 1) / 2) / ((steps - 1) / 2)  # exactly 0 in its middle
    empty = LossSurface(np.full((steps, steps), np.nan), grid, grid.copy(), seed=seed)
    if directions is None:
        return empty, filter_normalised(start, seed), filter_normalised(start, seed + 1_000_003)
    if not isinstance(directions, list | tuple) or not all(_fits(one, start) for one in directions):
        raise TypeError("directions must be lists with one tensor for each parameter, of its shape: see weights_of.")
    if len(directions) == 2:
        return empty, *directions
    first, second, path, explained = principal_directions(directions, start)
    xs, ys = (_around(path[:, axis], steps) for axis in (0, 1))
    return replace(empty, xs=xs, ys=ys, path=path, explained=explained), first, second


def _around(values, steps):
    low, high = values.min(), values.max()
    margin = 0.25 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, steps)


def _fits(direction, weights):
    return (
        isinstance(direction, list | tuple)
        and len(direction) == len(weights)
        and all(
            torch.is_tensor(one) and one.shape == weight.shape for one, weight in zip(direction, weights, strict=True)
        )
    )


def _dot(one, other):
    return sum(float((a.double() * b.double()).sum()) for a, b in zip(one, other, strict=True))


def _move(model, start, first, second, x, y):
    for parameter, weight, along, across in zip(model.parameters(), start, first, second, strict=True):
        parameter.copy_(weight + float(x) * along + float(y) * across)


@contextlib.contextmanager
def _weights_given_back(model, start):
    """Evaluation mode inside; parameters (to `start`), buffers and modes as before on the way out."""
    saved = [(parameter.data, weight) for parameter, weight in zip(model.parameters(), start, strict=True)]
    saved += [(buffer.data, buffer.detach().clone()) for buffer in model.buffers()]
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        yield
    finally:
        for tensor, before in saved:
            tensor.copy_(before)
        for module, training in modes.items():
            module.training = training
