"""Answers that are values: a number, a text, a list or a tensor, compared without giving the right one away."""

import numpy as np
import torch

from .check_card import CheckResult, Row
from .check_words import ASKING, named, sentence
from .comparison import difference, type_name
from .guarded_call import guarded_call
from .text_comparison import first_difference, normalised

_UNTOLD = (bool, int, float, str)  # the expected value is the whole exercise


def judge_value(exercise, answer, seconds):
    """The CheckResult of an answer that is a value; whatever the answer does when it is asked, it stays harmless."""
    judged = guarded_call(_judge, (exercise, answer), seconds)
    if not judged.error:
        return judged.value
    told = f"Your answer could not be compared with the expected one ({named(judged.error)})."
    return CheckResult(exercise.name, "failed", sentences=[told], hint=exercise.hint)


def _judge(exercise, answer):
    name, tolerance = exercise.name, exercise.tolerance
    answer = normalised(_in_the_form_of(exercise.solution, answer), exercise.ignore)
    solution = normalised(exercise.solution, exercise.ignore)
    wrong = difference(answer, solution, tolerance, "your answer")
    if not wrong:
        return CheckResult(name, "passed", sentences=[exercise.goal], solution=exercise.solution_source)
    result = CheckResult(name, "failed", second_hint=exercise.second_hint, solution=exercise.solution_source)
    for mistake in exercise.mistakes:
        if _shows(answer, mistake, exercise):
            result.mistake, result.sentences = mistake.name, [mistake.explanation]
            return result
    result.hint = exercise.hint
    if isinstance(solution, _UNTOLD) and type_name(answer) == type_name(solution):
        wrong = "your answer is another one than expected"
    if isinstance(solution, str) and isinstance(answer, str):
        place = first_difference(answer, solution)
        wrong += f"; the first difference is at character {place + 1}"
        result.results = [Row("yours", str(answer), place)]
    result.sentences = [sentence(wrong), *ignored(exercise)]
    return result


def ignored(exercise):
    """What does not count in texts, as a list of at most one sentence."""
    words = {"whitespace": "white space", "case": "upper and lower case"}
    told = " or ".join(words[each] for each in exercise.ignore)
    return [f"Compared without regard to {told}."] if told else []


def _shows(answer, mistake, exercise):
    if mistake.recognise:
        return guarded_call(mistake.recognise, (answer,), ASKING).value is True
    return not difference(answer, normalised(mistake.answer, exercise.ignore), exercise.tolerance)


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
