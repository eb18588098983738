"""Write what was measured into the README, as tables and a plot: `python tests/benchmarks/report.py`.

Reads every results/*.json: "budgets" of all of them make one table, "rows" of widgets and lessons their own. A budget
that is missed needs a reason in misses.toml, which stands below the table as long as it is missed.
"""

import json
import tomllib
from pathlib import Path

from llmcourse.atomic import write_atomically
from llmcourse.readme import ROOT, replace_between
from measurements import RESULTS
from plot_widgets import plot_widgets

PLOT = RESULTS / "widgets.png"
MISSES = Path(__file__).parent / "misses.toml"


def report(results):
    """The whole text between the README's markers, from {name: content of results/<name>.json}."""
    parts = []
    if widgets := results.get("widgets"):
        parts += [
            f"Attention of all 270 heads of the embedded model, the same traces for all, medians. {_where(widgets)}",
            "Size is all that a view adds to a notebook, without the libraries that the peers fetch from a CDN. Drawn "
            "is the time from opening it until the last change is painted, switch the same after a click on a head "
            "(AttentionExplorer's in JupyterLab, where its kernel sends the head; the peers' pages hold them all).",
            f"![Size, drawing time and switching time of the attention views]({PLOT.relative_to(ROOT).as_posix()})",
            widget_table(widgets["rows"]),
        ]
    if lines := [line for name in sorted(results) for line in results[name]["budgets"]]:
        parts += ["What we promise ourselves, and what was measured:", budget_table(lines), *missed(lines, results)]
    if lessons := results.get("lessons"):
        parts += [
            f"The lessons, each in a kernel of its own. {_where(lessons)} The yardstick is the time of the same short "
            "work in Python and torch just before each lesson: where it is longer, the machine was slower then.",
            lesson_table(lessons["rows"]),
        ]
    return "\n\n".join(parts) + "\n"


def widget_table(rows):
    """A line a view and length; below it, why some have no figures."""
    lines = ["| view | tokens | size | Python | drawn | switch | JS heap |", "|---|--:|--:|--:|--:|--:|--:|"]
    reasons = {}
    for row in sorted(rows, key=lambda row: row["tokens"]):
        if "cannot" in row:
            figures = ["cannot"] * 5
            reasons.setdefault((row["tokens"], row["cannot"]), []).append(row["name"])
        else:
            figures = [quantity(row["bytes"], "bytes"), *(quantity(row[f"{name}_s"], "s") for name in _TIMES)]
            figures.append(quantity(row["heap_bytes"], "bytes"))
        lines.append(" | ".join(["| " + row["name"], str(row["tokens"]), *figures]) + " |")
    notes = [f"- {', '.join(names)}, {tokens} tokens: {reason}." for (tokens, reason), names in reasons.items()]
    return "\n".join([*lines, "", *notes] if notes else lines)


_TIMES = ("build", "draw", "click")


def budget_table(lines):
    """Every budget, the measured value, and whether it is met."""
    table = ["| what | budget | measured | |", "|---|--:|--:|---|"]
    for line in lines:
        sign = "≥" if line["at_least"] else "≤"
        measured = "no figure" if line["measured"] is None else quantity(line["measured"], line["unit"])
        verdict = "met" if line["met"] else "**missed**"
        table.append(f"| {line['what']} | {sign} {quantity(line['limit'], line['unit'])} | {measured} | {verdict} |")
    return "\n".join(table)


def missed(lines, results):
    """A paragraph with a line for each budget that is missed, or none."""
    reasons = {}  # a reason that two budgets share is told once
    for what in (line["what"] for line in lines if not line["met"]):
        reasons.setdefault(reason(what, results), []).append(what)
    notes = [f"- Missed, {'; '.join(names)}: {why}" for why, names in reasons.items()]
    return ["\n".join(notes)] if notes else []


def reason(what, results):
    """Why a budget is missed, from misses.toml; its entries name the budget by its first words."""
    reasons = tomllib.loads(MISSES.read_text(encoding="utf-8"))
    for begins, why in reasons.items():
        if what.startswith(begins):
            return why.strip().format(
                decode=_found(results, "llama", "value", name="transformers fp32", threads=2),
                model_view=_found(results, "widgets", "draw_s", name="bertviz model view", tokens=64),
            )
    raise SystemExit(f"The budget “{what}” is missed: say why in {MISSES.name}.")


def _found(results, file, figure, **wanted):
    """A figure of the row that has all that is wanted; NaN where it was not measured."""
    rows = results.get(file, {"rows": []})["rows"]
    return next((row[figure] for row in rows if wanted.items() <= row.items() and figure in row), float("nan"))


def lesson_table(rows):
    """A line a lesson: its time and the peak of its kernel, or what fails, and the machine's speed just before."""
    table = ["| lesson | time | kernel memory | yardstick |", "|---|--:|--:|--:|"]
    for row in rows:
        memory = quantity(row["peak_bytes"], "bytes")
        time = f"fails, {row['failed']}" if "failed" in row else f"{row['seconds']:.0f} s"
        speed = quantity(row["yardstick_s"], "s") if "yardstick_s" in row else ""
        table.append(f"| [{row['lesson']}]({row['path']}) | {time} | {memory} | {speed} |")
    return "\n".join(table)


def quantity(value, unit):
    """A value with three digits in a unit that fits it.

    >>> [quantity(0.0123, "s"), quantity(90, "s"), quantity(534_000, "bytes"), quantity(58.2, "×"), quantity(1.15, "×")]
    ['12.3 ms', '90 s', '534 kB', '58 ×', '1.15 ×']
    """
    if unit == "s":
        return f"{_digits(value * 1000)} ms" if value < 1 else f"{_digits(value)} s"
    if unit == "bytes":
        scale, name = next(one for one in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes")) if value >= one[0])
        return f"{_digits(value / scale)} {name}"
    return f"{value:.2f} {unit}" if value < 10 and value != int(value) else f"{_digits(value)} {unit}"


def _digits(value):
    return f"{value:.0f}" if value >= 30 or value == int(value) else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _where(content):
    machine = content["machine"]
    return (
        f"{content['date']}, {machine['cores']} cores of {machine['cpu']}, {machine['system']}, "
        f"Python {machine['python']}, torch {machine['torch']}, transformers {machine['transformers']}."
    )


def main():
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    if not results:
        raise SystemExit("Nothing measured yet: run bench_widgets.py or bench_lessons.py first (make bench runs all).")
    if "widgets" in results:
        print(write_atomically(PLOT, plot_widgets(results["widgets"]["rows"])))
    readme = Path(ROOT / "README.md")
    text = replace_between(readme.read_text(encoding="utf-8"), "bench", report(results))
    print(write_atomically(readme, text.encode("utf-8")))


if __name__ == "__main__":
    main()
