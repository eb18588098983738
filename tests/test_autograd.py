"""scratch/autograd.py: its slopes are torch's and those of a nudge, on worked examples and random expressions."""

import doctest
import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from llmcourse.scratch import autograd
from llmcourse.scratch.autograd import Value

NUMBERS = st.floats(-2, 2).map(lambda number: round(number, 3))
LEAVES = st.sampled_from(["a", "b", "c"])
ONE = {
    "tanh": (Value.tanh, torch.tanh),
    "relu": (Value.relu, torch.relu),
    "sigmoid": (Value.sigmoid, torch.sigmoid),
    "exp": (lambda x: x.tanh().exp(), lambda x: torch.tanh(x).exp()),  # tamed, so that nothing overflows
    "log": (lambda x: (x * x + 1).log(), lambda x: (x * x + 1).log()),
    "square": (lambda x: x**2, lambda x: x**2),
    "inverse root": (lambda x: (x**2 + 1) ** -0.5, lambda x: (x**2 + 1) ** -0.5),
    "minus": (lambda x: -x, lambda x: -x),
    "right-hand": (lambda x: 3 - 2 * x + 1 / (x * x + 2), lambda x: 3 - 2 * x + 1 / (x * x + 2)),
}
TWO = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / (other * other + 1),
}
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(st.sampled_from(sorted(ONE)), inner) | st.tuples(st.sampled_from(sorted(TWO)), inner, inner)
    ),
    max_leaves=12,
)


def build(expression, leaves, side):
    """The expression over these leaves: side 0 with Value, 1 with torch."""
    if isinstance(expression, str):
        return leaves[expression]
    name, *inner = expression
    parts = [build(each, leaves, side) for each in inner]
    return ONE[name][side](*parts) if name in ONE else TWO[name](*parts)


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(autograd).failed == 0


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_random_expressions_have_torchs_value_and_slopes(expression, numbers):
    ours = {name: Value(number) for name, number in zip("abc", numbers, strict=True)}
    theirs = {
        name: torch.tensor(number, dtype=torch.float64, requires_grad=True)
        for name, number in zip("abc", numbers, strict=True)
    }
    mine, reference = build(expression, ours, 0), build(expression, theirs, 1)
    assume(abs(float(reference.detach())) < 1e6)
    mine.backward()
    reference.backward()
    assert mine.data == pytest.approx(reference.item(), rel=1e-9, abs=1e-9)
    for name, leaf in ours.items():
        wanted = 0.0 if theirs[name].grad is None else theirs[name].grad.item()
        assert leaf.grad == pytest.approx(wanted, rel=1e-8, abs=1e-8)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_random_expressions_have_the_slopes_of_a_nudge(expression, numbers):
    assume("relu" not in str(expression))  # a nudge over its edge sees both sides
    leaves = {name: Value(number) for name, number in zip("abc", numbers, strict=True)}
    result = build(expression, leaves, 0)
    result.backward()
    assume(abs(result.data) < 100 and all(abs(leaf.grad) < 100 for leaf in leaves.values()))
    nudge = 1e-5
    for place, name in enumerate("abc"):
        ends = []
        for change in (nudge, -nudge):
            moved = [number + change * (place == other) for other, number in enumerate(numbers)]
            ends.append(build(expression, dict(zip("abc", map(Value, moved), strict=True)), 0).data)
        assert leaves[name].grad == pytest.approx((ends[0] - ends[1]) / (2 * nudge), rel=1e-3, abs=1e-4)


def test_a_number_used_in_several_ways_adds_them_up():
    a = Value(3.0)
    (a * a + a).backward()
    assert a.grad == 7
    b = Value(2.0)
    shared = b * 3
    (shared * shared).backward()
    assert (shared.grad, b.grad) == (12, 36)


def test_slopes_of_what_was_put_in_add_up_over_calls_as_in_torch():
    ours, theirs = Value(2.0), torch.tensor(2.0, requires_grad=True)
    mine, reference = (ours * 3).tanh() * ours, torch.tanh(theirs * 3) * theirs
    for _ in range(2):
        mine.backward()
        reference.backward(retain_graph=True)
    assert ours.grad == pytest.approx(theirs.grad.item(), rel=1e-6)
    alone = Value(1.0)
    alone.backward()
    alone.backward()
    assert alone.grad == 2


def test_relu_has_no_slope_at_zero_like_torch():
    ours, theirs = Value(0.0), torch.tensor(0.0, requires_grad=True)
    ours.relu().backward()
    torch.relu(theirs).backward()
    assert ours.grad == theirs.grad.item() == 0


def test_sigmoid_does_not_overflow():
    assert Value(-1000.0).sigmoid().data == pytest.approx(0)
    assert Value(1000.0).sigmoid().data == 1


def test_deep_and_wide_computations_need_no_recursion():
    a = Value(1.0)
    total = a
    for _ in range(20_000):
        total = total + a
    total.backward()
    assert a.grad == 20_001
    assert len(total.ancestors()) == 20_001


def test_inputs_stand_before_what_uses_them():
    a, b = Value(1.0), Value(2.0)
    order = ((a * b).tanh() + a / b).ancestors()
    place = {id(value): place for place, value in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[id(source)] < place[id(value)] for value in order for source, _ in value.inputs)


def test_what_does_not_fit_is_told_in_one_sentence():
    with pytest.raises(TypeError, match="data must be one number; got str"):
        Value("two")
    with pytest.raises(TypeError, match="exponent must be a plain number"):
        Value(2.0) ** Value(3.0)
    with pytest.raises(ValueError, match="log needs a number above 0; got -1"):
        Value(-1.0).log()
    with pytest.raises(ValueError, match="is no real number"):
        Value(-4.0) ** 0.5
    with pytest.raises(ZeroDivisionError):
        Value(1.0) / Value(0.0)


def test_it_shows_itself():
    assert repr(Value(math.pi)) == "Value(3.142, grad=0)"
