"""Llama's folder as transformers writes it: config.json into a LlamaConfig, safetensors into the weights of Llama."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class LlamaConfig:
    """The numbers that fix a Llama: all its weights' shapes follow from them.

    width: features of a token; mlp_width: of the feed-forward layer; head_size: of a head. key_heads divides heads.
    context: the longest text. tied: the output matrix is the embedding. end_ids: tokens that end an answer.

    >>> LlamaConfig(vocabulary=10, width=8, layers=1, heads=2, key_heads=1, head_size=4, mlp_width=16).tied
    True
    """

    vocabulary: int
    width: int
    layers: int
    heads: int
    key_heads: int
    head_size: int
    mlp_width: int
    context: int = 2048
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5
    tied: bool = True
    end_ids: tuple = ()

    @classmethod
    def read(cls, folder):
        """The configuration of a folder with config.json. Raises ValueError where it is no plain Llama."""
        path = Path(folder) / "config.json"
        if not path.exists():
            raise ValueError(f"folder must hold config.json, as save_pretrained writes it; {folder} has none.")
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, said):
        """The configuration that a dictionary of transformers states. Raises ValueError where it is no plain Llama."""
        rope = said.get("rope_parameters") or said.get("rope_scaling") or {}
        kind = rope.get("rope_type", "default")
        if said.get("model_type") != "llama" or kind != "default" or said.get("attention_bias") or said.get("mlp_bias"):
            raise ValueError(
                "the configuration must be of a plain Llama, without biases and with RoPE not stretched; "
                f"this is a {said.get('model_type')!r} with RoPE {kind!r}."
            )
        heads, end = said["num_attention_heads"], said.get("eos_token_id")
        return cls(
            vocabulary=said["vocab_size"],
            width=said["hidden_size"],
            layers=said["num_hidden_layers"],
            heads=heads,
            key_heads=said.get("num_key_value_heads") or heads,
            head_size=said.get("head_dim") or said["hidden_size"] // heads,
            mlp_width=said["intermediate_size"],
            context=said["max_position_embeddings"],
            rope_base=float(rope.get("rope_theta") or said.get("rope_theta", 10_000.0)),
            norm_eps=said["rms_norm_eps"],
            tied=bool(said.get("tie_word_embeddings", False)),
            end_ids=tuple(end) if isinstance(end, list) else () if end is None else (end,),
        )


_BLOCK = {  # ours -> the names in the file, whose rows are put below each other
    "attention_norm": ["input_layernorm"],
    "attention.qkv_proj": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    "attention.o_proj": ["self_attn.o_proj"],
    "mlp_norm": ["post_attention_layernorm"],
    "mlp.gate_up_proj": ["mlp.gate_proj", "mlp.up_proj"],
    "mlp.down_proj": ["mlp.down_proj"],
}


def weight_names(config):
    """{our name: names in the file} of every weight.

    >>> config = LlamaConfig(vocabulary=10, width=8, layers=1, heads=2, key_heads=1, head_size=4, mlp_width=16)
    >>> weight_names(config)["blocks.0.mlp.gate_up_proj.weight"]
    ['model.layers.0.mlp.gate_proj.weight', 'model.layers.0.mlp.up_proj.weight']
    """
    names = {"embed.weight": ["model.embed_tokens.weight"], "norm.weight": ["model.norm.weight"]}
    if not config.tied:
        names["head.weight"] = ["lm_head.weight"]
    for layer in range(config.layers):
        for ours, theirs in _BLOCK.items():
            names[f"blocks.{layer}.{ours}.weight"] = [f"model.layers.{layer}.{name}.weight" for name in theirs]
    return names


def read_weights(folder, config, dtype=torch.float32):
    """The weights of a folder by our names, one at a time, so that the peak stays near the size of the model."""
    from safetensors import safe_open

    files = [safe_open(path, "pt") for path in sorted(Path(folder).glob("*.safetensors"))]
    where = {name: file for file in files for name in file.keys()}  # noqa: SIM118 (safe_open is no dict)
    weights = {}
    for ours, theirs in weight_names(config).items():
        if missing := [name for name in theirs if name not in where]:
            raise ValueError(f"folder must hold the weight {missing[0]}; its safetensors do not.")
        # cat copies: a weight that only pointed into the file would change with it.
        weights[ours] = torch.cat([where[name].get_tensor(name).to(dtype) for name in theirs])
    return weights
