"""Sentences of `check` about what a learner's code did, safe whatever that code's objects do when they are asked."""

import numpy as np
import torch

from .call_surroundings import NoKeyboard
from .check_card import Shown, shown
from .guarded_call import TimeUp, error_place, guarded_call
from .memory_limit import MEGABYTES, out_of_memory

_PLAIN = (torch.Tensor, np.ndarray, str, int, float, complex, bool, type(None))
_LARGE = 10_000  # numbers in an array; larger ones are written out while the check watches
ASKING = 1.0  # seconds for an object of the learner's to answer one question


def sentence(clause):
    """A clause as a sentence.

    >>> sentence("it is a list")
    'It is a list.'
    """
    return clause[0].upper() + clause[1:] + "."


def named(error):
    """The type of an error and its message; the type alone where the message fails."""
    message = guarded_call(str, (error,), ASKING).value or ""
    message = message if len(message) <= 300 else message[:300] + " …"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def about_error(error, function, seconds, megabytes=MEGABYTES):
    """(sentence, line of code) about the error that ended a call of `function`."""
    if isinstance(error, TimeUp):
        return f"The function had no result after {seconds:g} seconds and was stopped. Does a loop in it ever end?", ""
    place = guarded_call(error_place, (error, function), ASKING).value
    where, code = (f" in its line {place[0]}", place[1]) if place else ("", "")
    if out_of_memory(error):
        told = f"asked for more than {megabytes} MB of memory. The answer needs far less: which size grew by mistake?"
    elif isinstance(error, RecursionError):
        told = "called itself without end. A recursive function needs a case that returns without calling itself."
    elif isinstance(error, SystemExit):
        told = "ended with SystemExit, as `exit()` does; that would end the whole notebook. Use `return`."
    elif isinstance(error, NoKeyboard):
        told = "asked for input from the keyboard. All that it needs is in its arguments."
    else:
        return f"On this input the function stopped{where} with {named(error)}", code
    return f"On this input the function stopped{where}: it {told}", code


def showable(value):
    """The value if the card may ask it to show itself, else what it shows now, under the limits of a call."""
    if type(value) in _PLAIN and not (hasattr(value, "shape") and np.prod(value.shape) > _LARGE):
        return value
    told = guarded_call(shown, (value,), ASKING)
    return Shown("a value that cannot be shown" if told.error else told.value)
