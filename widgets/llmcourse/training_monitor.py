"""TrainingMonitor: a training run while it happens, with its speed, its curves and what the model writes."""

import math
import sys
import threading
import time

import traitlets

from .course_widget import CourseWidget
from .throttle import Throttle
from .training_log import TrainingLog
from .training_run import TrainingRun, whole
from .training_thread import BackgroundTraining
from .training_words import failure, progress_line, summarised

PAUSE = 0.2  # seconds between two messages to the page: five a second
STATES = ("idle", "running", "paused", "stopped", "finished", "failed")


class TrainingMonitor(CourseWidget):
    """Watch a model learn: curves of whatever is logged, speed and time left, samples of its text; pause it, stop it.

    total_steps: how many steps are planned, if that is known. smoothing: weight of the moving average drawn over the
    raw curves, 0 (none) to 0.99. log_scale: names of the charts with a logarithmic axis. hidden_runs: runs not drawn.

    In a cell: `for step in monitor.steps(1000): … monitor.log(step, loss=loss)`; an interrupt leaves all as it is. In
    the background: `monitor.start(generator)` runs a generator that yields after each step, so that Pause, Resume and
    Stop in the page answer; `monitor.wait()` waits for its end. `monitor.run("adam")` logs a run beside others.
    state: 'idle', 'running', 'paused', 'stopped', 'finished' or 'failed'; exception: what a failed run raised.
    Logging takes microseconds: the page hears at most five times a second, and always of the last point.

    >>> monitor = TrainingMonitor(total_steps=3)
    >>> for step in monitor.steps():
    ...     monitor.log(step, loss=1 / (step + 1))
    >>> monitor.state, monitor.progress["done"]
    ('finished', 3)
    """

    stem = "training_monitor"

    state = traitlets.Enum(STATES, "idle").tag(sync=True)
    progress = traitlets.Dict().tag(sync=True)
    series = traitlets.List(traitlets.Dict()).tag(sync=True)
    runs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    samples = traitlets.List(traitlets.Dict()).tag(sync=True)
    warnings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    smoothing = traitlets.Float(0.0).tag(sync=True)
    log_scale = traitlets.List(traitlets.Unicode()).tag(sync=True)
    hidden_runs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answers = traitlets.Bool(False).tag(sync=True)  # whether the buttons can work: in the background, no cell waiting
    asked = traitlets.Unicode("").tag(sync=True)  # the button pressed last; empty once it has been answered
    points_0 = traitlets.Bytes().tag(sync=True)  # the parts of TrainingPoints, the oldest first
    points_1 = traitlets.Bytes().tag(sync=True)
    points_2 = traitlets.Bytes().tag(sync=True)
    points_3 = traitlets.Bytes().tag(sync=True)

    def __init__(self, total_steps=None, **traits):
        self.exception = None
        self._total = None if total_steps is None else whole("total_steps", total_steps)
        self._throttle = Throttle(self.flush, PAUSE)
        self._log, self._sending = TrainingLog(self._throttle.ask), threading.RLock()
        self._training, self._stopping = None, False
        self._seen, self._lines, self._printed = False, 0, time.monotonic()
        super().__init__(**traits)
        self.run("run")
        self.observe(self._answer_button, names="asked")
        self.flush()

    def run(self, name):
        """The run of this name, new or known: `monitor.run("adam").log(step, loss=…)`. The first one is "run"."""
        if not isinstance(name, str) or not name:
            raise TypeError(f"name must be a word for the run, not {name!r}.")
        return self._log.add(TrainingRun(self._log, self._walk, name, self._total))

    def log(self, step, *, tokens=0, **values):
        """Note numbers of a step of the first run; see TrainingRun.log."""
        self.run("run").log(step, tokens=tokens, **values)

    def sample(self, step, text):
        """Keep a text that the model wrote at this step of the first run."""
        self.run("run").sample(step, text)

    def steps(self, total=None, start=None):
        """The steps still to do of the first run, for a loop in the cell; see TrainingRun.steps."""
        return self.run("run").steps(total, start)

    def start(self, training):
        """Train in the background: `training` is a generator that yields after each step (or gives such a generator).

        Raises RuntimeError while another training runs, TypeError when `training` cannot be iterated over.
        """
        if self._training is not None and self._training.alive:
            raise RuntimeError("A training runs already: monitor.stop() ends it after its step.")
        try:
            steps = iter(training() if callable(training) else training)
        except TypeError as problem:
            raise TypeError("training must be a generator that yields after each step.") from problem
        self.exception, self.error, self._stopping = None, "", False
        self._training = BackgroundTraining(steps, self._enter)
        self.answers = True
        self._training.start()

    def pause(self):
        """Rest after the step that runs now. Raises RuntimeError when nothing runs in the background."""
        self._background().pause()

    def resume(self):
        """Go on after a pause. Raises RuntimeError when nothing runs in the background."""
        self._background().resume()

    def stop(self):
        """End the training after its step, be it in the background or in `steps`."""
        self._stopping = True
        if self._training is not None:
            self._training.stop()

    def wait(self, timeout=None):
        """Wait until the background training ends, or `timeout` seconds; returns `state`.

        The buttons cannot answer while a cell waits; an interrupt (■) stops the training and the waiting.
        """
        if self._training is None:
            return self.state
        self.answers = False
        try:
            end = math.inf if timeout is None else time.monotonic() + timeout
            while not self._training.join(min(1.0, max(0.0, end - time.monotonic()))) and time.monotonic() < end:
                self._print_line()
        except KeyboardInterrupt:
            self._training.stop()
            self._training.join()
            raise
        finally:
            self.answers = self._training.alive
        self.flush()
        return self.state

    def flush(self):
        """Send what was logged to the page now. `log` does so by itself, at most five times a second."""
        with self._sending:
            self._throttle.done()
            parts, series, names, samples, progress = self._log.state()
            with self.hold_sync():
                self.points_0, self.points_1, self.points_2, self.points_3 = parts
                self.series, self.runs, self.samples, self.progress = series, names, samples, progress
                self.warnings = self._log.warnings
                self.summary = summarised(self._log.active, self.state, names)

    def save(self, path):
        """Save all runs as JSON, whole or not at all, and return the path. Raises OSError if it cannot be written."""
        return self._log.save(path)

    @classmethod
    def load(cls, path, **traits):
        """A monitor with the runs that `save` wrote; `steps` goes on where each stood.

        Raises ValueError when the file holds no training run, OSError when it cannot be read.
        """
        monitor = cls(**traits)
        monitor._log.load(path, monitor.run)
        monitor.flush()
        return monitor

    def picture(self):
        """PNG bytes: a chart for each group of numbers, all runs in it, smoothed as in the page."""
        from .training_monitor_picture import training_monitor_picture

        columns = [one for one in self._log.columns() if one[0]["run"] not in self.hidden_runs]
        return training_monitor_picture(columns, len(self.runs) > 1, self.smoothing, self.log_scale)

    def _repr_mimebundle_(self, **kwargs):
        self._seen = True
        return super()._repr_mimebundle_(**kwargs)

    @traitlets.validate("smoothing")
    def _within(self, proposal):
        if not 0 <= proposal["value"] <= 0.99:
            raise ValueError(f"smoothing must lie between 0 and 0.99; got {proposal['value']}.")
        return proposal["value"]

    def _walk(self, run, start, total):
        self._stopping = False
        end = "stopped"  # unless the loop comes to its own end: an interrupt, a break and an error leave it here
        try:
            self._enter("running")
            run.clock.reach(start)
            for step in range(start, total):
                if self._stopping:
                    return
                yield step
                run.clock.reach(step + 1)
                self._throttle.ask()
                self._print_line()
            end = "finished"
        finally:
            self._enter(end)

    def _enter(self, state):
        """Note a change of state; called in the cell or in the background thread."""
        clock = self._log.active.clock
        if state == "running":
            clock.begin()
            self._lines, self._printed = 0, time.monotonic()
        else:
            clock.rest()
        self.state = state
        if state == "failed":
            self.exception = self._training.exception
            self.error = failure(self.exception, clock.done)
        if state in ("stopped", "finished", "failed"):
            self.answers = False
            self._print_line(last=True)
        self.flush()

    def _print_line(self, last=False):
        """The progress as one line of text, once a second, where the widget is not shown. A run of the cell itself that
        is over within a second says nothing; one in the background says at least that it is over.
        """
        now = time.monotonic()
        told = self._lines or self._training is not None or self.state != "finished"
        if not self._seen and (told if last else now - self._printed >= 1):
            self._lines += 1
            self._printed = now
            print("\r" + progress_line(self._log.active), end="\n" if last else "", file=sys.stderr, flush=True)

    def _background(self):
        if self._training is None or not self._training.alive:
            raise RuntimeError("Nothing runs in the background: monitor.start(generator) begins a training there.")
        return self._training

    def _answer_button(self, change):
        if change["new"] in ("pause", "resume", "stop"):
            try:
                getattr(self, change["new"])()
            except RuntimeError as problem:
                self.error = str(problem)
        self.asked = ""
