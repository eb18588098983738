"""The weights of trusted models under the names of ours, so that both can be compared number by number."""

import torch

_LAYER = {  # names in torch's nn.TransformerEncoderLayer and DecoderLayer -> ours
    "linear1": "mlp.wide",
    "linear2": "mlp.narrow",
    "norm1": "attention_norm",
}
_GPT2 = {  # names in a block of transformers' GPT-2 -> ours
    "ln_1": "attention_norm",
    "attn.c_attn": "attention.qkv_proj",
    "attn.c_proj": "attention.o_proj",
    "ln_2": "mlp_norm",
    "mlp.c_fc": "wide",
    "mlp.c_proj": "narrow",
}


def attention_weights_of(theirs, prefix=""):
    """The state of `encoder_decoder.Attention` from a torch nn.MultiheadAttention."""
    state = {}
    for kind in ("weight", "bias"):
        parts = getattr(theirs, f"in_proj_{kind}").detach().chunk(3)
        for name, part in zip("qkv", parts, strict=True):
            state[f"{prefix}{name}_proj.{kind}"] = part.clone()
        state[f"{prefix}o_proj.{kind}"] = getattr(theirs.out_proj, kind).detach().clone()
    return state


def block_weights_of(theirs, prefix=""):
    """The state of an EncoderBlock or DecoderBlock from torch's nn.TransformerEncoderLayer or DecoderLayer."""
    crossed = hasattr(theirs, "multihead_attn")
    names = _LAYER | ({"norm2": "cross_norm", "norm3": "mlp_norm"} if crossed else {"norm2": "mlp_norm"})
    state = attention_weights_of(theirs.self_attn, f"{prefix}attention.")
    if crossed:
        state |= attention_weights_of(theirs.multihead_attn, f"{prefix}cross.")
    for name, ours in names.items():
        for kind in ("weight", "bias"):
            state[f"{prefix}{ours}.{kind}"] = getattr(getattr(theirs, name), kind).detach().clone()
    return state


def gpt_weights_of(theirs):
    """The state of `gpt.GPT` from a GPT2LMHeadModel of transformers, which keeps its matrices transposed."""
    body = theirs.transformer
    state = {
        "embed.weight": body.wte.weight,
        "head.weight": body.wte.weight,
        "positions.weight": body.wpe.weight,
        "norm.weight": body.ln_f.weight,
        "norm.bias": body.ln_f.bias,
    }
    for number, block in enumerate(body.h):
        for name, ours in _GPT2.items():
            part = block.get_submodule(name)
            matrix = part.weight.T if part.weight.ndim == 2 else part.weight
            state |= {f"blocks.{number}.{ours}.weight": matrix, f"blocks.{number}.{ours}.bias": part.bias}
    return {name: value.detach().clone() for name, value in state.items()}


def llama_weights_of(theirs):
    """The state of `llama.Llama` from a LlamaForCausalLM of transformers, without a file between."""
    from .llama_files import LlamaConfig, weight_names

    state = theirs.state_dict()
    config = LlamaConfig.of(theirs.config.to_dict())
    weights = {ours: torch.cat([state[name] for name in names]) for ours, names in weight_names(config).items()}
    return config, weights if not config.tied else weights | {"head.weight": weights["embed.weight"]}
