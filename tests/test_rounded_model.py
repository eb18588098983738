"""A model that computes with rounded numbers for a while: what it gives then, and that it comes back untouched."""

import pytest
import torch
from llmcourse.quantized_perplexity import perplexity
from llmcourse.scratch.passages import LETTER, READING
from llmcourse.scratch.quantize import absmax
from llmcourse.scratch.rounded_model import RoundedLinear, output_errors, replaced, rounded
from tiny_models import tiny_llama

TEXT = "A short text about nothing much."


def four_bits(weights):
    return absmax(weights, 4, "channel").dequantize()


def test_rounded_weights_give_what_rounding_on_the_fly_gives(tokenizer):
    model = tiny_llama()
    layers = dict(model.named_modules())
    with rounded(model, four_bits):
        ours = perplexity(model, tokenizer, TEXT)
        assert isinstance(model.model.layers[0].mlp.up_proj, RoundedLinear)
    assert ours == pytest.approx(perplexity(model, tokenizer, TEXT, four_bits), rel=1e-6)
    assert all(layers[name] is module for name, module in model.named_modules()), "the very same modules are back"


def test_inputs_names_and_interrupts(tokenizer):
    model = tiny_llama()
    plain = perplexity(model, tokenizer, TEXT)
    with rounded(model, inputs=torch.zeros_like, names="down_proj"):
        assert not isinstance(model.model.layers[0].mlp.up_proj, RoundedLinear)
        assert perplexity(model, tokenizer, TEXT) != plain
    with pytest.raises(KeyboardInterrupt), replaced(model, RoundedLinear):
        raise KeyboardInterrupt
    assert perplexity(model, tokenizer, TEXT) == plain
    with pytest.raises(ValueError, match="no layer ends in 'fc1'"), rounded(model, names="fc1"):
        pass


def test_errors_of_each_layer(tokenizer):
    model = tiny_llama()
    assert set(output_errors(model, tokenizer, TEXT, RoundedLinear).values()) == {0.0}
    errors = output_errors(model, tokenizer, TEXT, lambda layer: RoundedLinear(layer, lambda w: w * 1.25))
    assert len(errors) == 14 and list(errors.values()) == pytest.approx([0.25] * 14, rel=1e-4)


def test_the_passages_are_long_enough(tokenizer):
    assert 256 < len(tokenizer(READING)["input_ids"]) < 512, "perplexity reads 512 tokens at most"
    assert len(tokenizer(LETTER)["input_ids"]) > 128
    assert not set(LETTER.split(". ")) & set(READING.split(". "))
