"""Call a learner's function so that nothing can stop the lesson: no error, endless loop, flood of prints or bytes."""

import contextlib
import ctypes
import inspect
import linecache
import signal
import sys
import threading
import traceback
from dataclasses import dataclass

from .call_surroundings import kept_settings, no_keyboard, same_random_numbers
from .memory_limit import MEGABYTES, memory_limit
from .printed_text import PrintedText

_AGAIN = 0.05  # seconds from one ring of the alarm to the next


class TimeUp(BaseException):
    """The call took too long. Not an Exception, so that a learner's `except Exception` lets it through."""


@dataclass
class Outcome:
    """What a call came to: its value, or the error that ended it, what it printed, and threads it left running."""

    value: object = None
    error: BaseException | None = None
    printed: str = ""
    threads: int = 0


def guarded_call(function, arguments, seconds=10.0, megabytes=MEGABYTES):
    """Call `function(*arguments)` for at most `seconds` and return its Outcome; only an interrupt gets out.

    Random numbers start from the same seed in every call; they, torch's and NumPy's settings, streams and keyboard
    are afterwards as before. The process may grow by `megabytes` (on Linux, see `memory_limit`).
    On POSIX's main thread an alarm ends an endless loop, even one that catches everything. Elsewhere the call runs
    in a thread of its own, which is told to end, and left behind if it does not. One single operation written in C
    is not interrupted: the call ends after it. `os._exit` is not caught.

    >>> guarded_call(lambda x: x + 1, (1,)).value
    2
    """
    printed, threads = PrintedText(), set(threading.enumerate())
    in_main = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    with (
        kept_settings(),
        same_random_numbers(),
        no_keyboard(),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        memory_limit(megabytes),
    ):
        outcome = (_with_alarm if in_main else _in_thread)(function, arguments, seconds)
    if outcome.error:
        traceback.clear_frames(outcome.error.__traceback__)  # they hold what filled the memory
    outcome.printed = str(printed)
    outcome.threads = len(set(threading.enumerate()) - threads)
    return outcome


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
    try:
        value = function(*arguments)
        if inspect.iscoroutine(value):
            value.close()  # nobody will await it, and Python would warn later
        return Outcome(value)
    except BaseException as error:  # exit() raises SystemExit: it must not end the lesson either
        return Outcome(error=error)


def _with_alarm(function, arguments, seconds):
    rings = 0

    def ring(_, frame):
        nonlocal rings
        if not _in_call(frame):
            return
        rings += 1
        if rings == 1:
            raise TimeUp(f"no result after {seconds:g} seconds")
        sys.settrace(strike)  # an `except:` around a loop caught it: from here on every line raises it
        while frame.f_code is not _call.__code__:
            frame.f_trace, frame = strike, frame.f_back

    def strike(frame, *_):
        if _in_call(frame):
            raise TimeUp(f"no result after {seconds:g} seconds")

    before, tracer = signal.signal(signal.SIGALRM, ring), sys.gettrace()
    timer = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        outcome = _call(function, arguments)
    except (TimeUp, MemoryError) as error:  # in the moment between the call and its handler
        outcome = Outcome(error=error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(tracer)
    if isinstance(outcome.error, KeyboardInterrupt):
        raise outcome.error
    return outcome


def _in_call(frame):
    while frame is not None and frame.f_code is not _call.__code__:
        frame = frame.f_back
    return frame is not None


def _in_thread(function, arguments, seconds):
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(_call(function, arguments)), daemon=True)
    thread.start()
    thread.join(seconds)
    for _ in range(5):
        if not thread.is_alive():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp))
        thread.join(_AGAIN)
    if outcomes and not isinstance(outcomes[0].error, TimeUp):
        return outcomes[0]
    return Outcome(error=TimeUp(f"no result after {seconds:g} seconds"))


def _arguments(names):
    return f"{len(names)} argument{'' if len(names) == 1 else 's'} ({', '.join(names)})"
