"""check(): try a learner's answer and say what it shows: right, which misconception, or where it differs."""

from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
import torch

from . import progress_file
from .check_card import CheckResult, Row
from .check_trained import judge_trained
from .check_value import ignored, judge_value
from .check_words import ASKING, about_error, named, sentence, showable
from .checks import find
from .comparison import difference, wrong_places
from .course_map import lesson
from .exercise import SIZES
from .guarded_call import Outcome, TimeUp, guarded_call, wrong_arguments
from .text_comparison import first_difference, normalised
from .trained_exercise import TrainedExercise

SECONDS = 10.0  # for all calls of one check


def check(name, answer):
    """Try your answer to an exercise: your value beside the expected one, and the misconception by its name.

    name: `<topic>.<exercise>`. answer: the function you wrote (not its result), the value asked for, or the model you
    trained. Your code gets 10 seconds and 512 MB in all (see `guarded_call` for where that holds).
    Returns a CheckResult, a card in a notebook, with `.status` ('passed', 'failed' or 'not attempted'), `.mistake`
    (the recognised misconception or None) and, after a try, `.second_hint` and `.solution`. Raises nothing but your
    own interrupt; a result is noted in your progress.

    >>> check("start.next_token", lambda logits: logits.max()).mistake         # doctest: +SKIP
    'the largest logit, not its id'
    """
    try:
        exercise = find(name)
    except LookupError as problem:
        return CheckResult(str(name)[:80], "not attempted", sentences=[str(problem)])
    except Exception as problem:  # a name whose own str() or comparison fails
        return CheckResult("?", "not attempted", sentences=[f"There is no such exercise ({named(problem)})."])
    try:
        result = judge(exercise, answer)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # the learner goes on, whatever went wrong here
        told = f"This answer could not be judged ({named(problem)}). It may be right."
        return CheckResult(name, "failed", sentences=[told], hint=exercise.hint)
    result.note = " ".join(line for line in (result.note, _recorded(exercise, result.status)) if line)
    return result


def judge(exercise, answer, sizes=SIZES, seed=0):
    """The CheckResult of an answer to an exercise, tried on inputs of these sizes. Nothing is recorded."""
    if answer is None or answer is ...:
        return _not_attempted(exercise, "Put your answer in the place of the `...` and run the cell again.")
    if isinstance(exercise, TrainedExercise):
        return judge_trained(exercise, answer, SECONDS, seed)
    if exercise.cases is None:
        return judge_value(exercise, answer, SECONDS)
    if not callable(answer):
        told = f'Give the function itself, without calling it: `check("{exercise.name}", your_function)`.'
        return CheckResult(exercise.name, "failed", sentences=[told])
    problem = guarded_call(wrong_arguments, (answer, exercise.parameters), SECONDS).value
    if problem:
        return CheckResult(exercise.name, "failed", sentences=[problem])
    return _judge_function(exercise, answer, _tries(exercise, answer, sizes, seed))


def _judge_function(exercise, function, tries):
    if all(each.is_stub for each in tries):
        return _not_attempted(
            exercise,
            "The function gives nothing back yet. Put your code in the place of the `...`; "
            "if it is written, look whether the `return` is missing.",
        )
    result = CheckResult(exercise.name, "passed", sentences=[exercise.goal], solution=exercise.solution_source)
    result.note = _about_threads(max(each.mine.threads for each in tries))
    failing = next((each for each in tries if each.wrong), None)
    changed = next((each.changed for each in tries if each.changed), None)
    if failing:
        _tell_failure(result, exercise, function, tries, failing)
    elif changed:
        told = (
            f"The result is right, but the function changes its argument `{changed}` in place, and its caller may "
            "still need it. Work on a copy (`clone`), or use operations that make a new one."
        )
        result = replace(result, status="failed", mistake="changes its input", sentences=[told])
    return result


def _tell_failure(result, exercise, function, tries, failing):
    result.status, result.second_hint = "failed", exercise.second_hint
    mistake = next((each for each in exercise.mistakes if _explains(each, exercise, tries)), None)
    if mistake:
        result.mistake, result.sentences = mistake.name, [mistake.explanation]
    else:
        result.hint, result.sentences = exercise.hint, []
    result.inputs = [Row(*pair) for pair in zip(exercise.parameters, failing.inputs, strict=False)]
    result.printed = failing.mine.printed
    if failing.mine.error:
        told, result.code = about_error(failing.mine.error, function, SECONDS)
        result.sentences.append(told)
        return
    result.sentences += [sentence(failing.wrong), *ignored(exercise)]
    yours, expected = (normalised(each.value, exercise.ignore) for each in (failing.mine, failing.right))
    marks = guarded_call(_marks, (yours, expected, exercise.tolerance), ASKING).value
    beside = marks if isinstance(marks, int) else None
    result.results = [Row("yours", showable(yours), marks), Row("expected", expected, beside)]


@dataclass
class _Try:
    """One call of the learner's function beside the same call of the solution."""

    case: tuple  # size and seed of the inputs
    inputs: tuple
    mine: Outcome
    right: Outcome
    wrong: str | None  # how my outcome differs from the right one
    changed: str | None  # the name of an argument that was changed in place

    @property
    def is_stub(self):
        empty = self.mine.value is None or self.mine.value is ... or self.mine.value is NotImplemented
        return isinstance(self.mine.error, NotImplementedError) or (self.mine.error is None and empty)


def _tries(exercise, function, sizes, seed):
    tries, left = [], SECONDS
    for case in ((size, seed) for size in sizes):
        right = guarded_call(exercise.solution, exercise.inputs(*case))
        if right.error:
            raise right.error
        arguments, started = exercise.inputs(*case), monotonic()
        mine = guarded_call(function, arguments, max(left, 0.1))
        inputs = exercise.inputs(*case)
        wrong = _disagreement(mine, right, exercise)
        changed = guarded_call(_changed_argument, (exercise, arguments, inputs), ASKING).value
        left -= monotonic() - started
        tries.append(_Try(case, inputs, mine, right, wrong, changed))
        if isinstance(mine.error, TimeUp) or left <= 0:
            break
    return tries


def _explains(mistake, exercise, tries):
    """Whether the mistake gives what the learner's function gave in every try, or recognises every wrong one."""
    if mistake.recognise:
        wrong = [each for each in tries if each.wrong and not each.mine.error]
        return bool(wrong) and all(
            guarded_call(mistake.recognise, (each.mine.value, *each.inputs), ASKING).value is True for each in wrong
        )
    return all(
        not _disagreement(each.mine, guarded_call(mistake.answer, exercise.inputs(*each.case)), exercise)
        for each in tries
    )


def _disagreement(outcome, expected, exercise):
    if outcome.error or expected.error:
        same = type(outcome.error) is type(expected.error)
        return None if same else f"it raises {type(outcome.error or expected.error).__name__}"
    compared = guarded_call(_difference, (outcome.value, expected.value, exercise), ASKING)
    if compared.error:
        return f"your result could not be compared with the expected one ({named(compared.error)})"
    return compared.value


def _difference(yours, expected, exercise):
    return difference(normalised(yours, exercise.ignore), normalised(expected, exercise.ignore), exercise.tolerance)


def _changed_argument(exercise, after, before):
    for name, new, old in zip(exercise.parameters, after, before, strict=False):
        if isinstance(old, (torch.Tensor, np.ndarray, list, dict)) and difference(new, old, 0):
            return name
    return None


def _marks(yours, expected, tolerance):
    """Where yours is wrong: an array of places, the index of a character, or None where neither can be told."""
    if isinstance(yours, str) and isinstance(expected, str):
        return first_difference(yours, expected)
    arrays = (torch.Tensor, np.ndarray)
    comparable = isinstance(yours, arrays) and isinstance(expected, arrays) and yours.shape == expected.shape
    return wrong_places(yours, expected, tolerance) if comparable else None


def _about_threads(number):
    if not number:
        return ""
    return f"The function left {number} thread{'s' if number > 1 else ''} running; wait for each with `join()`."


def _not_attempted(exercise, sentence):
    return CheckResult(exercise.name, "not attempted", sentences=[exercise.goal, sentence])


def _recorded(exercise, status):
    """Note the visit and the result; a short line when that fails, for instance in a read-only folder."""
    try:
        place = lesson(exercise.topic)
        if place:
            progress_file.record_visit(place.number)
        if status != "not attempted":
            progress_file.record_exercise(exercise.name, status)
    except Exception as problem:
        return f"Your progress could not be saved: {named(problem)}"
    return ""
