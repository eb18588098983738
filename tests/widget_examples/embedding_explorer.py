"""A small EmbeddingExplorer: three groups of points in five dimensions."""

import numpy as np

from widget_examples import HOSTILE


def example(hostile=False):
    from llmcourse import EmbeddingExplorer

    vectors = np.random.default_rng(0).normal(size=(12, 5)) + 3 * np.repeat(np.eye(5)[:3], 4, axis=0)
    names = (
        [HOSTILE] * 12
        if hostile
        else ["cat", "dog", "cow", "hen", "Rome", "Oslo", "Bonn", "Lima", "red", "blue", "pink", "grey"]
    )
    groups = [HOSTILE] * 12 if hostile else ["animals"] * 4 + ["cities"] * 4 + ["colours"] * 4
    return EmbeddingExplorer(vectors, names, groups, selected=0, k=4, embed=lambda text: vectors[len(text) % 12])
