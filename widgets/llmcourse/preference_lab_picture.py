"""The static picture of PreferenceLab: ratings with intervals, and how the votes fell."""

from .pictures import FAINT, INK, LINE, PAPER, chart_label, figure_png

DOT, BAR = "#1f62b5", "#8a919c"
MOST = 12


def preference_lab_picture(ratings, counts):
    """Draw rated models, the best on top, beside the counts of votes. Returns PNG bytes.

    ratings: {name, rating, low, high} each; counts: {vote: count}.

    >>> preference_lab_picture([], {"left": 1, "right": 0})[:4]
    b'\\x89PNG'
    """
    from matplotlib.figure import Figure

    ranked = sorted(ratings, key=lambda one: one["rating"])[-MOST:]
    figure = Figure(figsize=(7.6, max(1.9, 0.3 * len(ranked) + 1)), dpi=100, facecolor=PAPER, layout="constrained")
    rated, voted = figure.subplots(1, 2, width_ratios=(2, 1))
    for row, one in enumerate(ranked):
        rated.plot([one["low"], one["high"]], [row, row], color=DOT, linewidth=2, solid_capstyle="butt")
        rated.plot(one["rating"], row, "o", color=DOT)
    names = [chart_label(one["name"], 28) for one in ranked]
    rated.set_yticks(range(len(ranked)), names)
    rated.set_title("Bradley-Terry rating, 95 % bootstrap interval", fontsize=9, color=INK, loc="left")
    if not ranked:
        rated.text(0.5, 0.5, "no battles between named models yet", ha="center", color=FAINT, fontsize=9)
        rated.set_xticks([])
    voted.barh(list(counts)[::-1], list(counts.values())[::-1], color=BAR)
    voted.set_title("votes", fontsize=9, color=INK, loc="left")
    voted.xaxis.get_major_locator().set_params(integer=True)
    for chart in (rated, voted):
        chart.tick_params(labelsize=8, colors=FAINT)
        chart.spines[["top", "right"]].set_visible(False)
        chart.grid(axis="x", color=LINE, alpha=0.25)
    return figure_png(figure)
