"""Exercises as data: the right answer, the wrong answers that have a name, and what the notebook says about them.

A lesson's exercises stand in `checks/<topic>/`; `checking.check` runs them. `python -m llmcourse.exercise` writes a
new one's skeleton and the notebook cells of one that is there.
"""

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from .text_comparison import IGNORABLE

SIZES = (1, 2, 3, 4, 5, 6)  # of the inputs that an answer is tried on, smallest first


@dataclass(frozen=True)
class Mistake:
    """A misconception with a name, the wrong function (or value) it leads to, and what to tell its owner.

    recognise: for a misconception with many faces, `recognise(value)` of an answer that is a value or a text,
    `recognise(result, *inputs)` of what a function gave, `recognise(trial)` of a trained model. It must hold for
    every wrong try. Without it, an answer shows this mistake when it gives what the wrong answer gives.

    >>> Mistake("shouted", "CAT", "Small letters are enough.", recognise=str.isupper).recognise("COW")
    True
    """

    name: str
    answer: object
    explanation: str
    recognise: Callable | None = None


@dataclass(frozen=True)
class Exercise:
    """One task of a lesson.

    name: `<topic>.<exercise>`. goal: one sentence. hint: what helps when no mistake is recognised.
    solution: the right function, or the right value. A function uses only torch, math and numpy (`np`), since its
    source is shown to the learner.
    cases: `cases(size, generator)` gives the arguments of one call, a tuple; all its randomness comes from
    the torch.Generator, so that the same call gives the same inputs again. None where the answer is a value.
    mistakes: at least three; none may agree with another or with the solution on all cases.
    tolerance: absolute and relative, for numbers. ignore: what does not count in texts, of 'whitespace' and 'case'.
    second_hint: the next step, folded in the card after a real try. worked: for a value, the expression that leads
    to it. statement: Markdown of the notebook: what comes in and goes out, with a worked value.
    difficulty: 1 to 3. minutes: for a learner of the course.
    Raises ValueError for another difficulty, minutes below 1, or another word in `ignore`.

    >>> exercise = Exercise("start.two", "Say two.", 2, [Mistake("one", 1, "Add one.")], "It is 1 + 1.")
    >>> exercise.topic
    'start'
    """

    name: str
    goal: str
    solution: object
    mistakes: Sequence[Mistake]
    hint: str
    cases: Callable | None = None
    tolerance: float = 1e-5
    ignore: Sequence[str] = ()
    second_hint: str = ""
    worked: str = ""
    statement: str = ""
    difficulty: int = 2
    minutes: int = 5

    def __post_init__(self):
        if self.difficulty not in (1, 2, 3):
            raise ValueError(f"difficulty of {self.name} must be 1, 2 or 3, not {self.difficulty!r}.")
        if self.minutes < 1:
            raise ValueError(f"minutes of {self.name} must be at least 1, not {self.minutes!r}.")
        if isinstance(self.ignore, str) or not set(self.ignore) <= set(IGNORABLE):
            raise ValueError(f"ignore of {self.name} must be a list of {' and '.join(IGNORABLE)}, not {self.ignore!r}.")

    @property
    def topic(self):
        """The part of the name before the dot: the topic of the lesson."""
        return self.name.partition(".")[0]

    @property
    def parameters(self):
        """The names of the solution's parameters."""
        return list(inspect.signature(self.solution).parameters)

    @property
    def solution_source(self):
        """The solution as Python code to show: the function's source, or how a value is worked out; '' without."""
        if not inspect.isfunction(self.solution) or self.solution.__name__ == "<lambda>":
            return self.worked
        try:
            return textwrap.dedent(inspect.getsource(self.solution)).strip()
        except OSError:  # made where no source is kept
            return self.worked

    def inputs(self, size, seed=0):
        """The arguments of one call, made anew each time, so no answer can spoil another's inputs."""
        return tuple(self.cases(size, torch.Generator().manual_seed(1000 * seed + size)))


if __name__ == "__main__":
    from llmcourse.exercise_authoring import main

    raise SystemExit(main())
