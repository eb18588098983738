"""The plot of the README: size, drawing time and switching time of the attention views."""

import io

import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

COLOURS = ("#0072b2", "#e69f00", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito 2008: distinct for colour-blind eyes
PANELS = (
    ("bytes", "size", {1e6: "1 MB", 1e7: "10 MB", 1e8: "100 MB", 1e5: "100 kB"}),
    ("draw_s", "until drawn", {0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "60 s"}),
    ("click_s", "head switch", {0.01: "10 ms", 0.1: "0.1 s", 1: "1 s"}),
)


def plot_widgets(rows):
    """PNG bytes: three panels, logarithmic; a view without a figure is marked 'cannot'. White paper in both themes."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    counts = sorted({row["tokens"] for row in rows})
    found = {(row["name"], row["tokens"]): row for row in rows}
    figure, panels = plt.subplots(1, 3, figsize=(10, 4.2), facecolor="white", layout="constrained")
    width = 0.8 / len(names)
    for panel, (key, title, ticks) in zip(panels, PANELS, strict=True):
        values = [row[key] for row in rows if key in row]
        low, high = min(values) / 2, max(values) * 2
        for place, name in enumerate(names):
            for group, count in enumerate(counts):
                x, value = group + (place - (len(names) - 1) / 2) * width, found[name, count].get(key)
                if value is None:
                    panel.text(
                        x, low * 1.1, "cannot", rotation=90, ha="center", va="bottom", fontsize=8, color="#1d2127"
                    )
                else:
                    panel.bar(x, value, width * 0.92, color=COLOURS[place], label=name if group == 0 else None)
        panel.set(yscale="log", ylim=(low, high), xlim=(-0.5, len(counts) - 0.5), title=f"{title} (less is better)")
        panel.set_yticks([tick for tick in sorted(ticks) if low <= tick <= high], minor=False)
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _, ticks=ticks: ticks.get(value, "")))
        panel.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
        panel.set_xticks(range(len(counts)), [f"{count} tokens" for count in counts])
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#d7dbe0", linewidth=0.6)
        panel.set_axisbelow(True)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()
