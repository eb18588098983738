"""What the benchmarks share: repeated measurement, the machine's description, and the file of results."""

import json
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from llmcourse.atomic import write_atomically

RESULTS = Path(__file__).parent / "results"


def median_time(run, repeats):
    """(last value, median seconds) of `repeats` runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        value = run()
        times.append(time.perf_counter() - start)
    return value, statistics.median(times)


def yardstick(repeats=7):
    """Seconds of one fixed piece of work, in Python and in torch: how fast this machine is at this moment."""
    import torch

    matrix = torch.ones(512, 512)

    def work():
        sum(number * number for number in range(200_000))
        for _ in range(8):
            matrix @ matrix

    return median_time(work, repeats)[1]


def budget(what, measured, limit, unit, at_least=False):
    """One line of the table of budgets; `measured` is None when there is no figure, then the budget is not met."""
    met = measured is not None and (measured >= limit if at_least else measured <= limit)
    return {"what": what, "measured": measured, "limit": limit, "unit": unit, "at_least": at_least, "met": met}


def save_results(name, rows, budgets):
    """Write results/<name>.json with the day and the machine, and return its path."""
    content = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "budgets": budgets, "rows": rows}
    return write_atomically(RESULTS / f"{name}.json", (json.dumps(content, indent=1) + "\n").encode())


def machine():
    """The kind of machine, without any name of it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": cores,
        "python": platform.python_version(),
        "torch": version("torch"),
        "transformers": version("transformers"),
    }


def _cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
