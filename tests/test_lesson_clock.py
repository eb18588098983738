"""Cells that a learner runs keep a lesson's time going; a folder that is gone stops that and disturbs nothing."""

import pytest
from llmcourse import lesson_clock


class Shell:
    """What lesson_clock uses of IPython."""

    def __init__(self):
        self.events, self.hooks = self, []

    def register(self, event, hook):
        self.hooks.append((event, hook))

    def unregister(self, event, hook):
        self.hooks.remove((event, hook))

    def run_cell(self):
        for _, hook in list(self.hooks):
            hook(None)


@pytest.fixture
def time(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(lesson_clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(lesson_clock, "_state", {"lesson": None, "record": None, "noted": 0.0})
    return now


@pytest.fixture
def shell(monkeypatch):
    shell = Shell()
    monkeypatch.setattr(lesson_clock, "_shell", lambda: shell)
    return shell


def test_cells_are_noted_for_the_latest_lesson_but_not_all_of_them(time, shell):
    noted = []
    lesson_clock.follow("0", noted.append)
    lesson_clock.follow("2.2", noted.append)
    assert [event for event, _ in shell.hooks] == ["post_run_cell"], "one hook however often it is asked"
    shell.run_cell()
    assert noted == []
    time[0] += lesson_clock.PAUSE
    shell.run_cell()
    shell.run_cell()
    assert noted == ["2.2"]


def test_a_failing_note_ends_it_quietly_and_a_new_visit_begins_it_again(time, shell):
    def failing(lesson):
        raise OSError("read-only")

    lesson_clock.follow("0", failing)
    time[0] += lesson_clock.PAUSE
    shell.run_cell()
    assert shell.hooks == []
    noted = []
    lesson_clock.follow("0", noted.append)
    time[0] += lesson_clock.PAUSE
    shell.run_cell()
    assert noted == ["0"]


def test_outside_ipython_nothing_happens(time, monkeypatch):
    monkeypatch.setattr(lesson_clock, "_shell", lambda: None)
    lesson_clock.follow("0", print)
    assert lesson_clock._state["record"] is None
