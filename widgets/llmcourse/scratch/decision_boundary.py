"""What a classifier says at every point of a plane: regions, the border between them, a film of its training."""

import base64
import io

import numpy as np

COLOURS = ("#c44e52", "#4c72b0")


def answers(predict, points, steps=40, margin=0.5):
    """(xs, ys, grid): a grid around `points` (count, 2), and what `predict` gives for its points, (steps, steps).

    predict: a function of an array (many, 2) that gives (many,) numbers, above 0 for the second class.
    """
    points = np.asarray(points, dtype=float)
    low, high = points.min(0) - margin, points.max(0) + margin
    xs, ys = (np.linspace(low[axis], high[axis], steps) for axis in (0, 1))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return xs, ys, np.asarray(predict(grid), dtype=float).reshape(steps, steps)


def decision_boundary(seen, points, labels, axes, title=""):
    """Draw the regions and the border of `answers`, with the examples: labels (count,) of 0 or 1. Returns the axes."""
    from matplotlib.colors import LinearSegmentedColormap

    xs, ys, grid = seen
    ramp = LinearSegmentedColormap.from_list("classes", [COLOURS[0], "#ffffff", COLOURS[1]])
    axes.contourf(xs, ys, grid.clip(-1, 1), levels=np.linspace(-1, 1, 13), cmap=ramp, alpha=0.6)
    if grid.min() < 0 < grid.max():
        axes.contour(xs, ys, grid, levels=[0], colors="#222222", linewidths=1)
    for label, marker in ((0, "o"), (1, "s")):
        chosen = np.asarray(points)[np.asarray(labels) == label]
        axes.scatter(*chosen.T, c=COLOURS[label], marker=marker, s=14, edgecolors="#ffffff", linewidths=0.5)
    axes.set(title=title, xticks=[], yticks=[])
    return axes


def boundary_film(frames, points, labels, words, milliseconds=250):
    """The training as a film that plays once: an IPython HTML object that needs no kernel and no network.

    frames: pairs (title, answers). words: what it shows, for those who cannot see it.
    """
    from IPython.display import HTML
    from matplotlib.figure import Figure
    from PIL import Image

    pictures = []
    for title, seen in frames:
        figure = Figure(figsize=(3.6, 3), dpi=80, layout="constrained")
        decision_boundary(seen, points, labels, figure.subplots(), title)
        page = io.BytesIO()
        figure.savefig(page)
        pictures.append(Image.open(page).convert("P", palette=Image.Palette.ADAPTIVE, colors=48))
    film = io.BytesIO()
    waits = [milliseconds] * (len(pictures) - 1) + [4 * milliseconds]
    pictures[0].save(film, "GIF", save_all=True, append_images=pictures[1:], duration=waits)
    data = base64.b64encode(film.getvalue()).decode()
    quoted = words.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return HTML(f'<img alt="{quoted}" src="data:image/gif;base64,{data}">')
