"""The conversion against transformers' own reading of the same GGUF file, and the tokenizer's splitting rules."""

import gguf
import pytest
import torch
from llmcourse.gguf_conversion import convert
from tiny_gguf import TEMPLATE, write_tiny_gguf
from transformers import AutoModelForCausalLM, AutoTokenizer

KINDS = gguf.GGMLQuantizationType


def converted(tmp_path, **options):
    """(converted folder, folder of the GGUF file)."""
    source = write_tiny_gguf(tmp_path / "tiny.gguf", **options)
    folder = tmp_path / "converted"
    folder.mkdir()
    convert(source, folder)
    return folder


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", [KINDS.Q4_1, KINDS.Q8_0, KINDS.F16, KINDS.F32], ids=lambda kind: kind.name)
def test_every_weight_and_logit_equals_transformers(tmp_path, kind, tied):
    folder = converted(tmp_path, kind=kind, tied=tied)
    ours = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    twin = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="tiny.gguf", dtype=torch.float32)
    weights, expected = ours.state_dict(), twin.state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in weights)
    assert ours.config.tie_word_embeddings is tied
    ids = torch.arange(20)[None]
    with torch.inference_mode():
        assert torch.equal(ours(ids).logits, twin(ids).logits)


def test_config_holds_the_numbers_as_they_were_written(tmp_path):
    config = AutoModelForCausalLM.from_pretrained(converted(tmp_path)).config
    assert config.rms_norm_eps == 1e-5
    assert config.rope_parameters["rope_theta"] == 10_000.0
    assert (config.bos_token_id, config.eos_token_id, config.pad_token_id) == (1, 2, 2)
    assert (config.num_attention_heads, config.num_key_value_heads, config.head_dim) == (4, 2, 16)


def test_tokenizer_agrees_with_transformers_on_words(tmp_path):
    ours = AutoTokenizer.from_pretrained(converted(tmp_path))
    twin = AutoTokenizer.from_pretrained(tmp_path, gguf_file="tiny.gguf")
    for text in ("the other\n\tthing", "<|im_start|>user\nHi<|im_end|>\n", "日本語 é 🎉", ""):
        expected = twin(text, return_offsets_mapping=True)
        found = ours(text, return_offsets_mapping=True)
        assert found["input_ids"] == expected["input_ids"]
        assert found["offset_mapping"] == expected["offset_mapping"]
        assert ours.decode(found["input_ids"]) == text


def test_tokenizer_splits_digits_first_as_the_model_was_trained(tmp_path):
    """Without that rule the second space would be split off to go before the digit."""
    tokenizer = AutoTokenizer.from_pretrained(converted(tmp_path))
    assert tokenizer.tokenize("a  17") == ["a", "ĠĠ", "1", "7"]


def test_tokenizer_keeps_template_special_tokens_and_context(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(converted(tmp_path))
    assert tokenizer.chat_template == TEMPLATE
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token) == (
        "<|im_start|>",
        "<|im_end|>",
        "<|im_end|>",
    )
    assert tokenizer.model_max_length == 128
    assert tokenizer.decode([1, 10, 2], skip_special_tokens=True) == tokenizer.decode([10])


@pytest.mark.parametrize(
    ("options", "named"), [({"architecture": "qwen2"}, "qwen2"), ({"pre": "llama-bpe"}, "llama-bpe")]
)
def test_another_kind_of_file_is_named(tmp_path, options, named):
    with pytest.raises(ValueError, match=named):
        converted(tmp_path, **options)
