"""Rules for the cells of a lesson and their stored outputs: length, ids, what is kept, what it costs."""

import json
import re
from statistics import median

from .lesson_store import WIDGET_VIEW

TOUR = "0"  # the first lesson: a walk through one-liners
MEDIAN, LONG, FEW, LONGEST = (4, 6), 20, 2, 30  # lines of code cells
MEASURES = "tests/benchmarks/results/lessons.json"
TOLERANCE = 0.25  # between 'at a glance' and the last bench
LARGEST = 1_000_000  # bytes of a notebook


def at_a_glance_is_measured(stored):
    """Time and memory in 'at a glance' within a quarter of what the last `make bench` measured."""
    glance = stored.source("at-a-glance")
    rows = json.loads((stored.root / MEASURES).read_text(encoding="utf-8"))["rows"]
    row = next((row for row in rows if row["path"] == stored.lesson.path and "failed" not in row), None)
    if not row:
        yield "at-a-glance", "the lesson has not been measured", "make bench, and its figures here"
        return
    for what, pattern, measured, unit in (
        ("seconds", r"(\d+) s\b", row["seconds"], "s"),
        ("memory", r"(\d+(?:\.\d+)?) GB", row["peak_bytes"] / 1e9, "GB"),
    ):
        told = re.search(pattern, glance)
        if not told:
            yield "at-a-glance", f"it does not say the {what}", f"{measured:.1f} {unit}, as measured"
        elif abs(float(told[1]) - measured) > TOLERANCE * measured:
            yield "at-a-glance", f"it says {told[0]}, measured are {measured:.1f} {unit}", f"{measured:.1f} {unit}"


def cells_are_short(stored):
    if not stored.code:
        yield "", "there is no code", "code cells of 3 to 12 lines"
        return
    lengths = {cell.id: cell.source.count("\n") + 1 for cell in stored.code}
    least, most = (1, MEDIAN[1]) if stored.lesson.number == TOUR else MEDIAN
    if not least <= median(lengths.values()) <= most:
        yield "", f"the median code cell has {median(lengths.values()):g} lines", f"{least} to {most}"
    long = [name for name, length in lengths.items() if length > LONG]
    if len(long) > FEW:
        yield long[FEW], f"{len(long)} code cells have more than {LONG} lines", f"at most {FEW}; the rest in scratch/"
    for name, length in lengths.items():
        if length > LONGEST:
            yield name, f"{length} lines of code", f"at most {LONGEST}; what is longer belongs in scratch/"


def ids_are_words(stored):
    """Translations share the ids, so they are words that stay: none that Jupyter made, no two alike."""
    ids = [cell.id for cell in stored.notebook.cells]
    for name in ids:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name):
            yield name, "this id is not made of words", "words that stay, such as scaled-dot-product"
    for name in {name for name in ids if ids.count(name) > 1}:
        yield name, "two cells have this id", "an id of its own for each"


def outputs_are_clean(stored):
    counts = [cell.execution_count for cell in stored.code]
    if counts != list(range(1, len(counts) + 1)):
        yield "", "it was not executed once from top to bottom", f"make lessons LESSON={stored.lesson.number}"
    if "widgets" in stored.notebook.metadata:
        yield "", "the notebook holds widget state", f"make lessons LESSON={stored.lesson.number} drops it"
    for cell in stored.code:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                yield cell.id, f"it stores the error {output.ename}", "a cell that runs, or the tag raises-exception"
            if WIDGET_VIEW in output.get("data", {}) and "text/html" in output.data:
                yield cell.id, "it stores a view whose kernel is gone", "make lessons, which keeps the picture"


def nothing_is_on_stderr(stored):
    for cell in stored.code:
        for output in cell.outputs:
            if output.get("name") == "stderr":
                first = output.text.strip().splitlines()[:1]
                yield cell.id, f"it stores a warning: {''.join(first)[:80]}", "the cause mended, so that nothing warns"


def compared_outputs_are_there(stored):
    least = 2 if stored.lesson.number == TOUR else 10
    compared = stored.tagged("nbval-check-output")
    if len(compared) < least:
        yield "", f"{len(compared)} cells are tagged nbval-check-output", f"at least {least}, seeded and rounded"
    for cell in compared:
        if not cell.get("outputs"):
            yield cell.id, "it is tagged to be compared and stores nothing", "an output, or no tag"


def figures_are_labelled(stored):
    """A plot says what it shows: a title or the names of both axes in the cell that draws."""
    for cell in stored.code:
        drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
        plots = re.search(r"\b(plt|axes?|axis)\.(plot|bar|barh|semilog[xy]|loglog|scatter|hist)\(", cell.source)
        if drawn and plots and not re.search(r"title\(|title=|xlabel|labels?\(", cell.source):
            yield cell.id, "its figure has neither title nor labels", "a title that says the one thing it shows"


def size_is_small(stored):
    if (size := stored.path.stat().st_size) > LARGEST:
        yield "", f"{size / 1e6:.1f} MB", f"at most {LARGEST / 1e6:.0f} MB: smaller figures, fewer views"
