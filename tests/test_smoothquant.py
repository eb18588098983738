"""SmoothQuant from scratch: nothing changes before rounding, the weights come back, and rounding hurts less."""

import pytest
import torch
from llmcourse.scratch.int8 import Int8Linear
from llmcourse.scratch.rounded_model import output_errors
from llmcourse.scratch.smoothquant import factors, input_maxima, smoothed
from tiny_models import tiny_llama

TEXT = "A short text about nothing much."


def spiked():
    """A tiny Llama with a feature that is 200 times as large as the others where the feed-forward reads it."""
    model = tiny_llama()
    with torch.no_grad():
        for block in model.model.layers:
            block.post_attention_layernorm.weight[3] = 200.0
    return model


def test_nothing_changes_before_rounding_and_the_weights_come_back(tokenizer):
    model = spiked()
    ids = torch.tensor([tokenizer(TEXT)["input_ids"]])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.inference_mode():
        plain = model(ids).logits
    maxima = input_maxima(model, tokenizer, TEXT)
    assert len(maxima) == 14 and maxima["model.layers.0.mlp.gate_proj"].argmax() == 3
    for alpha in (0.0, 0.5, 0.9):
        with smoothed(model, maxima, alpha), torch.inference_mode():
            assert torch.allclose(model(ids).logits, plain, atol=1e-4)
            changed = model.state_dict()["model.layers.0.mlp.gate_proj.weight"]
            assert not torch.equal(changed, before["model.layers.0.mlp.gate_proj.weight"])
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_alpha_one_levels_the_activations_and_an_error_restores(tokenizer):
    model = spiked()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    maxima = input_maxima(model, tokenizer, TEXT)
    with pytest.raises(KeyboardInterrupt), smoothed(model, maxima, 1.0):
        levelled = input_maxima(model, tokenizer, TEXT)["model.layers.0.mlp.up_proj"]
        assert torch.allclose(levelled, torch.ones(32), atol=1e-4)
        raise KeyboardInterrupt
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_rounding_hurts_less_afterwards(tokenizer):
    model = spiked()
    maxima = input_maxima(model, tokenizer, TEXT)

    def error():
        found = output_errors(model, tokenizer, TEXT, lambda layer: Int8Linear(layer, torch.inf, "tensor"))
        return found["model.layers.0.mlp.up_proj"]

    before = error()
    with smoothed(model, maxima, 0.5):
        assert error() < before / 2


def test_factors_follow_the_paper_and_bad_alphas_are_named():
    x, weights = torch.tensor([100.0, 1.0, 0.0]), torch.tensor([1.0, 4.0, 0.0])
    assert factors(x, weights, 0.5)[:2].tolist() == [10.0, 0.5]
    assert torch.isfinite(factors(x, weights, 0.3)).all()
    with pytest.raises(ValueError, match="alpha must lie from 0 to 1; got 1.5"):
        factors(x, weights, 1.5)
