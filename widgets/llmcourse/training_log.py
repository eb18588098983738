"""What a training monitor knows: its runs and their points, safe to write to from the cell and from a thread."""

import math
import threading

import numpy as np

from .training_file import read_runs, write_runs
from .training_points import TrainingPoints
from .training_run import shown_samples, whole
from .training_words import not_finite

WARNINGS_SHOWN = 3


class TrainingLog:
    """Take in numbers and samples of several runs; `changed` is called after each.

    points: a TrainingPoints. runs: {name: TrainingRun}. active: the run heard of last. warnings: sentences.
    """

    def __init__(self, changed):
        self.points, self.runs, self.active, self.warnings = TrainingPoints(), {}, None, []
        self._changed, self._lock = changed, threading.RLock()

    def add(self, run):
        """The run of this name that there is, else this one."""
        with self._lock:
            known = self.runs.setdefault(run.name, run)
            self.active = self.active or known
            return known

    def take(self, run, step, tokens, values):
        """Note numbers {name: float} of a step; a step before the last one takes the run back there."""
        with self._lock:
            back = False
            for name, value in values.items():
                back |= self.points.append(run.name, name, step, value)
            if back:
                run.samples = [one for one in run.samples if one[0] < step]
            run.clock.reach(step + 1 if back else max(run.clock.done, step + 1), tokens)
            self.active = run
            for name, value in values.items():
                if not math.isfinite(value):
                    self._warn(run, name, step, value, values.get("lr"))
        self._changed()

    def take_sample(self, run, step, text):
        """Keep a text of a step; it replaces one of the same step."""
        with self._lock:
            run.samples = [*(one for one in run.samples if one[0] != step), (step, text)]
        self._changed()

    def open(self, run, total, start):
        """Make a run ready for its steps from `start` (None: where it stands) to `total`; returns both as numbers."""
        total = run.clock.total if total is None else whole("total", total)
        if total is None:
            raise ValueError("total must say how many steps the run has: monitor.steps(1000).")
        start = run.clock.done if start is None else whole("start", start)
        if start >= total:
            raise ValueError(
                f"All {total} steps are done. steps({total}, start=0) trains them anew; monitor.run('another') begins "
                "a run beside this one."
            )
        with self._lock:
            self.points.rewind(run.name, start)
            run.samples = [one for one in run.samples if one[0] < start]
            run.clock.total, self.active, self.warnings = total, run, []
        return start, total

    def state(self):
        """What the page is told, all of one moment: (parts of the points, series, names of runs, samples, progress)."""
        with self._lock:
            used = self._used()
            progress = {"run": self.active.name, **self.active.clock.progress()}
            names = [run.name for run in used] or [self.active.name]
            return self.points.parts(), self.points.series, names, shown_samples(used), progress

    def columns(self):
        """[(series, steps, values), …] of everything that was logged."""
        with self._lock:
            return [(one, *self.points.column(one["run"], one["name"])) for one in self.points.series]

    def save(self, path):
        """Write all runs; see training_file.py."""
        with self._lock:
            return write_runs(path, [run.saved() for run in self._used()])

    def load(self, path, run_called):
        """Read what `save` wrote into the runs that `run_called(name)` gives."""
        for saved in read_runs(path):
            run = run_called(saved["name"])
            run.clock.total, run.samples = saved["total"], saved["samples"]
            run.clock.restore(saved["done"], saved["seconds"], saved["tokens"])
            for name, (steps, values) in saved["series"].items():
                for step, value in zip(steps, values, strict=True):
                    self.points.append(run.name, name, step, value)
            self.active = run

    def _used(self):
        return [run for run in self.runs.values() if run.clock.done or run.samples]

    def _warn(self, run, name, step, value, rate):
        steps, values = run.column(name)
        first = steps[np.flatnonzero(~np.isfinite(values))[0]] == step
        if first and len(self.warnings) < WARNINGS_SHOWN:
            where = run.name if len(self.runs) > 1 else None
            self.warnings = [*self.warnings, not_finite(name, step, value, rate, where)]
