"""The static picture of RankExplorer: singular values, the matrix, its approximation and what is missing."""

import numpy as np

from .low_rank import relative_errors
from .pictures import FAINT, INK, LINE, PAPER, chart_label, figure_png

CURVE, MARK = "#1f62b5", "#b8560a"


def rank_explorer_picture(name, one, rank):
    """Draw a Decomposition at a rank. Returns PNG bytes.

    >>> rank_explorer_picture("W", decompose([[1.0]]), 1)[:4]
    b'\\x89PNG'
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 2.7), dpi=100, facecolor=PAPER, layout="constrained")
    spectrum, *maps = figure.subplots(1, 4, width_ratios=(1.5, 1, 1, 1))
    places = np.arange(1, len(one.singular) + 1)
    positive = one.singular > one.singular[0] * 1e-17
    spectrum.plot(places[positive], one.singular[positive], color=CURVE, marker="." if len(places) < 30 else "")
    if positive.any():
        spectrum.set_yscale("log")
    spectrum.axvline(rank, color=MARK, linewidth=1.2)
    spectrum.set_title(f"singular values, rank {rank}", fontsize=9, color=INK)
    spectrum.tick_params(which="both", labelsize=7, colors=FAINT)
    spectrum.grid(color=LINE, alpha=0.25)
    spectrum.spines[["top", "right"]].set_visible(False)

    whole = shown_values(one, len(one.singular))
    kept = shown_values(one, rank)
    most = float(np.abs(whole).max()) or 1.0
    error = relative_errors(one.singular)[rank]
    label = chart_label(name, 24)
    titles = (label, f"rank {rank}", f"difference, {error:.1%}")
    for chart, values, title in zip(maps, (whole, kept, whole - kept), titles, strict=True):
        chart.imshow(values, cmap="PuOr", vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
        chart.set_title(title, fontsize=9, color=INK)
        chart.set_xticks([])
        chart.set_yticks([])
    return figure_png(figure)


def shown_values(one, rank):
    """The shown part of the best approximation of this rank, (rows shown, columns shown) float64.

    >>> shown_values(decompose([[4.0, 0.0], [0.0, 3.0]]), 1).round(6).tolist()
    [[4.0, 0.0], [0.0, 0.0]]
    """
    return (one.left[:, :rank].astype(np.float64) * one.singular[:rank]) @ one.right[:rank].astype(np.float64)
