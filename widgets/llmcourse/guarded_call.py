"""Call a learner's function so that nothing can stop the lesson: no error, endless loop, print or `exit()`."""

import contextlib
import inspect
import io
import linecache
import signal
import threading
from dataclasses import dataclass

import torch


class TimeUp(BaseException):
    """The call took too long. Not an Exception, so that a learner's `except Exception` lets it through."""


@dataclass
class Outcome:
    """What a call came to: its value, or the error that ended it, and what it printed."""

    value: object = None
    error: BaseException | None = None
    printed: str = ""


def guarded_call(function, arguments, seconds=10.0):
    """Call `function(*arguments)` for at most `seconds` and return its Outcome; only an interrupt gets out.

    torch's random numbers start from the same seed in every call and go on afterwards as before it.
    On POSIX's main thread a timer ends an endless loop. Elsewhere the call runs in a thread of its own, which
    cannot be ended: it is left behind.

    >>> guarded_call(lambda x: x + 1, (1,)).value
    2
    """
    in_main = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    return (_with_timer if in_main else _in_thread)(function, arguments, seconds)


def wrong_arguments(function, parameters):
    """A sentence when `function` cannot be called with `parameters` in that order; None when it can.

    >>> wrong_arguments(lambda query: 0, ["query", "key"])
    'Your function is called with 2 arguments (query, key), but it takes 1 (query).'
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C have no signature
        return None
    try:
        signature.bind(*parameters)
    except TypeError:
        theirs = list(signature.parameters)
        return (
            f"Your function is called with {_arguments(parameters)}, but it takes {len(theirs)}"
            f"{' (' + ', '.join(theirs) + ')' if theirs else ''}."
        )
    return None


def error_place(error, function):
    """The learner's own line that led to an error, as (number, text); None where it cannot be told."""
    file = getattr(inspect.unwrap(function), "__code__", None)
    place, frame = None, error.__traceback__
    while frame is not None and file is not None:
        if frame.tb_frame.f_code.co_filename == file.co_filename:
            place = frame.tb_lineno
        frame = frame.tb_next
    if place is None:
        return None
    return place - file.co_firstlineno + 1, linecache.getline(file.co_filename, place).strip()


def _call(function, arguments):
    outcome, printed = Outcome(), io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            torch.random.fork_rng(devices=[]),
        ):
            torch.manual_seed(0)
            outcome.value = function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # exit() raises SystemExit: it must not end the lesson either
        outcome.error = error
    outcome.printed = printed.getvalue()
    return outcome


def _with_timer(function, arguments, seconds):
    def ring(*_):
        raise TimeUp(f"no result after {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return _call(function, arguments)
    except TimeUp as error:  # rang in the moment between the call and its handler
        return Outcome(error=error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


def _in_thread(function, arguments, seconds):
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(_call(function, arguments)), daemon=True)
    thread.start()
    thread.join(seconds)
    return outcomes[0] if outcomes else Outcome(error=TimeUp(f"no result after {seconds:g} seconds"))


def _arguments(names):
    return f"{len(names)} argument{'' if len(names) == 1 else 's'} ({', '.join(names)})"
