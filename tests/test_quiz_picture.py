"""The static picture of a quiz holds every line inside its frame."""

import io

import numpy as np
import pytest
from llmcourse import quizzes
from llmcourse.quiz_picture import quiz_picture
from PIL import Image

LONG = {"kind": "single", "text": "word " * 300, "option": [{"text": "a" * 300}, {"text": "b"}]}


def pixels(title, questions):
    return np.asarray(Image.open(io.BytesIO(quiz_picture(title, questions))).convert("L"))


@pytest.mark.parametrize("topic", quizzes.topics())
def test_ink_keeps_clear_of_the_edges(topic):
    picture = pixels(*quizzes.load(topic))
    assert (picture < 128).any()
    for edge in (picture[:4], picture[-4:], picture[:, :4], picture[:, -4:]):
        assert (edge == 255).all()


def test_more_text_makes_a_taller_picture_of_the_same_width():
    short, long = pixels("T", [{**LONG, "text": "Short?"}]), pixels("T", [LONG])
    assert long.shape[1] == short.shape[1]
    assert long.shape[0] > 2 * short.shape[0]
