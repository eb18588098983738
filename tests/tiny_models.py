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


def tiny_t5():
    """A T5 of 2 + 2 layers × 4 heads: a relative bias is added to scores that are not scaled."""
    config = transformers.T5Config(
        vocab_size=49_152, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_decoder_layers=3, num_heads=4,
        decoder_start_token_id=0, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    return _build(transformers.T5ForConditionalGeneration, config)


def tiny_bart():
    """A BART of 2 + 3 layers × 4 heads."""
    config = transformers.BartConfig(
        vocab_size=49_152, d_model=32, encoder_layers=2, decoder_layers=3, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=64,
        decoder_start_token_id=2, forced_eos_token_id=2, eos_token_id=2, bos_token_id=0, pad_token_id=1,
    )  # fmt: skip
    return _build(transformers.BartForConditionalGeneration, config)


def tiny_mistral(window=4):
    """A Mistral of 2 layers × 4 heads whose tokens see only the last `window` tokens."""
    config = transformers.MistralConfig(
        **SIZES, intermediate_size=64, num_key_value_heads=2, max_position_embeddings=64, sliding_window=window
    )
    return _build(transformers.MistralForCausalLM, config)


def tiny_gemma2():
    """A Gemma 2 of 2 layers × 4 heads, which caps its scores and alternates windowed and full layers."""
    config = transformers.Gemma2Config(
        **SIZES, intermediate_size=64, num_key_value_heads=2, head_dim=8, max_position_embeddings=64, sliding_window=4,
        attn_logit_softcapping=0.5,
    )  # fmt: skip
    return _build(transformers.Gemma2ForCausalLM, config)


def tiny_gpt_oss():
    """A GPT-OSS of 2 layers × 4 heads: part of each row goes to a learned sink."""
    config = transformers.GptOssConfig(
        **SIZES, intermediate_size=64, num_key_value_heads=2, head_dim=8, max_position_embeddings=64, sliding_window=4,
        num_local_experts=2, num_experts_per_tok=1, rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
    )  # fmt: skip
    return _build(transformers.GptOssForCausalLM, config)


def tiny_lfm2():
    """An LFM2 of 4 layers, of which 1 and 3 have attention (4 heads) and the others a convolution."""
    config = transformers.Lfm2Config(
        **SIZES | {"num_hidden_layers": 4}, intermediate_size=64, num_key_value_heads=2, max_position_embeddings=64,
        layer_types=["conv", "full_attention", "conv", "full_attention"],
    )  # fmt: skip
    return _build(transformers.Lfm2ForCausalLM, config)


def tiny_bloom():
    """A BLOOM of 2 layers × 4 heads: written before the attention interface, so queries and keys stay hidden."""
    config = transformers.BloomConfig(vocab_size=49_152, hidden_size=32, n_layer=2, n_head=4)
    return _build(transformers.BloomForCausalLM, config)


def _build(kind, config):
    torch.manual_seed(0)
    return kind(config).eval()
