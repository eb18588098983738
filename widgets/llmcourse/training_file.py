"""A training monitor's points on disk: one JSON file, written whole or not at all."""

import json
import math
from pathlib import Path

from .atomic import write_atomically

VERSION = 1
_SPELT = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # JSON has no such numbers


def write_runs(path, runs):
    """Save runs, as `read_runs` gives them, and return the path. Raises OSError when it cannot be written."""
    spelt = [
        {**run, "series": {name: [steps, [_spell(value) for value in values]] for name, (steps, values) in series}}
        for run, series in ((run, run["series"].items()) for run in runs)
    ]
    text = json.dumps({"version": VERSION, "runs": spelt}, allow_nan=False)
    return write_atomically(path, text.encode())


def read_runs(path):
    """The runs in a file: dictionaries with name, total, done, seconds, tokens, series {name: (steps, values)} and
    samples [(step, text), …].

    Raises ValueError when the file holds no training run, OSError when it cannot be read.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["version"] > VERSION:
            raise ValueError(f"{path} was written by a newer version of the course. Update llmcourse to read it.")
        return [_run(entry) for entry in content["runs"]]
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} holds no training run: TrainingMonitor.save(path) writes one.") from problem


def _run(entry):
    series = {
        str(name): ([float(step) for step in steps], [_number(value) for value in values])
        for name, (steps, values) in entry["series"].items()
    }
    if any(len(steps) != len(values) for steps, values in series.values()):
        raise TypeError("a series with steps and values of different length")
    return {
        "name": str(entry["name"]),
        "total": None if entry["total"] is None else int(entry["total"]),
        "done": int(entry["done"]),
        "seconds": float(entry["seconds"]),
        "tokens": int(entry["tokens"]),
        "series": series,
        "samples": [(int(step), str(text)) for step, text in entry["samples"]],
    }


def _spell(value):
    return value if math.isfinite(value) else str(value)


def _number(value):
    return _SPELT[value] if isinstance(value, str) else float(value)
