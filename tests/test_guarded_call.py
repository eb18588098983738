"""Nothing that a learner's function does gets out of guarded_call."""

import contextlib
import random
import signal
import sys
import threading
import time

import pytest
import torch
from llmcourse.guarded_call import TimeUp, error_place, guarded_call, wrong_arguments


def forever():
    while True:
        pass


def forever_with_except():
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


@pytest.fixture(params=["main thread", "other thread"])
def call(request):
    if request.param == "main thread":
        return guarded_call

    def in_thread(*arguments, **options):
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.append(guarded_call(*arguments, **options)))
        thread.start()
        thread.join()
        return outcomes[0]

    return in_thread


def test_value_and_print(call):
    def function(x):
        print("here", x)
        print("there", file=sys.stderr)
        return x + 1

    outcome = call(function, (1,))
    assert (outcome.value, outcome.error, outcome.printed) == (2, None, "here 1\nthere\n")


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), GeneratorExit(), RecursionError(), MemoryError()])
def test_errors_are_returned(call, error):
    def function():
        raise error

    assert call(function, ()).error is error


def test_endless_recursion(call):
    def function(x):
        return function(x + 1)

    assert isinstance(call(function, (0,)).error, RecursionError)


def test_an_endless_loop_ends_and_the_timer_is_put_back():
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        signal.setitimer(signal.ITIMER_REAL, 100)
        for function in (forever, forever_with_except):
            started = time.monotonic()
            assert isinstance(guarded_call(function, (), seconds=0.2).error, TimeUp)
            assert time.monotonic() - started < 5
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
        assert 90 < signal.getitimer(signal.ITIMER_REAL)[0] <= 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_in_another_thread_a_slow_call_is_left_behind():
    outcomes = []
    ended = threading.Event()
    thread = threading.Thread(target=lambda: outcomes.append(guarded_call(ended.wait, (20,), seconds=0.2)))
    thread.start()
    thread.join(5)
    ended.set()
    assert isinstance(outcomes[0].error, TimeUp)


def test_an_interrupt_gets_out():
    def function():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded_call(function, ())


def test_random_numbers_are_the_same_in_every_call_and_untouched_outside():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second = (guarded_call(torch.rand, (4,)).value for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.rand(3), expected)


def test_prints_go_to_the_page_again_afterwards(capsys):
    guarded_call(print, ("inside",))
    print("outside")
    assert capsys.readouterr().out == "outside\n"


def test_the_learners_line_is_found_below_library_frames():
    def function(x):
        y = x * 2
        return random.choice(y)

    error = guarded_call(function, ([],)).error
    assert error_place(error, function) == (3, "return random.choice(y)")
    assert error_place(guarded_call(random.choice, ([],)).error, len) is None


@pytest.mark.parametrize(
    "function, told",
    [
        (lambda query, key: 0, None),
        (lambda *arguments: 0, None),
        (lambda query, key, mask=None: 0, None),
        (len, "Your function is called with 2 arguments (query, key), but it takes 1 (obj)."),
        (lambda: 0, "Your function is called with 2 arguments (query, key), but it takes 0."),
        (lambda q, k, v: 0, "Your function is called with 2 arguments (query, key), but it takes 3 (q, k, v)."),
    ],
)
def test_wrong_arguments_are_told_before_the_call(function, told):
    assert wrong_arguments(function, ["query", "key"]) == told
