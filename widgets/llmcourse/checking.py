"""check(): try a learner's answer and say what it shows: right, which misconception, or where it differs."""

from dataclasses import dataclass
from time import monotonic

import numpy as np
import torch

from . import progress_file
from .check_card import CheckResult, Row
from .checks import find
from .course_map import lesson
from .exercise import SIZES, difference, type_name, wrong_places
from .guarded_call import Outcome, TimeUp, error_place, guarded_call, wrong_arguments

SECONDS = 10.0  # for all calls of one check


def check(name, answer):
    """Try your answer to an exercise: your value beside the expected one, and the misconception by its name.

    name: `<topic>.<exercise>`. answer: the function you wrote (not its result), or the value asked for.
    Returns a CheckResult, a card in a notebook, with `.status` ('passed', 'failed' or 'not attempted') and
    `.mistake` (the recognised misconception or None). Raises nothing; a result is noted in your progress.

    >>> check("start.next_token", lambda logits: logits.max()).mistake         # doctest: +SKIP
    'the largest logit, not its id'
    """
    try:
        exercise = find(name)
    except LookupError as problem:
        return CheckResult(str(name)[:80], "not attempted", sentences=[str(problem)])
    try:
        result = judge(exercise, answer)
    except Exception as problem:  # the learner goes on, whatever went wrong here
        sentence = f"This answer could not be judged ({_named(problem)}). It may be right."
        return CheckResult(name, "failed", sentences=[sentence], hint=exercise.hint)
    result.note = _recorded(exercise, result.status)
    return result


def judge(exercise, answer, sizes=SIZES, seed=0):
    """The CheckResult of an answer to an exercise, tried on inputs of these sizes. Nothing is recorded."""
    if answer is None or answer is ...:
        return _not_attempted(exercise, "Put your answer in the place of the `...` and run the cell again.")
    if exercise.cases is None:
        return _judge_value(exercise, answer)
    if not callable(answer):
        sentence = f'Give the function itself, without calling it: `check("{exercise.name}", your_function)`.'
        return CheckResult(exercise.name, "failed", sentences=[sentence])
    problem = wrong_arguments(answer, exercise.parameters)
    if problem:
        return CheckResult(exercise.name, "failed", sentences=[problem])
    return _judge_function(exercise, answer, _tries(exercise, answer, sizes, seed))


def _judge_value(exercise, answer):
    name, solution, tolerance = exercise.name, exercise.solution, exercise.tolerance
    answer = _in_the_form_of(solution, answer)
    wrong = difference(answer, solution, tolerance, "your answer")
    if not wrong:
        return CheckResult(name, "passed", sentences=[exercise.goal])
    for mistake in exercise.mistakes:
        if not difference(answer, mistake.answer, tolerance):
            return CheckResult(name, "failed", mistake.name, [mistake.explanation])
    if isinstance(solution, (bool, int, float, str)) and type_name(answer) == type_name(solution):
        wrong = "your answer is another one than expected"  # the expected value is the whole exercise: untold
    return CheckResult(name, "failed", sentences=[_sentence(wrong)], hint=exercise.hint)


def _judge_function(exercise, function, tries):
    name = exercise.name
    if all(each.is_stub for each in tries):
        return _not_attempted(
            exercise,
            "The function gives nothing back yet. Put your code in the place of the `...`; "
            "if it is written, look whether the `return` is missing.",
        )
    failing = next((each for each in tries if each.wrong), None)
    if failing is None:
        changed = next((each.changed for each in tries if each.changed), None)
        if not changed:
            return CheckResult(name, "passed", sentences=[exercise.goal])
        sentence = (
            f"The result is right, but the function changes its argument `{changed}` in place, and its caller may "
            "still need it. Work on a copy (`clone`), or use operations that make a new one."
        )
        return CheckResult(name, "failed", "changes its input", [sentence])
    result = CheckResult(name, "failed")
    mistake = next((each for each in exercise.mistakes if _explains(each, exercise, tries)), None)
    if mistake:
        result.mistake = mistake.name
        result.sentences.append(mistake.explanation)
    else:
        result.hint = exercise.hint
    result.inputs = [Row(*pair) for pair in zip(exercise.parameters, failing.inputs, strict=False)]
    if failing.mine.error:
        _tell_error(result, failing.mine.error, function)
    else:
        result.sentences.append(_sentence(failing.wrong))
        yours, expected = failing.mine.value, failing.right.value
        result.results = [Row("yours", yours, _marks(yours, expected, exercise.tolerance)), Row("expected", expected)]
    result.printed = failing.mine.printed[:2000]
    return result


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
        left -= monotonic() - started
        inputs = exercise.inputs(*case)
        changed = _changed_argument(exercise, arguments, inputs)
        tries.append(_Try(case, inputs, mine, right, _disagreement(mine, right, exercise.tolerance), changed))
        if isinstance(mine.error, TimeUp):
            break
    return tries


def _explains(mistake, exercise, tries):
    """Whether the wrong function gives what the learner's gave, in every try."""
    return all(
        not _disagreement(each.mine, guarded_call(mistake.answer, exercise.inputs(*each.case)), exercise.tolerance)
        for each in tries
    )


def _disagreement(outcome, expected, tolerance):
    if outcome.error or expected.error:
        same = type(outcome.error) is type(expected.error)
        return None if same else f"it raises {type(outcome.error or expected.error).__name__}"
    return difference(outcome.value, expected.value, tolerance)


def _changed_argument(exercise, after, before):
    for name, new, old in zip(exercise.parameters, after, before, strict=False):
        if isinstance(old, (torch.Tensor, np.ndarray, list, dict)) and difference(new, old, 0):
            return name
    return None


def _tell_error(result, error, function):
    if isinstance(error, TimeUp):
        sentence = f"The function had no result after {SECONDS:g} seconds and was stopped. Does a loop in it ever end?"
    else:
        place = error_place(error, function)
        where = f" in its line {place[0]}" if place else ""
        result.code = place[1] if place else ""
        sentence = f"On this input the function stopped{where} with {_named(error)}"
    result.sentences.append(sentence)


def _marks(yours, expected, tolerance):
    arrays = (torch.Tensor, np.ndarray)
    comparable = isinstance(yours, arrays) and isinstance(expected, arrays) and yours.shape == expected.shape
    return wrong_places(yours, expected, tolerance) if comparable else None


def _in_the_form_of(solution, answer):
    """A list, a tensor or an array as the solution has it: for a value the form does not matter."""
    if isinstance(answer, (torch.Tensor, np.ndarray)) and isinstance(solution, (list, tuple)):
        return answer.tolist()
    if isinstance(answer, (list, tuple, torch.Tensor, np.ndarray)):
        try:
            if isinstance(solution, torch.Tensor):
                return torch.as_tensor(answer)
            if isinstance(solution, np.ndarray):
                return np.asarray(answer)
        except (TypeError, ValueError, RuntimeError):
            return answer
    return answer.strip() if isinstance(answer, str) else answer


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
        return f"Your progress could not be saved: {_named(problem)}"
    return ""


def _named(error):
    try:
        message = str(error)
    except Exception:
        message = ""
    message = message if len(message) <= 300 else message[:300] + " …"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _sentence(clause):
    return clause[0].upper() + clause[1:] + "."
