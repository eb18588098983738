"""LoRA adapters as files, in PEFT's own format: what `save_adapter` writes, PEFT loads, and the other way round.

A folder with adapter_config.json and adapter_model.safetensors, some megabytes for a model of hundreds.
"""

import json
from pathlib import Path

from ..atomic import write_atomically
from .lora import add_lora, lora_layers

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
PARTS = {"A": "lora_A.weight", "B": "lora_B.weight", "length": "lora_magnitude_vector"}  # ours -> PEFT's


def adapter_weights(model):
    """{PEFT's name: tensor} of all that a model's adapter has learnt; copies, so later steps do not change them."""
    found = {}
    for name, layer in lora_layers(model).items():
        for ours, theirs in PARTS.items():
            if (weights := getattr(layer, ours)) is not None:
                found[f"{PREFIX}{name}.{theirs}"] = weights.detach().clone()
    return found


def set_adapter(model, weights):
    """Swap the adapter of a model that `add_lora` prepared for these weights, as `adapter_weights` returns them.

    Raises ValueError, and changes nothing, where names or shapes do not fit.
    """
    there = {
        f"{PREFIX}{name}.{theirs}": getattr(layer, ours)
        for name, layer in lora_layers(model).items()
        for ours, theirs in PARTS.items()
        if getattr(layer, ours) is not None
    }
    if strange := sorted(set(there) ^ set(weights)):
        raise ValueError(f"weights must be those of the model's adapter; {strange[0]} stands only on one side.")
    for name, parameter in there.items():
        if parameter.shape != weights[name].shape:
            raise ValueError(
                f"weights must fit the model's adapter: {name} is {tuple(weights[name].shape)}, "
                f"the model has {tuple(parameter.shape)}."
            )
    for name, parameter in there.items():
        parameter.data.copy_(weights[name])


def save_adapter(model, folder):
    """Write the adapter of a model into `folder` (made when missing) in PEFT's format; returns the folder.

    Each file is written whole or not at all. Raises ValueError where the model has no LoRA layers.
    """
    from safetensors.torch import save

    layers = lora_layers(model)
    if not layers:
        raise ValueError("model must have LoRA layers: call add_lora first.")
    first = next(iter(layers.values()))
    config = {
        "peft_type": "LORA",
        "r": first.rank,
        "lora_alpha": first.scale * first.rank,
        "lora_dropout": first.dropout.p,
        "use_dora": first.length is not None,
        "target_modules": sorted({name.rpartition(".")[2] for name in layers}),
        "bias": "none",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": getattr(getattr(model, "config", None), "_name_or_path", None),
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.contiguous().cpu() for name, tensor in adapter_weights(model).items()}
    write_atomically(folder / WEIGHTS, save(weights, {"format": "pt"}))
    write_atomically(folder / CONFIG, (json.dumps(config, indent=1) + "\n").encode())
    return folder


def load_adapter(model, folder):
    """Add LoRA layers to a plain model as `folder` describes them, with its weights; returns the model.

    folder: written by `save_adapter` or by PEFT. Raises ValueError, which names the folder, where it holds no adapter
    or one that does not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    folder = Path(folder)
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = load((folder / WEIGHTS).read_bytes())
    except (OSError, ValueError, SafetensorError) as problem:
        raise ValueError(f"folder must hold {CONFIG} and {WEIGHTS}; {folder} does not ({problem}).") from problem
    targets = config["target_modules"]
    add_lora(model, config["r"], config["lora_alpha"], targets, config["lora_dropout"], config.get("use_dora", False))
    set_adapter(model, weights)
    return model
