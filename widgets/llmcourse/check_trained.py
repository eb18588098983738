"""Answers that are trained models: what they reach on inputs they have not seen, and what went wrong in training."""

import inspect

from .check_card import CheckResult, Row
from .check_words import ASKING, about_error, sentence
from .guarded_call import guarded_call
from .trained_exercise import problem_of_outputs, tried


def judge_trained(exercise, model, seconds, seed=0):
    """The CheckResult of a trained model: outputs first, then known mistakes, then the score that is needed."""
    name = exercise.name
    if inspect.isclass(model) or not callable(model):
        told = f'Give the trained model itself: `check("{name}", model)`, not its class and not its outputs.'
        return CheckResult(name, "failed", sentences=[told])
    problem = guarded_call(problem_of_outputs, (exercise, model, seed), seconds)
    trial = guarded_call(tried, (exercise, model, seed), seconds) if not (problem.error or problem.value) else problem
    error = problem.error or trial.error
    result = CheckResult(name, "failed", printed=trial.printed)
    if error:
        told, result.code = about_error(error, getattr(type(model), "forward", model), seconds)
        result.sentences.append(told)
    elif problem.value:
        result.sentences.append(sentence(problem.value))
    if error or problem.value:
        result.hint, result.second_hint = exercise.hint, exercise.second_hint
        return result
    return _with_scores(result, exercise, trial.value)


def _with_scores(result, exercise, trial):
    reached, score = trial.scores["fresh"], exercise.score_name
    bound = "at most" if exercise.needed < exercise.baseline else "at least"
    numbers = (
        f"Its {score} is {reached:.3g} on inputs that it has not seen; {bound} {exercise.needed:.3g} is needed, and "
        f"guessing reaches {exercise.baseline:.3g}."
    )
    result.solution = exercise.solution_source
    mistake = next(
        (each for each in exercise.mistakes if guarded_call(each.recognise, (trial,), ASKING).value is True), None
    )
    if mistake:
        result.mistake = mistake.name
        result.sentences = [mistake.explanation, numbers]
    elif trial.progress() >= 1:
        result.status, result.sentences = "passed", [exercise.goal, numbers]
        return result
    else:
        result.sentences, result.hint = [f"Your model does not reach the goal yet. {numbers}"], exercise.hint
    result.second_hint = exercise.second_hint
    result.results = [
        *(Row(f"{score}, {split} inputs", trial.scores[split]) for split in trial.scores),
        Row("needed", float(exercise.needed)),
    ]
    return result
