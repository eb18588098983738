"""How the card writes values: four digits, large arrays cut, nothing that fails."""

import numpy as np
import pytest
import torch
from llmcourse.check_card import CheckResult, Row, shown


@pytest.mark.parametrize(
    "value, text",
    [
        (torch.tensor([0.123456]), "shape (1,)\n[0.1235]"),
        (torch.tensor([1.5e-7]), "shape (1,)\n[1.5e-07]"),
        (torch.tensor([1, 2]), "shape (2,)\n[1 2]"),
        (torch.tensor([[True, False]]), "shape (1, 2)\n[[ True False]]"),
        (torch.tensor([0.5], dtype=torch.bfloat16), "shape (1,)\n[0.5]"),
        (torch.tensor([torch.nan, torch.inf]), "shape (2,)\n[nan inf]"),
        (np.zeros((0, 3)), "shape (0, 3)\n[]"),
        (torch.tensor(2.0), "2"),
        (0.123456, "0.1235"),
        ((1.0, "a"), "(1, 'a')"),
        ([torch.zeros(1), 2], "shape (1,)\n[0.]\n2"),
        (None, "None"),
    ],
)
def test_values_as_text(value, text):
    assert shown(value) == text


def test_large_arrays_and_long_texts_are_cut():
    big = shown(torch.arange(10_000.0).view(100, 100))
    assert "shape (100, 100)" in big and "..." in big and len(big) < 700
    assert len(shown("x" * 10**6)) < 2000
    assert len(shown([1.0] * 10**5)) < 2000


def test_what_cannot_be_shown_is_said():
    assert shown(torch.zeros(2, device="meta")) == "a value that cannot be shown (NotImplementedError)"


@pytest.mark.parametrize("shape", [(3,), (2, 8), (8, 8)])
def test_every_number_of_a_small_array_has_a_cell(shape):
    page = CheckResult("a.b", "failed", results=[Row("yours", torch.ones(shape))])._repr_html_()
    assert page.count(">1.0000</td>") == torch.ones(shape).numel()


@pytest.mark.parametrize("shape", [(9,), (2, 9), (2, 2, 2), (0, 3)])
def test_other_arrays_are_preformatted(shape):
    page = CheckResult("a.b", "failed", results=[Row("yours", torch.ones(shape))])._repr_html_()
    assert "<td" not in page and f"shape {shape}" in page


def test_wrong_places_are_marked():
    row = Row("yours", torch.tensor([[1.0, 2.0]]), np.array([[False, True]]))
    page = CheckResult("a.b", "failed", results=[row])._repr_html_()
    assert page.count("border-bottom") == 1
    assert page.index("1.0000") < page.index("border-bottom") < page.index("2.0000")
