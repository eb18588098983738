"""Every exercise of every lesson keeps its promises: the tests are derived from the exercises themselves."""

import html
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import torch
from llmcourse import checks
from llmcourse.checking import judge
from llmcourse.comparison import difference
from llmcourse.course_map import LESSONS
from llmcourse.exercise import SIZES

EXERCISES = [exercise for topic in checks.topics() for exercise in checks.exercises(topic)]
WITH_CASES = [exercise for exercise in EXERCISES if exercise.cases]
SEEDS = range(9)  # with the six sizes: 54 random inputs an exercise
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
each_with_cases = pytest.mark.parametrize("exercise", WITH_CASES, ids=lambda exercise: exercise.name)
each_mistake = pytest.mark.parametrize(
    "exercise, mistake", MISTAKES, ids=[f"{exercise.name}-{mistake.name}" for exercise, mistake in MISTAKES]
)


def in_double(exercise):
    """The exercise on float64 inputs: what a learner's other default dtype makes of them."""

    def cases(size, generator):
        return tuple(value.double() if is_float(value) else value for value in exercise.cases(size, generator))

    return replace(exercise, cases=cases)


def is_float(value):
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def test_names_are_unique_and_belong_to_a_lesson():
    names = [exercise.name for exercise in EXERCISES]
    assert len(set(names)) == len(names)
    assert set(checks.topics()) <= {lesson.topic for lesson in LESSONS}
    for topic in checks.topics():
        assert all(exercise.topic == topic for exercise in checks.exercises(topic))


@each_exercise
def test_texts_are_there(exercise):
    assert exercise.goal.strip() and exercise.hint.strip()
    assert len(exercise.mistakes) >= 3
    names = [mistake.name for mistake in exercise.mistakes]
    assert len(set(names)) == len(names)
    assert all(
        name.strip() and mistake.explanation.strip() for name, mistake in zip(names, exercise.mistakes, strict=True)
    )


@each_exercise
def test_what_the_notebook_and_the_card_need_is_there(exercise):
    assert exercise.statement.strip() and exercise.second_hint.strip() and exercise.solution_source.strip()
    assert exercise.second_hint != exercise.hint
    texts = [exercise.goal, exercise.statement, exercise.hint, exercise.second_hint, exercise.solution_source]
    texts += [text for mistake in exercise.mistakes for text in (mistake.name, mistake.explanation)]
    assert not any("TODO" in text for text in texts)


@each_exercise
def test_more_help_is_folded_and_comes_only_after_a_try(exercise):
    stub, wrong = judge(exercise, ...), judge(exercise, exercise.mistakes[0].answer)
    assert (stub.second_hint, stub.solution) == ("", "")
    assert (wrong.second_hint, wrong.solution) == (exercise.second_hint, exercise.solution_source)
    assert exercise.second_hint not in repr(wrong) and exercise.solution_source not in repr(wrong)
    page = wrong._repr_html_()
    assert page.count("<summary>A second hint</summary>") == page.count("<summary>The solution</summary>") == 1
    opened = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    assert exercise.solution_source.splitlines()[-1].strip() not in html.unescape(opened)


def test_difficulty_and_minutes_are_those_of_the_notebooks():
    root = Path(__file__).parents[1]
    for lesson in LESSONS:
        if not (root / lesson.path).exists():
            continue
        cells = nbformat.read(root / lesson.path, 4).cells
        for statement, cell in zip(cells, cells[1:], strict=False):
            for name in re.findall(r'^check\("([\w.]+)"', cell.source, re.MULTILINE):
                exercise = checks.find(name)
                dots = "●" * exercise.difficulty + "○" * (3 - exercise.difficulty)
                assert f"{dots} · {exercise.minutes} minutes" in statement.source, name


@each_with_cases
def test_inputs_are_the_same_each_time_and_differ_between_seeds(exercise):
    for size in SIZES:
        assert difference(exercise.inputs(size), exercise.inputs(size), 0) is None
    assert any(difference(exercise.inputs(size, 0), exercise.inputs(size, 1), 0) for size in SIZES)


@each_with_cases
def test_the_solution_leaves_its_inputs_alone(exercise):
    for size in SIZES:
        arguments = exercise.inputs(size)
        exercise.solution(*arguments)
        assert difference(arguments, exercise.inputs(size), 0) is None


@each_exercise
def test_the_solution_passes(exercise):
    seeds = SEEDS if exercise.cases else [0]
    for seed in seeds:
        result = judge(exercise, exercise.solution, seed=seed)
        assert result.status == "passed", (seed, result)


@each_exercise
def test_a_stub_is_not_attempted(exercise):
    stubs = [lambda *arguments: None, lambda *arguments: ...] if exercise.cases else []
    for stub in [None, ..., *stubs]:
        assert judge(exercise, stub).status == "not attempted"


@each_mistake
def test_a_mistake_is_recognised_as_itself(exercise, mistake):
    for seed in SEEDS if exercise.cases else [0]:
        result = judge(exercise, mistake.answer, seed=seed)
        assert (result.status, result.mistake) == ("failed", mistake.name), seed
        assert mistake.explanation in result.sentences


@each_with_cases
def test_another_dtype_changes_no_verdict(exercise):
    if not any(is_float(value) for value in exercise.inputs(SIZES[0])):
        pytest.skip("takes no floating-point tensor")
    exercise = in_double(exercise)
    assert judge(exercise, exercise.solution).status == "passed"
    for mistake in exercise.mistakes:
        assert judge(exercise, mistake.answer).mistake == mistake.name


@each_with_cases
def test_a_wrong_answer_without_a_name_gets_the_hint(exercise):
    result = judge(exercise, lambda *arguments: "something else")
    assert (result.status, result.mistake, result.hint) == ("failed", None, exercise.hint)
