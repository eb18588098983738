"""One run of a training monitor: what `monitor.run("adam")` hands out to log with."""

import math
import numbers

from .training_clock import TrainingClock

LARGEST_STEP = 2**53  # what a float64 still counts exactly
SAMPLES_SHOWN, SAMPLE_LENGTH = 60, 2_000  # what the page holds; the file holds all


class TrainingRun:
    """Log the numbers and text samples of one run; several runs share the monitor's charts.

    name: what the charts call it. clock: its TrainingClock. samples: (step, text) pairs.

    >>> run = TrainingMonitor(10).run("adam")                                  # doctest: +SKIP
    >>> run.log(0, loss=2.3)                                                   # doctest: +SKIP
    """

    def __init__(self, log, walk, name, total):
        self.name, self.clock, self.samples = name, TrainingClock(total), []
        self._log, self._walk = log, walk

    def log(self, step, *, tokens=0, **values):
        """Note numbers of a step (counted from 0): `run.log(step, loss=2.3, lr=1e-3)`.

        tokens: how many tokens were read since the last log, for tokens per second. A step that was logged before
        replaces its numbers; a step before the last one takes the run back there. Tensors of one element will do.
        Raises TypeError or ValueError, naming the argument, for what is no number.
        """
        step, tokens = whole("step", step), whole("tokens", tokens)
        values = {name: _real(name, value) for name, value in values.items()}
        self._log.take(self, step, tokens, values)

    def sample(self, step, text):
        """Keep a text that the model wrote at this step. Raises TypeError when text is no string."""
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, not {type(text).__name__}.")
        self._log.take_sample(self, whole("step", step), text)

    def steps(self, total=None, start=None):
        """Yield the numbers of the steps still to do, in the cell: `for step in run.steps(1000):`.

        total: how many steps the whole run has; start: where to begin, by default where the run stands. What was
        logged from there on is forgotten, so that a run resumed from a checkpoint has no jump. An interrupt (■) or a
        `break` leaves everything as it is: the next `steps` goes on. Raises ValueError when nothing is left to do.
        """
        return self._walk(self, *self._log.open(self, total, start))

    def column(self, name):
        """(steps, values) of one of its numbers, float64 arrays."""
        return self._log.points.column(self.name, name)

    def latest(self):
        """{name: last value} of its numbers."""
        return self._log.points.latest(self.name)

    def saved(self):
        """What a file keeps of it (see training_file.py)."""
        names = [one["name"] for one in self._log.points.series if one["run"] == self.name]
        return {
            "name": self.name,
            "total": self.clock.total,
            "done": self.clock.done,
            "seconds": self.clock.seconds,
            "tokens": self.clock.tokens,
            "series": {name: tuple(column.tolist() for column in self.column(name)) for name in names},
            "samples": list(self.samples),
        }


def shown_samples(runs):
    """The samples that the page holds, at most 60 spread evenly with both ends, each cut after 2,000 characters."""
    every = [(run.name, step, text) for run in runs for step, text in run.samples]
    if len(every) > SAMPLES_SHOWN:
        every = [every[round(place * (len(every) - 1) / (SAMPLES_SHOWN - 1))] for place in range(SAMPLES_SHOWN)]
    return [{"run": run, "step": step, "text": _clean(text[:SAMPLE_LENGTH])} for run, step, text in every]


def whole(name, value):
    """A whole number of 0 or more. Raises TypeError or ValueError, naming the argument, for anything else."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, not {value!r}.")
    if not 0 <= value < LARGEST_STEP:
        raise ValueError(f"{name} must be 0 or more; got {value}.")
    return int(value)


def _clean(text):
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent to a page


def _real(name, value):
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError, RuntimeError) as problem:
        raise TypeError(f"{name} must be one number; got {_short(value)}.") from problem


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
