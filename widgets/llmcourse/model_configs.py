"""The sizes that a transformers configuration states, as a ModelShape: for a model that is no preset."""

from .model_shapes import ModelShape


def from_config(config, name="your model"):
    """The sizes that a transformers configuration states: GPT-2, Llama, Mistral, Marian or T5.

    Raises ValueError, naming what is supported, for another architecture or a variant with other weights.

    >>> from_config(transformers.GPT2Config()).layers                          # doctest: +SKIP
    12
    """
    kind = config.model_type
    readers = {"gpt2": _from_gpt2, "llama": _from_llama, "mistral": _from_llama, "marian": _from_marian, "t5": _from_t5}
    if kind not in readers:
        raise ValueError(f"config.model_type must be one of {', '.join(readers)}; got {str(kind)[:60]!r}.")
    sizes = {"name": name, "title": name, "vocabulary": config.vocab_size, "source": f"its {type(config).__name__}"}
    return ModelShape(**sizes, tied=bool(config.tie_word_embeddings), **readers[kind](config))


def _from_gpt2(config):
    if config.add_cross_attention:
        raise ValueError("a GPT-2 with cross attention is not supported: set add_cross_attention=False.")
    return {
        "layout": "gpt2",
        "width": config.n_embd,
        "layers": config.n_layer,
        "heads": config.n_head,
        "kv_heads": config.n_head,
        "head_size": config.n_embd // config.n_head,
        "mlp_width": config.n_inner or 4 * config.n_embd,
        "context": config.n_positions,
        "attention_bias": True,
        "mlp_bias": True,
    }


def _from_llama(config):
    heads = config.num_attention_heads
    return {
        "layout": "llama",
        "width": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": heads,
        "kv_heads": config.num_key_value_heads or heads,
        "head_size": getattr(config, "head_dim", None) or config.hidden_size // heads,
        "mlp_width": config.intermediate_size,
        "context": config.max_position_embeddings,
        "attention_bias": getattr(config, "attention_bias", False),
        "mlp_bias": getattr(config, "mlp_bias", False),
        "rope_base": float((getattr(config, "rope_parameters", None) or {}).get("rope_theta", 10_000.0)),
    }


def _from_marian(config):
    heads, mlp = config.decoder_attention_heads, config.decoder_ffn_dim
    if (config.encoder_attention_heads, config.encoder_ffn_dim) != (heads, mlp):
        raise ValueError("a Marian whose encoder and decoder differ in heads or MLP width is not supported.")
    return {
        "layout": "marian",
        "width": config.d_model,
        "layers": config.decoder_layers,
        "encoder_layers": config.encoder_layers,
        "heads": heads,
        "kv_heads": heads,
        "head_size": config.d_model // heads,
        "mlp_width": mlp,
        "context": config.max_position_embeddings,
        "attention_bias": True,
        "mlp_bias": True,
    }


def _from_t5(config):
    if config.is_gated_act:
        raise ValueError("a T5 with a gated MLP (T5 1.1, Flan-T5) is not supported: it has other weights than T5.")
    return {
        "layout": "t5",
        "width": config.d_model,
        "layers": config.num_decoder_layers,
        "encoder_layers": config.num_layers,
        "heads": config.num_heads,
        "kv_heads": config.num_heads,
        "head_size": config.d_kv,
        "mlp_width": config.d_ff,
        "context": getattr(config, "n_positions", 0),
    }
