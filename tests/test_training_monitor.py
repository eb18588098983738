"""TrainingMonitor in Python: points, speed, stopping, resuming, files, and its answers to bad input."""

import doctest
import json
import math
import threading
import time

import llmcourse
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import (
    throttle,
    training_clock,
    training_file,
    training_log,
    training_monitor_picture,
    training_points,
    training_run,
    training_thread,
    training_words,
)
from llmcourse.training_clock import TrainingClock
from llmcourse.training_monitor import TrainingMonitor
from llmcourse.training_points import TrainingPoints, group_of, smooth, thin_extremes
from llmcourse.training_thread import BackgroundTraining
from vectors.make_training_monitor import PATH, make_vectors
from widget_examples import HOSTILE

PICTURE = b"\x89PNG"


def points_sent(monitor):
    """What a page would read: (series, step, value) rows of the parts."""
    parts = [getattr(monitor, f"points_{number}") for number in range(4)]
    return np.concatenate([np.frombuffer(part, "<f8") for part in parts]).reshape(-1, 3)


@pytest.mark.parametrize(
    "module",
    [
        throttle,
        training_clock,
        training_points,
        training_thread,
        training_run,
        training_words,
        training_monitor_picture,
    ],
)
def test_the_examples_of_the_docstrings(module):
    names = {"np": np}
    assert doctest.testmod(module, extraglobs=names).failed == 0


def test_the_example_of_the_widget(capsys):
    from llmcourse import training_monitor

    assert doctest.testmod(training_monitor).failed == 0
    assert training_monitor.TrainingMonitor is llmcourse.TrainingMonitor


def test_the_vectors_are_still_what_python_computes():
    assert json.loads(PATH.read_text(encoding="utf-8")) == json.loads(json.dumps(make_vectors()))


def test_smoothing_is_the_weighted_mean_of_all_values_so_far():
    values = np.random.default_rng(0).normal(size=200)
    weight = 0.9
    ours = smooth(values, weight)
    for end in (1, 2, 50, 200):
        weights = weight ** np.arange(end)[::-1]
        assert ours[end - 1] == pytest.approx(np.average(values[:end], weights=weights), abs=1e-12)


def test_thinning_keeps_the_range_of_every_pixel():
    rng = np.random.default_rng(1)
    steps, values = np.arange(100_000.0), rng.normal(size=100_000).cumsum()
    x, y = thin_extremes(steps, values, 500)
    assert len(x) <= 1_002
    for column in range(500):
        inside = values[column * 200 : (column + 1) * 200]
        kept = y[(x >= column * 200) & (x < (column + 1) * 200)]
        assert (kept.min(), kept.max()) == (inside.min(), inside.max())


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("train_loss", "loss"), ("val/loss", "loss"), ("loss", "loss"), ("loss_eval", "loss"), ("lr", "lr"),
        ("train", "train"), ("latest_loss", "latest_loss"), ("val_acc", "acc"), ("training", "training"), ("", ""),
    ],
)  # fmt: skip
def test_train_and_validation_share_a_chart(name, group):
    assert group_of(name) == group


def test_every_point_reaches_the_page_in_order():
    monitor = TrainingMonitor()
    for step in range(6_234):
        monitor.log(step, loss=step / 7)
    monitor.flush()
    rows = points_sent(monitor)
    assert rows[:, 1].tolist() == list(range(6_234))
    assert rows[:, 2].tolist() == [step / 7 for step in range(6_234)]
    assert [len(getattr(monitor, f"points_{number}")) // 24 for number in range(4)] == [0, 5_000, 1_000, 234]


def test_the_last_point_arrives_by_itself_and_messages_are_few():
    monitor, sent = TrainingMonitor(), []
    monitor.observe(lambda change: sent.append(time.monotonic()), names="progress")
    begin = time.monotonic()
    for step in range(20_000):
        monitor.log(step, loss=1.0)
    deadline = time.monotonic() + 20
    while monitor.progress["done"] < 20_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert monitor.progress["done"] == 20_000
    assert len(points_sent(monitor)) == 20_000
    assert len(sent) <= (sent[-1] - begin) / 0.2 + 2


def test_an_earlier_step_takes_the_run_back_and_leaves_others_alone():
    monitor = TrainingMonitor()
    other = monitor.run("other")
    for step in range(10):
        monitor.log(step, loss=step, lr=1)
        other.log(step, loss=step)
    monitor.sample(8, "late")
    monitor.log(4, loss=40)
    steps, values = monitor.run("run").column("loss")
    assert (steps.tolist(), values.tolist()) == ([0, 1, 2, 3, 4], [0, 1, 2, 3, 40])
    assert monitor.run("run").column("lr")[0].tolist() == [0, 1, 2, 3]
    assert len(other.column("loss")[0]) == 10
    monitor.flush()
    assert monitor.samples == []
    assert monitor.progress["done"] == 5


def test_a_step_logged_twice_is_replaced_and_late_validation_is_no_way_back():
    monitor = TrainingMonitor()
    monitor.log(0, loss=1)
    monitor.log(0, loss=2)
    monitor.log(0, lr=0.1)
    for step in range(1, 5):
        monitor.log(step, loss=3)
    monitor.log(2, val_loss=9)
    monitor.flush()
    assert monitor.run("run").column("loss")[1].tolist() == [2, 3, 3, 3, 3]
    assert monitor.run("run").column("lr")[1].tolist() == [0.1]
    assert monitor.progress["done"] == 5


def test_steps_go_on_after_an_interrupt_without_a_jump(capsys):
    monitor = TrainingMonitor(total_steps=10)
    with pytest.raises(KeyboardInterrupt):
        for step in monitor.steps():
            monitor.log(step, loss=10 - step)
            if step == 3:
                raise KeyboardInterrupt
    assert monitor.state == "stopped"
    assert "step 4 of 10" in capsys.readouterr().err
    seen = []
    for step in monitor.steps():
        seen.append(step)
        monitor.log(step, loss=10 - step)
    assert seen == [4, 5, 6, 7, 8, 9]
    assert monitor.state == "finished"
    assert monitor.run("run").column("loss")[0].tolist() == list(range(10))
    with pytest.raises(ValueError, match="start=0"):
        monitor.steps(10)
    assert len(list(monitor.steps(10, start=0))) == 10
    assert len(monitor.run("run").column("loss")[0]) == 0


def test_steps_stop_when_told():
    monitor = TrainingMonitor()
    for step in monitor.steps(100):
        if step == 5:
            monitor.stop()
    assert (monitor.state, monitor.progress["done"]) == ("stopped", 6)


def test_resuming_at_an_older_checkpoint_forgets_what_came_after():
    monitor = TrainingMonitor()
    for step in monitor.steps(8):
        monitor.log(step, loss=step)
    for step in monitor.steps(8, start=5):
        monitor.log(step, loss=100 + step)
    assert monitor.run("run").column("loss")[1].tolist() == [0, 1, 2, 3, 4, 105, 106, 107]


def test_no_line_is_printed_once_the_widget_is_shown(capsys):
    monitor = TrainingMonitor()
    monitor._repr_mimebundle_()
    for step in monitor.steps(3):
        monitor.log(step, loss=1)
    assert capsys.readouterr().err == ""


def test_in_the_background_it_pauses_resumes_and_stops():
    monitor, turn, done = TrainingMonitor(), threading.Semaphore(0), []

    def train():
        try:
            for step in range(1_000):
                turn.acquire()
                monitor.log(step, loss=1.0)
                yield
        finally:
            done.append("closed")

    reached = {state: threading.Event() for state in ("running", "paused", "stopped")}
    monitor.observe(lambda change: reached.get(change["new"], threading.Event()).set(), names="state")
    monitor.start(train())
    assert monitor.answers
    with pytest.raises(RuntimeError, match="runs already"):
        monitor.start(train())
    monitor.asked = "pause"
    assert monitor.asked == ""
    turn.release()
    assert reached["paused"].wait(20)
    reached["running"].clear()
    monitor.asked = "resume"
    assert reached["running"].wait(20)
    monitor.asked = "stop"
    turn.release()
    turn.release()
    assert monitor.wait(20) == "stopped"
    assert done == ["closed"]
    assert not monitor.answers
    assert monitor.progress["done"] == len(monitor.run("run").column("loss")[0]) < 10
    monitor.asked = "pause"
    assert "Nothing runs" in monitor.error


def test_an_exception_in_the_background_is_told_and_kept():
    monitor = TrainingMonitor()

    def train():
        yield
        monitor.log(0, loss=1.0)
        raise ValueError("the batch is empty\nsecond line")

    monitor.start(train)
    assert monitor.wait() == "failed"
    assert monitor.error == "Training failed after 1 steps with ValueError: the batch is empty (see monitor.exception)"
    assert isinstance(monitor.exception, ValueError)
    assert monitor.exception.__traceback__ is not None
    assert TrainingMonitor().wait() == "idle"


def test_a_thread_that_never_ends_can_be_waited_for_a_while():
    gate = threading.Event()

    def train():
        gate.wait()
        yield

    training = BackgroundTraining(train(), lambda state: None)
    training.start()
    assert not training.join(0.01)
    training.stop()
    gate.set()
    assert training.join(20)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, torch.tensor(math.nan)])
def test_a_number_that_is_not_finite_is_told_once(value):
    monitor = TrainingMonitor()
    monitor.log(0, loss=1.0)
    monitor.log(1, loss=value, lr=0.5)
    monitor.log(2, loss=value, lr=0.5)
    monitor.flush()
    assert len(monitor.warnings) == 1
    assert "at step 1" in monitor.warnings[0]
    assert "learning rate (it is 0.5 now)" in monitor.warnings[0]
    assert monitor.picture().startswith(PICTURE)
    assert monitor.to_html()


def test_training_anew_forgets_the_warning():
    monitor = TrainingMonitor()
    monitor.log(0, loss=math.nan)
    assert len(list(monitor.steps(2, start=0))) == 2
    assert monitor.warnings == []


def test_a_short_run_prints_no_line(capsys):
    monitor = TrainingMonitor()
    for step in monitor.steps(3):
        monitor.log(step, loss=1.0)
    assert capsys.readouterr().err == ""


def test_waiting_says_how_far_it_is_where_no_widget_is_shown(capsys):
    monitor = TrainingMonitor()
    monitor.start(monitor.log(step, loss=1.0) for step in range(3))
    assert monitor.wait() == "finished"
    assert "step 3" in capsys.readouterr().err


def test_speed_and_time_left_by_a_clock_of_our_own():
    now = [100.0]
    clock = TrainingClock(total=100, now=lambda: now[0])
    for step in range(21):
        clock.reach(step, tokens=50 if step else 0)
        now[0] += 0.5
    progress = clock.progress()
    assert (progress["steps_per_second"], progress["tokens_per_second"]) == (2.0, 100.0)
    assert (progress["seconds"], progress["seconds_left"]) == (10.0, 40.0)
    clock.rest()
    now[0] += 1_000
    clock.begin()
    now[0] += 1
    clock.reach(21)
    assert clock.progress()["seconds"] == 11.0
    assert clock.progress()["steps_per_second"] == 1.0


def test_saved_and_loaded_a_run_goes_on(tmp_path):
    monitor = TrainingMonitor(total_steps=10)
    for step in monitor.steps():
        monitor.log(step, loss=math.nan if step == 2 else step / 3, tokens=7)
        if step == 5:
            monitor.stop()
    monitor.sample(3, HOSTILE)
    monitor.run("other").log(0, **{HOSTILE: math.inf})
    path = monitor.save(tmp_path / "deep" / "run.json")
    loaded = TrainingMonitor.load(path)
    assert loaded.runs == ["run", "other"]
    assert len(points_sent(loaded)) == 7
    assert np.array_equal(loaded.run("run").column("loss")[1], monitor.run("run").column("loss")[1], equal_nan=True)
    assert loaded.run("run").samples == [(3, HOSTILE)]
    assert list(loaded.steps()) == [6, 7, 8, 9]
    assert loaded.run("run").clock.tokens == 42
    assert loaded.run("run").clock.seconds >= monitor.run("run").clock.seconds


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1, "runs": [{}]}', '{"version": 99, "runs": []}', "\x00"]
)
def test_a_file_that_is_no_run_is_refused(tmp_path, text):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="holds no training run|newer version"):
        TrainingMonitor.load(path)
    assert training_file.VERSION == 1


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        (lambda m: m.log(1.5, loss=1), TypeError, "step must be a whole number"),
        (lambda m: m.log(True, loss=1), TypeError, "step must be a whole number"),
        (lambda m: m.log(-1, loss=1), ValueError, "step must be 0 or more"),
        (lambda m: m.log(0, loss="low"), TypeError, "loss must be one number"),
        (lambda m: m.log(0, loss=torch.zeros(3)), TypeError, "loss must be one number"),
        (lambda m: m.log(0, loss=None), TypeError, "loss must be one number"),
        (lambda m: m.sample(0, 3), TypeError, "text must be a string"),
        (lambda m: m.run(3), TypeError, "name must be"),
        (lambda m: m.run(""), TypeError, "name must be"),
        (lambda m: m.steps(), ValueError, "total must say"),
        (lambda m: m.steps(0), ValueError, "are done"),
        (lambda m: m.start(3), TypeError, "generator"),
        (lambda m: m.pause(), RuntimeError, "Nothing runs"),
        (lambda m: m.resume(), RuntimeError, "Nothing runs"),
        (lambda m: setattr(m, "smoothing", 1.0), ValueError, "smoothing must lie"),
        (lambda m: TrainingMonitor(total_steps="many"), TypeError, "total_steps"),
    ],
)
def test_bad_arguments_are_named(call, kind, match):
    with pytest.raises(kind, match=match):
        call(TrainingMonitor())


def test_many_samples_are_thinned_with_both_ends_kept():
    monitor = TrainingMonitor()
    for step in range(500):
        monitor.sample(step, "x" * 3_000)
    monitor.flush()
    assert len(monitor.samples) == 60
    assert (monitor.samples[0]["step"], monitor.samples[-1]["step"]) == (0, 499)
    assert len(monitor.samples[0]["text"]) == 2_000


def test_logging_from_threads_loses_nothing():
    monitor = TrainingMonitor()

    def work(name):
        for step in range(500):
            monitor.run(name).log(step, loss=step)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monitor.flush()
    assert len(points_sent(monitor)) == 1_500
    assert training_log.WARNINGS_SHOWN == 3


def test_points_rewound_are_sent_anew():
    points = TrainingPoints()
    for step in range(600):
        points.append("run", "loss", step, 1.0)
    points.parts()
    points.rewind("run", 500)
    points.append("run", "loss", 500, 2.0)
    assert b"".join(points.parts()) == points._table().tobytes()


NAMES = st.sampled_from(["loss", "val_loss", "lr", HOSTILE, "$x_1$", "_", "\ud83c", "loss/train"])
LOGS = st.lists(st.tuples(st.integers(0, 50), NAMES, st.floats(width=64)), max_size=25)


@settings(max_examples=25, deadline=None)
@given(logs=LOGS, text=st.text(max_size=50), smoothing=st.floats(0, 0.99), logarithmic=st.booleans())
def test_whatever_is_logged_can_be_seen(logs, text, smoothing, logarithmic):
    groups = ["loss", HOSTILE] if logarithmic else []
    monitor = TrainingMonitor(smoothing=smoothing, log_scale=groups)
    for step, name, value in logs:
        monitor.log(step, **{name: value})
    monitor.sample(0, text)
    monitor.flush()
    assert monitor.summary
    assert monitor.picture().startswith(PICTURE)
    assert "</html>" in monitor.to_html()
