"""scratch/expression_graph.py: every number and slope of a computation is in the picture, inputs left of results."""

import doctest

import matplotlib
import pytest
from llmcourse.scratch import expression_graph as module
from llmcourse.scratch.autograd import Value
from llmcourse.scratch.expression_graph import expression_graph

matplotlib.use("Agg")


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(module).failed == 0


def test_every_value_stands_right_of_its_inputs_with_its_slope():
    w, x, b = Value(0.5), Value(2.0), Value(-0.5)
    loss = ((w * x + b).tanh() - 1) ** 2
    loss.backward()
    drawn = {}
    for text in expression_graph(loss, {"w": w, "x": x, "loss": loss}).texts:
        if text.get_text():
            drawn.setdefault(text.get_text().split("\n")[0], text)
    assert {"w", "x", "×", "tanh", "loss", "number"} <= set(drawn)
    left = {name: text.get_position()[0] for name, text in drawn.items()}
    assert left["w"] < left["×"] < left["tanh"] < left["loss"]
    assert drawn["w"].get_text() == f"w\n0.5\nslope {w.grad:.3g}"


def test_no_two_values_share_a_place_and_many_are_refused():
    a = Value(1.0)
    axes = expression_graph(a * a + a * 2 + a.tanh())
    places = [text.get_position() for text in axes.texts if text.get_text()]
    assert len(places) == len(set(places))
    with pytest.raises(ValueError, match="result was made of 102 values; a picture holds at most 40"):
        expression_graph(sum(([a] * 100)[1:], Value(0.0)) + a)
