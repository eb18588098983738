"""LLM.int8() from scratch: integers equal to torch._int_mm's, rounding to torch's, and what outlier columns save."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.int8 import Int8Linear, int8_matmul, outlier_columns, quantize_rows, quantize_tensor
from torch import nn


def matrix(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(1, 20), inner=st.sampled_from([1, 8, 576, 1040, 1041, 3000]), extreme=st.booleans())
def test_the_product_is_that_of_torchs_int8_product(rows, inner, extreme):
    generator = torch.Generator().manual_seed(rows * inner)
    a, b = (torch.randint(-127, 128, (n, inner), dtype=torch.int8, generator=generator) for n in (rows, 24))
    if extreme:
        a, b = torch.full_like(a, 127), torch.full_like(b, -127)
    ours = int8_matmul(a, b)
    assert ours.dtype == torch.int32
    assert torch.equal(ours, a.int() @ b.int().T)
    assert torch.equal(ours, torch._int_mm(a, b.T))


def test_rows_are_rounded_as_torch_rounds_channels():
    x = matrix(5, 33)
    codes, scale = quantize_rows(x)
    theirs = torch.fake_quantize_per_channel_affine(x, scale.flatten(), torch.zeros(5, dtype=torch.int32), 0, -127, 127)
    assert torch.allclose(codes * scale, theirs, atol=1e-6)
    whole, one = quantize_tensor(x)
    theirs = torch.fake_quantize_per_tensor_affine(x, one.item(), 0, -127, 127)
    assert torch.allclose(whole * one, theirs, atol=1e-6) and whole.shape == x.shape
    assert (quantize_rows(torch.zeros(2, 3))[0] == 0).all()


def test_the_layer_is_the_product_of_the_rounded_matrices():
    layer, x = nn.Linear(96, 40), matrix(2, 7, 96)
    ours = Int8Linear(layer, torch.inf)
    codes, scale = quantize_rows(x)
    expected = (codes * scale) @ ours.weight.T + layer.bias
    assert torch.allclose(ours(x), expected, atol=1e-5) and ours(x).shape == (2, 7, 40)
    whole = Int8Linear(layer, torch.inf, per="tensor")(x)
    codes, scale = quantize_tensor(x)
    assert torch.allclose(whole, (codes * scale) @ ours.weight.T + layer.bias, atol=1e-5)
    assert ours(x.half()).dtype == torch.float16


def test_outlier_columns_are_kept_and_save_the_rest():
    layer, x = nn.Linear(64, 32, bias=False), matrix(10, 64)
    x[3, 5] = -80.0
    assert outlier_columns(x).nonzero().flatten().tolist() == [5]
    exact = layer(x)
    kept, lost = Int8Linear(layer), Int8Linear(layer, torch.inf, per="tensor")
    error, worse = (kept(x) - exact).norm(), (lost(x) - exact).norm()
    assert kept.outliers == 1 and lost.outliers == 0
    assert error < worse / 5
    only = Int8Linear(layer, 1e-9)  # every column is an outlier: only the weights are rounded
    assert torch.allclose(only(x), x @ only.weight.T, atol=1e-4)


def test_what_is_stored():
    assert Int8Linear(nn.Linear(576, 192)).nbytes == 576 * 192 + 192 * 4 + 192 * 4
    assert Int8Linear(nn.Linear(576, 192, bias=False)).nbytes == 576 * 192 + 192 * 4


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: int8_matmul(torch.ones(2, 2), torch.ones(2, 2).char()), TypeError, "a and b must be int8"),
        (lambda: Int8Linear(nn.Linear(2, 2), 0), ValueError, "threshold must be above 0; got 0"),
        (lambda: Int8Linear(nn.Linear(2, 2), per="row"), ValueError, "per must be 'token' or 'tensor'"),
    ],
)
def test_bad_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
