"""Cell runs as events of a lesson: so that time goes on while a learner reads and tries, without server or timer."""

import sys
from time import monotonic

PAUSE = 20  # seconds between two notes at least: a lesson run in one go does not write its progress at every cell
_state = {"lesson": None, "record": None, "noted": 0.0}


def follow(lesson, record):
    """From now on `record(lesson)` is called after cells of this kernel are run; outside IPython nothing happens."""
    shell = _shell()
    if shell is None:
        return
    if _state["record"] is None:
        shell.events.register("post_run_cell", _cell_was_run)
    _state.update(lesson=lesson, record=record, noted=monotonic())


def _cell_was_run(result=None):
    if monotonic() - _state["noted"] < PAUSE:
        return
    try:
        _state["record"](_state["lesson"])
    except Exception:  # a folder that can no longer be written: told by the next check, not under every cell
        _shell().events.unregister("post_run_cell", _cell_was_run)
        _state["record"] = None
    else:
        _state["noted"] = monotonic()


def _shell():
    """The running IPython, or None. It is not imported for this: where it runs, it is here."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
