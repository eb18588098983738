"""What a training monitor says in words: its summary, the progress line, what to try when a number becomes NaN."""

import math

from .labels import token_label
from .training_clock import spoken_time


def progress_line(run):
    """The progress of a run as one line of text, for where no widget is shown."""
    progress = run.clock.progress()
    total = f" of {progress['total']:,}" if progress["total"] else ""
    parts = [f"{run.name}: step {progress['done']:,}{total}", f"{spoken_time(progress['seconds'])} so far"]
    if progress["seconds_left"] is not None:
        parts.append(f"{spoken_time(progress['seconds_left'])} left")
    if progress["steps_per_second"]:
        parts.append(f"{progress['steps_per_second']:.3g} steps/s")
    if progress["tokens_per_second"]:
        parts.append(f"{progress['tokens_per_second']:,.0f} tokens/s")
    return ", ".join(parts + latest_values(run)[:4])


def summarised(run, state, names):
    """One or two sentences for the summary of the widget."""
    progress = run.clock.progress()
    total = f" of {progress['total']:,}" if progress["total"] else ""
    others = f" {len(names)} runs are compared." if len(names) > 1 else ""
    values = latest_values(run)
    if not values and not progress["done"]:
        return "Nothing has been logged yet: the curves begin with monitor.log(step, loss=…)."
    told = f"; latest: {', '.join(values[:6])}" if values else ""
    return f"Training {state}: step {progress['done']:,}{total}{told}.{others}"


def latest_values(run):
    """The last value of each number of a run: ['loss 2.31', 'lr 0.001']."""
    return [f"{token_label(name, 40)} {value:.4g}" for name, value in run.latest().items()]


def not_finite(name, step, value, rate, run):
    """What happened and what to try when a number is no longer finite."""
    became = "NaN" if math.isnan(value) else "infinite"
    where = f" of {token_label(run, 40)}" if run else ""
    now = f" (it is {rate:g} now)" if rate is not None and math.isfinite(rate) else ""
    return (
        f"{token_label(name, 40)}{where} became {became} at step {step:,}. Try a smaller learning rate{now}, gradient "
        "clipping or a longer warm-up, and look for a logarithm of 0 or a division by 0."
    )


def failure(problem, done):
    """One sentence for a training that raised an exception."""
    text = str(problem).strip().splitlines()
    told = f": {text[0][:200]}" if text else ""
    told = told.encode("utf-8", "replace").decode("utf-8")
    return f"Training failed after {done:,} steps with {type(problem).__name__}{told} (see monitor.exception)"
