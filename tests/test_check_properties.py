"""Whatever a learner hands to check(): it answers, in time, with a card that holds no script."""

import re
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from llmcourse import check, checking, checks, progress_file
from llmcourse.exercise import Exercise, Mistake
from trained_example import EXERCISE as TRAINED

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x00\ud800\u202e"
FUNCTION = Exercise(
    "start.twice",
    "Twice the vector.",
    lambda vector: 2 * vector,
    [Mistake("the same", lambda vector: vector, "Times two."), Mistake("any text", "a", "No.", lambda x, v: x == "a")],
    "Times two.",
    cases=lambda size, generator: (torch.randn(size, generator=generator),),
    second_hint="`2 * vector`.",
)
TEXT = Exercise(
    "start.text",
    "A text from a list.",
    lambda words: " ".join(words),
    [Mistake("no blanks", lambda words: "".join(words), "Put a blank between two words.")],
    "Join.",
    cases=lambda size, generator: (["word"] * size,),
)
VALUES = [
    Exercise(f"start.value{place}", "A value.", value, [], "Think.", ignore=["case", "whitespace"], worked="the way")
    for place, value in enumerate([3, 0.5, True, "cat", [1, 2], {"a": 1}, {1}, torch.ones(2), np.ones((2, 2))])
]


class Hostile:
    """An object whose every word is an error; asked for its text, it does not end or ends everything."""

    def __init__(self, act):
        object.__setattr__(self, "act", act)

    def __getattr__(self, name):
        raise RuntimeError(ATTACK)

    def __repr__(self):
        return self.act()

    __str__ = __eq__ = __len__ = __iter__ = __bool__ = lambda self, *others: self.act()
    __hash__ = None


class Lying(list):
    def __iter__(self):
        while True:
            yield 1

    def __len__(self):
        return 2


def endless():
    while True:
        pass


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.just(ATTACK)
numpy_arrays = arrays.arrays(
    st.sampled_from(["f4", "f2", "i8", "u1", "?", "c8", "O", "U3", "M8[s]"]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
tensors = st.builds(
    lambda shape, dtype: torch.ones(shape).to(dtype),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from([torch.float32, torch.bfloat16, torch.int8, torch.bool, torch.complex64, torch.float8_e4m3fn]),
)
objects = st.recursive(
    scalars
    | st.binary()
    | numpy_arrays
    | tensors
    | st.builds(object)
    | st.sampled_from([int, Hostile, NotImplemented, ...]),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.tuples(inside, inside)
        | st.dictionaries(st.text(max_size=3), inside, max_size=3)
        | st.builds(lambda value: Hostile(lambda: value), inside)
    ),
    max_leaves=6,
)


@pytest.fixture(autouse=True, scope="module")
def own_exercises():
    with pytest.MonkeyPatch.context() as patch:
        exercises = (FUNCTION, TEXT, TRAINED, *VALUES)
        patch.setattr(checks, "exercises", lambda topic: exercises if topic == "start" else ())
        patch.setattr(progress_file, "record_exercise", lambda *arguments: None)
        patch.setattr(progress_file, "record_visit", lambda *arguments: None)
        patch.setattr(checking, "SECONDS", 0.5)
        yield exercises


def answered(name, answer):
    result = check(name, answer)
    assert result.status in ("passed", "failed", "not attempted")
    page, text = result._repr_html_(), repr(result)
    assert not re.search(r"<(?!/?(div|b|code|table|tr|td|small|details|summary|pre)\b)", page)
    assert "could not be judged" not in text
    assert result.sentences and all(isinstance(sentence, str) for sentence in result.sentences)
    assert len(page) < 30_000 and len(text) < 30_000
    return result


@settings(max_examples=25, deadline=None)
@given(objects)
def test_any_object_is_an_answer(value):
    for exercise in (FUNCTION, TEXT, TRAINED, *VALUES):
        answered(exercise.name, value)


@settings(max_examples=25, deadline=None)
@given(objects)
def test_a_function_may_return_any_object(value):
    for exercise in (FUNCTION, TEXT, TRAINED):
        answered(exercise.name, lambda argument: value)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([ValueError, SystemExit, GeneratorExit, StopIteration, RecursionError, MemoryError, UnicodeError]),
    st.text(),
)
def test_a_function_may_raise_anything(kind, message):
    def answer(argument):
        raise kind(message)

    for exercise in (FUNCTION, TEXT, TRAINED):
        assert answered(exercise.name, answer).status == "failed"


@settings(max_examples=15, deadline=None)
@given(objects)
def test_any_object_is_a_name(name):
    assert check(name, 1).status == "not attempted"
    assert "<script" not in check(name, 1)._repr_html_()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Hostile(exit),
        lambda: Hostile(endless),
        lambda: [Hostile(endless), 1],
        lambda: {Hostile: 1, "a": Hostile(exit)},
        lambda: Lying(),
        lambda: [Lying()],
    ],
    ids=["exits", "endless", "in a list", "in a dictionary", "lying", "lying in a list"],
)
def test_objects_that_do_not_end_are_left(make):
    value, started = make(), time.monotonic()
    answered("start.twice", lambda vector: value)
    answered("start.value4", value)
    answered("start.value5", value)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "answer", [lambda *a, **k: 1, int, print, iter, dict.get, torch.nn.Linear(1, 1), torch.relu, exit, input]
)
def test_any_callable_is_an_answer(answer):
    for exercise in (FUNCTION, TEXT, TRAINED):
        answered(exercise.name, answer)


def test_replaced_library_functions_stop_nothing(monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("replaced")

    for target, name in ((torch, "softmax"), (np, "isclose"), (np, "array2string"), (torch, "equal")):
        monkeypatch.setattr(target, name, broken)
    assert check("start.twice", lambda vector: 3 * vector).status == "failed"
    assert check("start.twice", lambda vector: 3 * vector)._repr_html_()
