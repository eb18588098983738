"""The static picture of TrainingMonitor: a chart for each group of numbers."""

from .pictures import FAINT, INK, LINE, PAPER, chart_label, figure_png
from .training_points import smooth, thin_extremes

SERIES = ("#1f62b5", "#b8560a", "#1a7d59", "#a8487f", "#6f5bb5", "#5d656f")
MOST_CHARTS, COLUMNS = 6, 600
LEAST_SMOOTHED = 50  # points; a shorter curve is drawn as it is, in the page too


def training_monitor_picture(columns, several, smoothing=0.0, log_scale=()):
    """Draw the curves, two charts a row, at most six charts of six series. Returns PNG bytes.

    columns: (series {run, name, group}, steps, values) each; several: whether the legend names the run.

    >>> one = ({"run": "a", "name": "loss", "group": "loss"}, np.array([0.0, 1.0]), np.array([2.0, 1.0]))
    >>> training_monitor_picture([one], several=False)[:4]
    b'\\x89PNG'
    """
    import numpy as np
    from matplotlib.figure import Figure

    runs = list(dict.fromkeys(series["run"] for series, _, _ in columns))
    groups = list(dict.fromkeys(series["group"] for series, _, _ in columns))[:MOST_CHARTS] or ["nothing logged yet"]
    rows = (len(groups) + 1) // 2 if len(groups) > 1 else 1
    figure = Figure(figsize=(7.6, 2.6 * rows), dpi=100, facecolor=PAPER, layout="constrained")
    charts = figure.subplots(rows, 2 if len(groups) > 1 else 1, squeeze=False).ravel()
    for chart in charts[len(groups) :]:
        chart.set_axis_off()
    for chart, group in zip(charts, groups, strict=False):
        chart.set_title(chart_label(group), fontsize=10, color=INK, loc="left")
        chart.set_xlabel("step", fontsize=8, color=FAINT)
        chart.tick_params(which="both", labelsize=8, colors=FAINT)
        chart.grid(color=LINE, alpha=0.25, linewidth=0.6)
        chart.spines[["top", "right"]].set_visible(False)
        drawn = [one for one in columns if one[0]["group"] == group][: len(SERIES)]
        if group in log_scale and any((values > 0).any() for _, _, values in drawn):
            chart.set_yscale("log", nonpositive="mask")
        names = list(dict.fromkeys(series["name"] for series, _, _ in drawn))
        for place, (series, steps, values) in enumerate(drawn):
            colour = SERIES[(runs.index(series["run"]) if several else place) % len(SERIES)]
            style = "--" if several and names.index(series["name"]) else "-"
            label = f"{series['run']}: {series['name']}" if several else series["name"]
            smoothed = smoothing > 0 and len(values) >= LEAST_SMOOTHED
            lines = (
                [(values, 0.3, None), (smooth(values, smoothing), 1.0, label)] if smoothed else [(values, 1.0, label)]
            )
            for line, strength, name in lines:
                x, y = thin_extremes(steps, line, COLUMNS)
                y = np.where(np.isfinite(y) & (np.abs(y) < 1e150), y, np.nan)  # beyond that the axis overflows
                name = None if name is None else chart_label(name)
                chart.plot(
                    x,
                    y,
                    style,
                    color=colour,
                    alpha=strength,
                    linewidth=1.4,
                    marker="." if len(x) == 1 else "",
                    label=name,
                )
        if drawn:
            chart.legend(fontsize=7, frameon=False, labelcolor=INK)
    return figure_png(figure)
