"""One lane: lessons run with nbval under some platform's conditions, one process a lesson, and what became of them.

A lane is a way to start a process (another kernel, no network, little memory); what is run and how it is judged is
the same in all of them, and the same as in `make test-lessons`: every cell, tagged outputs compared. The results go to
results/<lane>.json after every lesson, so that a stopped run keeps what is known.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from llmcourse import lesson_files
from llmcourse.atomic import write_atomically
from process_tree import TreeMemory
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"
NO_OTHER_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # they take seconds to load, and nbval is all we need
CELL_TIMEOUT = 900  # seconds


def command(path, report, current_kernel=True):
    """The nbval command for the notebook `path`; current_kernel: the environment's own kernel, else the one that
    JUPYTER_PATH names `python3`. What is found goes to the file `report`."""
    kernel = ["--nbval-current-env"] if current_kernel else []
    sanitize = ROOT / "tests" / "notebooks" / "sanitize.cfg"
    options = ["--nbval-lax", *kernel, f"--nbval-cell-timeout={CELL_TIMEOUT}", f"--nbval-sanitize-with={sanitize}"]
    quiet = ["-q", "-p", "nbval.plugin", "-p", "no:cacheprovider", f"--rootdir={ROOT}", f"--junitxml={report}"]
    return [sys.executable, "-m", "pytest", *quiet, *options, str(path)]


def run_lesson(lesson, prefix=(), environment=None, current_kernel=True, limit=None):
    """Run one lesson as a new learner would meet it, and return its row: status, seconds, peak_bytes, cells.

    prefix: words before the command, such as `unshare --net`. environment: variables that are added.
    limit: bytes that all processes together may hold; a lesson that needs more is stopped and has failed.
    """
    row = {"lesson": lesson.number, "path": lesson.path, "status": "passed"}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        variables = os.environ | {"LLMCOURSE_PROGRESS": folder} | (environment or {}) | NO_OTHER_PLUGINS
        words = [*prefix, *command(ROOT / lesson.path, report, current_kernel)]
        start = time.perf_counter()
        with open(Path(folder, "said"), "w+") as said:
            process = subprocess.Popen(words, cwd=ROOT, env=variables, stdout=said, stderr=subprocess.STDOUT)
            with TreeMemory(process.pid, limit) as memory:
                code = process.wait()
            said.seek(0)
            row |= {"seconds": round(time.perf_counter() - start, 1), "peak_bytes": memory.peak}
            row |= judged(report, code, said.read(), memory.over)
    return row


def judged(report, code, said, over):
    """What a row gets to know from pytest's report: the number of cells, and the first failure in one line."""
    if over:
        return {"status": "failed", "error": "it needed more memory than the lane has"}
    if not report.exists():
        lines = [line for line in said.splitlines() if line.strip()]
        return {"status": "failed", "error": lines[-1] if lines else f"pytest ended with {code}"}
    cases = list(ElementTree.parse(report).iter("testcase"))
    for case in cases:
        for problem in (*case.findall("failure"), *case.findall("error")):
            text = plain(problem.text or problem.get("message", ""))
            return {"status": "failed", "cells": len(cases), "error": f"{case.get('name')}: {text[-300:]}"}
    return {"cells": len(cases)} if code == 0 else {"status": "failed", "error": f"pytest ended with {code}"}


def plain(text):
    """A report's text in one line, without the colours of a terminal.

    >>> plain("#x1B[0;31mValueError#x1B[0m:\\n  no")
    'ValueError: no'
    """
    return " ".join(re.sub(r"(#x1B|\x1b)\[[\d;]*m", "", text).split())


def kernel_folder(python, place, paths):
    """A folder for JUPYTER_PATH in which the kernel `python3` is another Python's, with `paths` in front of its own."""
    spec = Path(place) / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    words = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    variables = {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    content = {"argv": words, "display_name": "Python 3", "language": "python", "env": variables}
    spec.write_text(json.dumps(content), encoding="utf-8")
    return spec.parents[2]


def chosen_lessons(numbers):
    """The lessons with these numbers, or all that are written."""
    return [lesson_files.find_lesson(number) for number in numbers] or lesson_files.written()


def run_lane(name, lessons, run, facts):
    """Run each lesson with `run`, store the rows with date and facts in results/<name>.json, and exit if one failed.

    Lessons that are not run now keep the row, date and facts of their own last run.
    """
    file = RESULTS / f"{name}.json"
    rows = {row["lesson"]: row for row in read_rows(name)}
    with tqdm(lessons, unit="lesson") as progress:
        for lesson in progress:
            progress.set_description(f"{name} {lesson.number}")
            row = run(lesson) | {"date": f"{datetime.now(UTC):%Y-%m-%d}"} | facts
            rows[lesson.number] = row
            ordered = sorted(rows.values(), key=lambda each: each["path"])
            write_atomically(file, (json.dumps({"rows": ordered}, indent=1) + "\n").encode())
            tqdm.write(f"{lesson.number}: {told(row)}")
    numbers = {lesson.number for lesson in lessons}
    if failed := [row for row in rows.values() if row["lesson"] in numbers and row["status"] == "failed"]:
        sys.exit(f"{len(failed)} of {len(numbers)} lessons fail in the lane {name}.")
    print(f"{len(numbers)} lessons passed in the lane {name}: {file.relative_to(ROOT)}")


def versions(python, *names):
    """{name: version} of these packages in the environment of another Python, its own version among them."""
    ask = "import importlib.metadata as m, json, platform, sys"
    tell = "print(json.dumps({'python': platform.python_version()} | {n: m.version(n) for n in sys.argv[1:]}))"
    said = subprocess.run([python, "-c", f"{ask}; {tell}", *names], check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


def read_rows(name):
    """The rows of results/<name>.json, or none where the lane never ran."""
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []


def told(row):
    """A row in one line."""
    figures = f"{row['seconds']:.0f} s, {row['peak_bytes'] / 1e9:.1f} GB"
    return f"{row['status']}, {figures}" + (f", {row['error']}" if "error" in row else f", {row['cells']} cells")


def parser(purpose):
    """A command line whose first words are the numbers of lessons."""
    found = argparse.ArgumentParser(description=purpose)
    found.add_argument("lessons", nargs="*", help="their numbers, such as 2.2 (default: all that are written)")
    return found
