"""Limits of a learner's call: memory, prints, keyboard, settings and random numbers around it."""

import builtins
import contextlib
import os
import random
import sys
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from llmcourse.call_surroundings import NoKeyboard
from llmcourse.guarded_call import TimeUp, guarded_call
from llmcourse.memory_limit import out_of_memory
from llmcourse.printed_text import PrintedText

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits a process's data")


def growing_list():
    rows = []
    while True:
        rows.append([0] * 5_000_000)  # 40 MB: it soon uses up what the process holds free from earlier tests


@on_linux
@pytest.mark.parametrize(
    "function",
    [
        lambda: torch.zeros(10**9),
        lambda: torch.zeros(10**13),
        lambda: np.ones(10**9),
        lambda: [0] * 10**9,
        lambda: "x" * 10**10,
        lambda: bytearray(10**10),
        growing_list,
    ],
)
def test_a_huge_allocation_is_refused_and_memory_is_free_again(function):
    outcome = guarded_call(function, (), seconds=20, megabytes=200)
    assert out_of_memory(outcome.error), outcome
    assert torch.zeros(60_000_000).sum() == 0  # 240 MB, outside the call


@on_linux
def test_the_limit_is_put_back():
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    guarded_call(lambda: torch.zeros(10**9), ())
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_other_errors_are_no_lack_of_memory():
    assert not out_of_memory(RuntimeError("shapes")) and not out_of_memory(ValueError())


def test_a_flood_of_prints_takes_no_memory_and_is_counted():
    def flood():
        for _ in range(20_000):
            print("x" * 999)

    tracemalloc.start()
    outcome = guarded_call(flood, ())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
    assert outcome.printed.endswith("\n… 19,998,000 more characters were left out.")
    assert len(outcome.printed) < 2100


def test_an_endless_flood_is_stopped():
    def flood():
        while True:
            print("again")

    outcome = guarded_call(flood, (), seconds=0.2)
    assert isinstance(outcome.error, TimeUp)
    assert outcome.printed.startswith("again\nagain\n")


def test_a_stream_takes_only_text():
    with pytest.raises(TypeError, match="takes a str"):
        PrintedText().write(b"bytes")


@pytest.mark.parametrize("ask", [lambda: input(), lambda: builtins.input("Name? ")])
def test_nobody_waits_for_a_keyboard(ask):
    assert isinstance(guarded_call(ask, ()).error, NoKeyboard)
    assert guarded_call(lambda: sys.stdin.read(), ()).value == ""


def test_settings_are_put_back():
    def change():
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.autograd.set_detect_anomaly(True)
        torch.set_printoptions(precision=1)
        np.set_printoptions(precision=1)
        np.seterr(all="raise")
        warnings.simplefilter("error")
        os.environ["LLMCOURSE_TEST"] = "1"
        sys.setrecursionlimit(12_345)
        return 1

    def state():
        return (
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_anomaly_enabled(),
            torch._tensor_str.PRINT_OPTS.precision,
            np.get_printoptions(),
            np.geterr(),
            list(warnings.filters),
            dict(os.environ),
            sys.getrecursionlimit(),
        )

    before = state()
    assert guarded_call(change, ()).value == 1
    assert state() == before


def test_all_random_numbers_start_alike_and_go_on_as_before():
    def draw():
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = draw()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    assert guarded_call(draw, ()).value == guarded_call(draw, ()).value
    assert draw() == expected


def catches_everything():
    while True:
        try:
            time.sleep(0.01)
        except:  # noqa: E722
            continue


def suppresses_everything():
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(0.01)


@pytest.mark.parametrize("function", [catches_everything, suppresses_everything])
def test_a_loop_that_catches_everything_ends_too(function):
    tracer = sys.gettrace()
    started = time.monotonic()
    assert isinstance(guarded_call(function, (), seconds=0.2).error, TimeUp)
    assert time.monotonic() - started < 5
    assert sys.gettrace() is tracer


def test_in_another_thread_an_endless_loop_ends_and_prints_go_to_the_page_again(capsys):
    def forever():
        while True:
            pass

    def run():
        outcomes.append(guarded_call(forever, (), seconds=0.2))
        print("outside")

    outcomes, threads = [], threading.active_count()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert isinstance(outcomes[0].error, TimeUp)
    assert capsys.readouterr().out == "outside\n"
    assert threading.active_count() == threads


def test_threads_left_behind_are_counted():
    ended = threading.Event()

    def start():
        threading.Thread(target=ended.wait, args=(20,)).start()

    outcome = guarded_call(start, ())
    ended.set()
    assert outcome.threads == 1


def test_a_coroutine_warns_nobody_later():
    async def answer():
        return 1

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = guarded_call(answer, ())
        assert outcome.value is not None
        del outcome
