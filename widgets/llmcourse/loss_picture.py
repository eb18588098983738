"""The static picture of LossLandscape: the mesh and the contours side by side, drawn by matplotlib."""

import warnings

import numpy as np

from .pictures import figure_png

PATHS = ("#d1361b", "#1d2127", "#7a3db8", "#0b6e4f", "#8a5a00", "#5d656f")
HUGE = 1e150  # matplotlib takes differences, which must not overflow
MOST_DRAWN = 60  # lines of the mesh along each axis


def loss_picture(losses, xs, ys, paths, minimum, names, log_scale, yaw, pitch):
    """Draw a surface (rows, columns) with paths (name -> (points, 2)) and its minimum (x, y, loss) or None: PNG bytes.

    >>> loss_picture(np.eye(3), [0, 1, 2], [0, 1, 2], {}, None, ["x", "y", "loss"], False, 35, 35)[:4]
    b'\\x89PNG'
    """
    from matplotlib.figure import Figure

    shown, note = heights(losses, log_scale)
    figure = Figure(figsize=(8, 3.7), dpi=100, layout="constrained")
    mesh, flat = figure.add_subplot(1, 2, 1, projection="3d"), figure.add_subplot(1, 2, 2)
    finite = np.isfinite(shown)
    shown = np.where(finite, np.clip(shown, -HUGE, HUGE), np.nan)
    colours = None
    if finite.any():
        limits = {"vmin": shown[finite].min(), "vmax": shown[finite].max()}
        stride = {"rstride": -(-len(ys) // MOST_DRAWN), "cstride": -(-len(xs) // MOST_DRAWN)}
        mesh.plot_surface(*np.meshgrid(xs, ys), np.ma.masked_invalid(shown), cmap="viridis", **stride, **limits)
        colours = flat.pcolormesh(xs, ys, np.ma.masked_invalid(shown), cmap="viridis", shading="gouraud", **limits)
        if limits["vmin"] < limits["vmax"]:
            flat.contour(xs, ys, np.ma.masked_invalid(shown), 11, colors="#1d2127", linewidths=0.5, alpha=0.6)
    for colour, (name, points) in zip(PATHS, paths.items(), strict=False):
        flat.plot(*points.T, "o-", color=colour, markersize=2.5, linewidth=1.2, label=_plain(name))
    if minimum:
        flat.plot(*minimum[:2], "*", color="#ffffff", markeredgecolor="#1d2127", markersize=12, label="minimum")
        flat.legend(fontsize=7, loc="upper right")
    for axes in (mesh, flat):
        axes.set_xlabel(_plain(names[0]), fontsize=8)
        axes.set_ylabel(_plain(names[1]), fontsize=8)
        axes.tick_params(labelsize=7)
        axes.set_xlim(xs[0], xs[-1])
        axes.set_ylim(ys[0], ys[-1])
    mesh.view_init(elev=pitch, azim=-90 - yaw)
    if colours:
        figure.colorbar(colours, ax=flat).set_label(_plain(names[2]) + note, fontsize=8)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a character that the font lacks is drawn as a box
        return figure_png(figure)


def heights(losses, log_scale):
    """What height and colour follow: (the losses, "") or, on the logarithmic scale, (log10 of the height above the
    lowest, lifted by a thousandth of the whole height so that the lowest stays finite, and a note that says so).

    >>> heights(np.array([[0.0, 999.0]]), True)[0].round(2).tolist()
    [[-0.0, 3.0]]
    """
    finite = np.isfinite(losses)
    shown = np.where(finite, losses, np.nan)
    if not log_scale or not finite.any():
        return shown, ""
    low = shown[finite].min()
    with np.errstate(over="ignore"):
        whole = shown[finite].max() - low
    if not 0 < whole < 1e300:
        return shown, ""
    return np.log10(shown - low + whole / 1000), " − lowest, log10"


def _plain(text):
    """Text that matplotlib draws as it stands: no formulas, no control characters, not too long."""
    from .labels import token_label

    return token_label(text, 30).replace("·", " ").replace("$", r"\$")
