"""What transformers calls each weight: GPT2LMHeadModel, LlamaForCausalLM, MarianMTModel, T5ForConditionalGeneration.

A sublayer is (its norm, what stands before its matrices, the matrices by their part). {n} is the layer.
"""

NAMES = {  # layout -> the names of its parts; {n} is the layer
    "gpt2": {
        "embedding": "transformer.wte",
        "positions": "transformer.wpe",
        "decoder": "transformer.h.{n}.",
        "self": ("ln_1", "attn.", {"qkv": "c_attn", "output": "c_proj"}),
        "mlp": ("ln_2", "mlp.", {"up": "c_fc", "down": "c_proj"}),
        "decoder norm": "transformer.ln_f",
    },
    "llama": {
        "embedding": "model.embed_tokens",
        "decoder": "model.layers.{n}.",
        "self": (
            "input_layernorm",
            "self_attn.",
            {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "o_proj"},
        ),
        "mlp": ("post_attention_layernorm", "mlp.", {"gate": "gate_proj", "up": "up_proj", "down": "down_proj"}),
        "decoder norm": "model.norm",
    },
    "marian": {
        "embedding": "model.shared",
        "encoder": "model.encoder.layers.{n}.",
        "decoder": "model.decoder.layers.{n}.",
        "self": (
            "self_attn_layer_norm",
            "self_attn.",
            {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "out_proj"},
        ),
        "cross": (
            "encoder_attn_layer_norm",
            "encoder_attn.",
            {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "out_proj"},
        ),
        "mlp": ("final_layer_norm", "", {"up": "fc1", "down": "fc2"}),
    },
    "t5": {
        "embedding": "shared",
        "encoder": "encoder.block.{n}.layer.",
        "decoder": "decoder.block.{n}.layer.",
        "self": ("0.layer_norm", "0.SelfAttention.", {"query": "q", "key": "k", "value": "v", "output": "o"}),
        "cross": ("1.layer_norm", "1.EncDecAttention.", {"query": "q", "key": "k", "value": "v", "output": "o"}),
        "mlp": ("{mlp}.layer_norm", "{mlp}.DenseReluDense.", {"up": "wi", "down": "wo"}),
        "encoder norm": "encoder.final_layer_norm",
        "decoder norm": "decoder.final_layer_norm",
    },
}
