"""Where each lesson was last verified: `python tests/platforms/verified.py` writes docs/verified.md and a table.

It tells only what the results hold: tests/benchmarks/results/lessons.json (the course's own versions, measured) and
results/<lane>.json (the lanes). A lesson that was changed later shows it: its date is older than its last change.
"""

import json
import textwrap
from collections import Counter

from lane import ROOT, read_rows
from llmcourse import lesson_files
from llmcourse.atomic import write_atomically
from llmcourse.readme import replace_between

PAGE = ROOT / "docs" / "verified.md"
BENCH = ROOT / "tests" / "benchmarks" / "results" / "lessons.json"
LANES = {
    "measured": "Linux, the tested versions",
    "python3.12": "Python 3.12",
    "python3.13": "Python 3.13",
    "colab": "Colab's versions",
    "offline": "no network",
    "binder": "Binder's steps, one core, 2 GB",
}
HEAD = """# Where each lesson was last verified

A date says that every cell ran there on that day, and that the tagged outputs were those that are stored (in the first
column: that every cell ran). `make verified` writes this page from the results of `make bench`, `make test-python`,
`make test-colab`, `make test-offline` and `make test-binder`.

"""


def results():
    """{lane: {lesson number: row}}; the rows hold status and date."""
    bench = json.loads(BENCH.read_text(encoding="utf-8"))
    rows = [row | {"date": bench["date"], "status": "failed" if "failed" in row else "passed"} for row in bench["rows"]]
    found = {"measured": rows} | {name: read_rows(name) for name in LANES if name != "measured"}
    return {name: {row["lesson"]: row for row in each} for name, each in found.items()}


def lesson_table(found, lessons):
    """A line a lesson, a column a lane: the date of its last run, or what became of it."""
    lines = ["| lesson | " + " | ".join(LANES.values()) + " |", "|---" * (len(LANES) + 1) + "|"]
    for lesson in lessons:
        cells = [told(found[name].get(lesson.number)) for name in LANES]
        lines.append(f"| [{lesson.number} {lesson.title}](../{lesson.path}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def image_words(rows):
    """What Binder's rows say of its image and its limit; nothing where it never ran.

    >>> held = {"size_bytes": 2.41e9, "start_s": 9.7, "server_bytes": 170e6, "peak_bytes": 1.8e9, "date": "2026-11-26"}
    >>> print(image_words([held | {"lesson": "3.3"}]))
    Binder's environment takes 2.4 GB on disk; JupyterLab answers in it after 10 s and then holds 0.17 GB. The lesson
    that needs most is 3.3: its processes held 1.8 GB together, what they share counted in each; the limit counts that
    once.
    """
    if not rows:
        return ""
    last, largest = max(rows, key=lambda row: row["date"]), max(rows, key=lambda row: row["peak_bytes"])
    size, server, peak = last["size_bytes"] / 1e9, last["server_bytes"] / 1e9, largest["peak_bytes"] / 1e9
    return textwrap.fill(
        f"Binder's environment takes {size:.1f} GB on disk; JupyterLab answers in it after {last['start_s']:.0f} s and "
        f"then holds {server:.2f} GB. The lesson that needs most is {largest['lesson']}: its processes held {peak:.1f} "
        "GB together, what they share counted in each; the limit counts that once.",
        width=116,
    )


def told(row):
    """A row in a cell.

    >>> [told(None), told({"status": "passed", "date": "2026-11-26"})]
    ['not yet', '2026-11-26']
    """
    if row is None:
        return "not yet"
    return row["date"] if row["status"] == "passed" else f"**fails**, {row['date']}"


def lane_table(found, lessons):
    """A line a lane: with which versions, how many lessons passed there, and when."""
    lines = ["| where | versions | lessons passed | last run |", "|---|---|--:|---|"]
    for name, title in LANES.items():
        rows = [found[name][lesson.number] for lesson in lessons if lesson.number in found[name]]
        if rows:
            good = sum(row["status"] == "passed" for row in rows)
            versions = " ".join(Counter(_versions(name, row) for row in rows).most_common(1)[0][0].split())
            day = max(row["date"] for row in rows)
            lines.append(f"| {title} | {versions} | {good} of {len(lessons)} | {day} |")
    return "\n".join(lines) + "\n"


def _versions(name, row):
    if name == "measured":
        bench = json.loads(BENCH.read_text(encoding="utf-8"))["machine"]
        return f"Python {bench['python']}, torch {bench['torch']}, transformers {bench['transformers']}"
    held = row.get("versions", {})
    names = ("python", "torch", "transformers", "ipywidgets")
    return ", ".join(f"{'Python' if one == 'python' else one} {held[one]}" for one in names if one in held)


def main():
    found, lessons = results(), lesson_files.written()
    page = HEAD + lesson_table(found, lessons) + "\n" + image_words(list(found["binder"].values())) + "\n"
    print(write_atomically(PAGE, (page.strip() + "\n").encode("utf-8")))
    readme = ROOT / "README.md"
    text = replace_between(readme.read_text(encoding="utf-8"), "verified", lane_table(found, lessons))
    print(write_atomically(readme, text.encode("utf-8")))


if __name__ == "__main__":
    main()
