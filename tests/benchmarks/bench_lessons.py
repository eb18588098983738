"""Measure the lessons: `python tests/benchmarks/bench_lessons.py [2.2 2.4 …]`.

Every notebook under course/ runs from its first cell to its last in a kernel of its own, with the model in the cache:
seconds, and the most memory its kernel held. The figures go to results/lessons.json; with numbers given, only those
lessons are measured anew. A lesson that fails is named and makes the command fail. With --store the outputs of the
measured run are stored in the lessons, so that the times they print come from an idle machine.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from llmcourse.atomic import write_atomically
from llmcourse.course_map import LESSONS
from llmcourse.embedded_model import prepare
from llmcourse.kernel_memory import KernelMemory
from llmcourse.lesson_store import tidy
from measurements import RESULTS, budget, save_results, yardstick
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.filters import strip_ansi
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
CELL_TIMEOUT = 600  # seconds
LESSON_S, TRAINING_S, COURSE_S = 90, 180, 30 * 60  # the budgets, on two cores
TRAINING = ("2.5", "4.2", "4.4", "5.2")
KERNEL_BYTES = 2.0e9


def notebooks():
    """(number, path inside the repository) of every notebook under course/; a path stands for a missing number."""
    numbers = {lesson.path: lesson.number for lesson in LESSONS}
    found = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "course").rglob("*.ipynb"))
    return [(numbers.get(path, path), path) for path in found if ".ipynb_checkpoints" not in path]


def measure(number, path, keep=False):
    """One row: the seconds of all cells (the start of the kernel included), the kernel's peak in bytes, and
    yardstick_s: how fast the machine was just before.

    keep: store the outputs in the notebook, as `make lessons` does, unless a cell fails.
    """
    notebook = nbformat.read(ROOT / path, 4)
    place = {"metadata": {"path": str((ROOT / path).parent)}}
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT, kernel_name="python3", resources=place)
    row = {"lesson": number, "path": path, "yardstick_s": yardstick()}
    start = time.perf_counter()
    with client.setup_kernel(), KernelMemory(client.km.provisioner.pid) as memory:
        try:
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
            row["failed"] = f"cell {index + 1}: {strip_ansi(str(problem)).strip().splitlines()[-1]}"
        row |= {"seconds": time.perf_counter() - start, "peak_bytes": memory.peak()}
    if keep and "failed" not in row:
        write_atomically(ROOT / path, nbformat.writes(tidy(notebook)).encode("utf-8") + b"\n")
    return row


def budgets(rows):
    """The budgets of the lessons; each names the lesson that comes closest to it."""
    good = [row for row in rows if "failed" not in row]
    lines = []
    for what, limit, chosen in (
        ("slowest lesson", LESSON_S, [row for row in good if row["lesson"] not in TRAINING]),
        ("slowest lesson that trains", TRAINING_S, [row for row in good if row["lesson"] in TRAINING]),
    ):
        if chosen:
            worst = max(chosen, key=lambda row: row["seconds"])
            lines.append(budget(f"{what} ({worst['lesson']})", worst["seconds"], limit, "s"))
    if good:
        largest = max(good, key=lambda row: row["peak_bytes"])
        lines.append(budget(f"{len(good)} lessons, all together", sum(row["seconds"] for row in good), COURSE_S, "s"))
        lines.append(
            budget(f"largest kernel of a lesson ({largest['lesson']})", largest["peak_bytes"], KERNEL_BYTES, "bytes")
        )
    return lines


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="their numbers (default: all)")
    parser.add_argument("--store", action="store_true", help="store the outputs of these runs in the lessons")
    parsed = parser.parse_args(arguments)
    chosen = parsed.lessons
    there = notebooks()
    if unknown := set(chosen) - {number for number, _ in there}:
        parser.error(f"no notebook for {', '.join(sorted(unknown))}; there are {', '.join(n for n, _ in there)}")
    prepare()  # the download and the conversion are no part of any lesson
    work = [(number, path) for number, path in there if not chosen or number in chosen]
    rows = {}
    with tqdm(work, unit="lesson") as progress:
        for number, path in progress:
            progress.set_description(f"lesson {number}")
            with tempfile.TemporaryDirectory() as newcomer:
                os.environ["LLMCOURSE_PROGRESS"] = newcomer  # the learner's own progress is neither shown nor changed
                rows[path] = measure(number, path, parsed.store)
    old = RESULTS / "lessons.json"
    if chosen and old.exists():
        paths_there = {path for _, path in there}
        before = json.loads(old.read_text(encoding="utf-8"))["rows"]
        rows = {row["path"]: row for row in before if row["path"] in paths_there} | rows
    rows = sorted(rows.values(), key=lambda row: row["path"])
    print(save_results("lessons", rows, budgets(rows)))
    if failed := [f"{row['lesson']}, {row['failed']}" for row in rows if "failed" in row]:
        sys.exit("These lessons fail:\n" + "\n".join(failed))


if __name__ == "__main__":
    main()
