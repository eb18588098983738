"""NF4 against bitsandbytes: the same levels, codes and scales."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from llmcourse.scratch.nf4 import (
    NF4Linear,
    bits_per_weight,
    dequantize_nf4,
    dequantize_scales,
    levels,
    quantize_nf4,
    quantize_scales,
    to_nf4,
)
from tiny_gguf import tiny_model
from torch import nn


@pytest.fixture
def weights():
    return torch.randn(64, 128, generator=torch.Generator().manual_seed(0)) * 0.02


def test_the_levels_are_those_of_bitsandbytes():
    from bitsandbytes.functional import get_4bit_type

    torch.testing.assert_close(levels(), get_4bit_type("nf4", device="cpu"), atol=1e-6, rtol=0)


def test_weights_come_back_as_from_bitsandbytes(weights):
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    packed, state = quantize_4bit(weights, blocksize=64, quant_type="nf4")
    codes, scales = quantize_nf4(weights)
    torch.testing.assert_close(scales, state.absmax)
    both = codes.reshape(-1, 2)
    assert ((both[:, 0] << 4 | both[:, 1]) == packed.flatten()).float().mean() > 0.9999  # ties may fall either way
    torch.testing.assert_close(dequantize_nf4(codes, scales), dequantize_4bit(packed, state), atol=1e-6, rtol=1e-5)


def test_double_quantization_costs_as_little_as_in_bitsandbytes(weights):
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    theirs = dequantize_4bit(*quantize_4bit(weights, blocksize=64, quant_type="nf4", compress_statistics=True))
    layer = nn.Linear(128, 64, bias=False)
    layer.weight = nn.Parameter(weights)
    ours = NF4Linear(layer).dequantize()
    once = NF4Linear(layer, double=False).dequantize()
    error, error_theirs, error_once = ((each - weights).square().mean() for each in (ours, theirs, once))
    assert error < 1.02 * error_theirs
    assert error < 1.02 * error_once


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=8, max_size=8))
def test_no_weight_moves_further_than_half_the_widest_gap(values):
    weights = torch.tensor(values)
    codes, scales = quantize_nf4(weights, block=8)
    assert codes.max() <= 15
    gap = levels().diff().max() / 2
    assert ((dequantize_nf4(codes, scales) - weights).abs() <= gap * scales + 1e-5).all()


def test_zeros_stay_zero():
    assert dequantize_nf4(*quantize_nf4(torch.zeros(2, 64))).eq(0).all()


def test_scales_come_back_within_a_sixteenth(weights):
    _, scales = quantize_nf4(weights)
    again = dequantize_scales(*quantize_scales(scales))
    largest = (scales - scales.mean()).abs().max()
    assert ((again - scales).abs() <= largest / 16).all()


def test_a_layer_takes_the_bits_it_says(weights):
    layer = NF4Linear(nn.Linear(1024, 256))
    assert 8 * layer.bytes() / (1024 * 256) == pytest.approx(bits_per_weight(), abs=0.001)


def test_gradients_reach_the_input_and_not_the_weights():
    layer = NF4Linear(nn.Linear(64, 4))
    x = torch.randn(2, 64, requires_grad=True)
    layer(x).sum().backward()
    torch.testing.assert_close(x.grad, layer.dequantize().sum(0).expand(2, -1))


def test_a_whole_model_is_smaller_and_nearly_the_same():
    ids = torch.tensor([[3, 7, 1, 9]])
    model = tiny_model()
    wanted, head = model(ids).logits, model.lm_head
    quantized = to_nf4(model)
    assert quantized.lm_head is head
    assert isinstance(quantized.model.layers[0].self_attn.q_proj, NF4Linear)
    error = (quantized(ids).logits - wanted).norm() / wanted.norm()
    assert 0 < error < 0.2


def test_a_block_that_does_not_divide_is_named():
    with pytest.raises(ValueError, match="block must divide the 60 weights; got 64"):
        quantize_nf4(torch.zeros(60))
