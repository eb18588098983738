"""A small LossLandscape: a wavy function with a hole, gradient descent and a path of its own."""

import math

from widget_examples import HOSTILE


def example(hostile=False):
    from llmcourse import LossLandscape

    axis = [step / 8 - 2 for step in range(33)]
    name = HOSTILE if hostile else "by hand"
    names = [HOSTILE] * 3 if hostile else ["x", "y", "loss"]
    return LossLandscape.of_function(
        lambda x, y: math.nan if x > 1 and y > 1.5 else math.sin(3 * x) * math.cos(2 * y) + (x * x + y * y) / 3,
        axis,
        axis,
        path={name: [[1, -1], [0.5, -0.5], [0, 0]]},
        names=names,
        descend=True,
        start=[-1.5, 1.0],
        selected=100,
    )
