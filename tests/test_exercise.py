"""How answers are compared with what is expected: types, shapes, dtypes, then values."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from llmcourse.comparison import difference, wrong_places
from llmcourse.exercise import Exercise, Mistake

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "answer, expected",
    [
        (torch.zeros(2, 3), torch.zeros(2, 3)),
        (torch.tensor([NAN, INF, -INF]), torch.tensor([NAN, INF, -INF])),
        (torch.tensor([1.0, 2.0]).double(), torch.tensor([1.0, 2.0])),
        (torch.tensor([1, 2], dtype=torch.int32), torch.tensor([1, 2])),
        (torch.tensor([0.1]).half(), torch.tensor([0.1]).half()),
        (torch.tensor(3.0), 3),
        (3.000001, 3),
        (np.float32(0.5), 0.5),
        (np.arange(3), np.arange(3)),
        ([torch.zeros(2), "a"], (torch.zeros(2), "a")),
        ({"a": 1.0}, {"a": 1}),
        (torch.tensor(True), True),
        ({1, 2}, {2, 1}),
        (None, None),
        ("cat", "cat"),
        (torch.zeros(0, 3), torch.zeros(0, 3)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
    ],
)
def test_agreement(answer, expected):
    assert difference(answer, expected) is None


@pytest.mark.parametrize(
    "answer, expected, told",
    [
        (torch.zeros(3, 2), torch.zeros(2, 3), "your result has the shape (3, 2), expected (2, 3)"),
        ([0.0, 0.0], torch.zeros(2), "your result is a list, expected a torch tensor"),
        (np.zeros(2), torch.zeros(2), "your result is a NumPy array, expected a torch tensor"),
        (torch.zeros(2), [0.0, 0.0], "your result is a torch tensor, expected a list"),
        (torch.zeros(2), 0.0, "your result has the shape (2,), expected a single number"),
        (torch.tensor([1, 2]), torch.zeros(2), "your result has the dtype torch.int64, expected torch.float32"),
        (
            torch.tensor([1, 0]),
            torch.tensor([True, False]),
            "your result has the dtype torch.int64, expected torch.bool",
        ),
        (
            torch.tensor([1.0, 2.5]),
            torch.tensor([1.0, 2.0]),
            "1 of 2 numbers in your result is wrong, by up to 0.5 (at [1])",
        ),
        (torch.tensor([[NAN, 1.0]]), torch.ones(1, 2), "your result holds nan in 1 of 2 places, expected none"),
        (torch.tensor([INF]), torch.tensor([-INF]), "1 of 1 number in your result is wrong"),
        (torch.tensor([1, 2]), torch.tensor([1, 3]), "1 of 2 numbers in your result is wrong"),
        (2, 3.5, "your result is 2, expected 3.5"),
        (True, 1, "your result is True or False, expected a number"),
        (1, True, "your result is a number, expected True or False"),
        (True, False, "your result is True, expected False"),
        ("a", 3, "your result is a text, expected a number"),
        ("cat", "dog", "your result differs first at character 1: 'c' where 'd' is expected"),
        (None, "dog", "your result is None, expected a text"),
        (lambda: 3, 3, "your result is an object of type function, expected a number"),
        ([1, 2], [1], "your result has 2 items, expected 1"),
        (
            (1, torch.zeros(2)),
            (1, torch.ones(2)),
            "2 of 2 numbers in item 1 of your result are wrong, by up to 1 (at [0])",
        ),
        ({"a": 1}, {"b": 1}, "your result has the keys ['a'], expected ['b']"),
        ({"a": 1}, {"a": 2}, "'a' of your result is 1, expected 2"),
        ({1}, {2}, "your result differs from the expected one"),
    ],
)
def test_differences_are_told_in_words(answer, expected, told):
    assert difference(answer, expected) == told


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=20), st.integers(0, 19), st.floats(1e-3, 1e3))
def test_one_changed_number_is_found_where_it_is(numbers, place, change):
    place %= len(numbers)
    expected = torch.tensor(numbers, dtype=torch.float64)
    answer = expected.clone()
    answer[place] += change * (1 + abs(numbers[place]))
    assert difference(expected.clone(), expected) is None
    assert f"(at [{place}])" in difference(answer, expected)
    assert wrong_places(answer, expected, 1e-5).nonzero()[0].tolist() == [place]


def test_half_precision_is_compared_as_coarsely_as_it_counts():
    expected = torch.tensor([1.0, 2.0], dtype=torch.bfloat16)
    assert difference(torch.tensor([1.004, 2.0]), expected) is None
    assert difference(torch.tensor([1.2, 2.0]), expected)


def test_inputs_are_made_anew_from_the_same_seed():
    exercise = Exercise(
        "start.sum",
        "A sum.",
        lambda x: x.sum(),
        [Mistake("mean", lambda x: x.mean(), "That is the mean.")],
        "Add.",
        cases=lambda size, generator: (torch.randn(size, generator=generator),),
    )
    exercise.inputs(4)[0].zero_()
    assert torch.equal(exercise.inputs(4)[0], exercise.inputs(4)[0])
    assert exercise.inputs(4)[0].any()
    assert not torch.equal(exercise.inputs(4, seed=1)[0], exercise.inputs(4)[0])
    assert exercise.parameters == ["x"]


@pytest.mark.parametrize(
    "field, told",
    [
        ({"difficulty": 4}, "difficulty of start.two must be 1, 2 or 3, not 4"),
        ({"minutes": 0}, "minutes of start.two must be at least 1, not 0"),
        ({"ignore": "case"}, "ignore of start.two must be a list of whitespace and case, not 'case'"),
        ({"ignore": ["accents"]}, "ignore of start.two must be a list"),
    ],
)
def test_a_field_that_cannot_be_is_told(field, told):
    with pytest.raises(ValueError, match=told):
        Exercise("start.two", "Say two.", 2, [], "Add.", **field)


def test_the_solution_to_show():
    def answer(x):
        return x

    assert Exercise("a.b", "", answer, [], "").solution_source == "def answer(x):\n    return x"
    assert Exercise("a.b", "", lambda x: x, [], "").solution_source == ""
    assert Exercise("a.b", "", 2, [], "", worked="1 + 1").solution_source == "1 + 1"
