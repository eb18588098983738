"""scratch/decision_boundary.py: what the classifier says on a grid, with its border, and as a film."""

import base64
import io

import matplotlib
import numpy as np
import pytest
from llmcourse.scratch.decision_boundary import answers, boundary_film, decision_boundary
from PIL import Image

matplotlib.use("Agg")
POINTS, LABELS = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([0, 1])


def test_the_grid_surrounds_the_points_and_holds_the_answers():
    xs, ys, grid = answers(lambda places: places[:, 0] - places[:, 1], POINTS, steps=5, margin=1)
    assert (xs[0], xs[-1], ys[0], ys[-1]) == (-1, 2, -1, 3)
    assert grid[3, 1] == pytest.approx(xs[1] - ys[3])


def test_the_border_is_drawn_where_there_is_one():
    from matplotlib.figure import Figure

    for shift, lines in ((0, 1), (100, 0)):
        axes = Figure().subplots()
        seen = answers(lambda places, shift=shift: places[:, 0] - 0.5 + shift, POINTS)
        assert decision_boundary(seen, POINTS, LABELS, axes, "step 1") is axes
        black = [one for one in axes.collections if np.allclose(np.atleast_2d(one.get_edgecolor())[:, :3], 0x22 / 255)]
        drawn = [one for one in black if len(one.get_edgecolor()) and len(one.get_paths())]
        assert (len(drawn), axes.get_title()) == (lines, "step 1")


def test_the_film_plays_once_and_has_words():
    frames = [(f"step {step}", answers(lambda places, s=step: places[:, 0] - 0.2 * s, POINTS)) for step in range(4)]
    page = boundary_film(frames, POINTS, LABELS, 'a "border" < moves').data
    assert 'alt="a &quot;border&quot; &lt; moves"' in page
    film = Image.open(io.BytesIO(base64.b64decode(page.split("base64,")[1].split('"')[0])))
    assert film.n_frames == 4 and "loop" not in film.info
