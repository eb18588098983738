"""Models of a few thousand random parameters in the shapes of real families: fast, and no download."""

import torch
import transformers

SIZES = {"vocab_size": 49_152, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}


def tiny_gpt2():
    """A GPT-2 of 2 layers × 4 heads."""
    config = transformers.GPT2Config(
        vocab_size=49_152, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=0, eos_token_id=0
    )
    return _build(transformers.GPT2LMHeadModel, config)


def tiny_llama(context=64):
    """A Llama of 2 layers × 4 heads, 2 key heads (GQA)."""
    config = transformers.LlamaConfig(
        **SIZES, intermediate_size=64, num_key_value_heads=2, max_position_embeddings=context
    )
    return _build(transformers.LlamaForCausalLM, config)


def tiny_bert():
    """A BERT of 2 layers × 4 heads: every token sees every other."""
    config = transformers.BertConfig(**SIZES, intermediate_size=64, max_position_embeddings=64)
    return _build(transformers.BertForMaskedLM, config)


def _build(kind, config):
    torch.manual_seed(0)
    return kind(config).eval()
