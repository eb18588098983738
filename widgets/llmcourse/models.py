"""load_model(): the embedded model, a hub model or a local folder, ready to look inside."""

import difflib
import os
import textwrap
from pathlib import Path

from . import embedded_model
from .loading_bars import without_loading_bars
from .machine import choose_device, choose_dtype, describe_machine
from .model_error import ModelError

__all__ = ["ModelError", "describe_machine", "load_model"]
EMBEDDED = embedded_model.NAME


def load_model(name=EMBEDDED, device="auto", dtype="auto", attn="eager"):
    """A causal language model in evaluation mode, and its tokenizer: (model, tokenizer).

    name: "smollm2-135m" (the default: SmolLM2-135M-Instruct out of a Python package, no hub, no account), a hub id
        such as "org/name", a folder that save_pretrained wrote, or a .gguf file.
    device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:1" or "mps".
    dtype: "auto" (float32 on a CPU, float16 or bfloat16 on a GPU: see machine.choose_dtype) or its name.
    attn: "eager" shows its attention weights; "sdpa" is faster; others as transformers names them.

    Raises ModelError, in one sentence, when the model cannot be had or run here, and ValueError for an argument that
    is not one of these.

    >>> model, tokenizer = load_model()                                        # doctest: +SKIP
    >>> model.config.num_hidden_layers                                         # doctest: +SKIP
    30
    """
    device = choose_device(device)
    how = {"dtype": choose_dtype(dtype, device), "attn_implementation": _checked_attention(attn)}
    if not isinstance(name, str | os.PathLike):
        raise TypeError(f"name must be the name of a model or a folder; got {type(name).__name__}.")
    name = os.fspath(name)
    if name == EMBEDDED:
        model, tokenizer = _load_embedded(how)
    elif (path := Path(name).expanduser()).exists() or _looks_like_path(name):
        model, tokenizer = _load_path(path, how)
    else:
        model, tokenizer = _load_from_hub(name, how)
    if tokenizer.pad_token is None:  # GPT-2 and others have none, and batches need one
        tokenizer.pad_token = tokenizer.eos_token
    if model.generation_config.pad_token_id is None:
        model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model.to(device), tokenizer


def _checked_attention(attn):
    from transformers import AttentionInterface

    known = ["eager", *AttentionInterface().valid_keys()]
    if attn not in known:
        likely = difflib.get_close_matches(str(attn), known, n=1)
        hint = f" (did you mean {likely[0]!r}?)" if likely else ""
        raise ValueError(f"attn must be 'eager', 'sdpa' or another attention of transformers; got {attn!r}{hint}.")
    return attn


def _load(source, how, **where):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with without_loading_bars():
            tokenizer = AutoTokenizer.from_pretrained(source, **where)
            return AutoModelForCausalLM.from_pretrained(source, **how, **where), tokenizer
    except ImportError as error:  # an attention or a tokenizer that has its own package
        raise ModelError(f"{source} with attn={how['attn_implementation']!r}: {_in_one_line(error)}") from error


def _load_embedded(how):
    folder = embedded_model.prepare()
    try:
        return _load(folder, how, local_files_only=True)
    except ModelError:
        raise
    except Exception:
        # Damage that left sizes and times as they were. Whole files mean another cause, which the caller should see.
        repaired = embedded_model.prepare(thorough=True)
        return _load(repaired, how, local_files_only=True)


def _looks_like_path(name):
    return name.startswith((".", "~", "/", os.sep)) or Path(name).is_absolute() or name.endswith(".gguf")


def _load_path(path, how):
    if not path.exists():
        raise ModelError(f"There is no folder {path}: name one that save_pretrained wrote, or {EMBEDDED!r}.")
    folder, packed = (path, sorted(path.glob("*.gguf"))) if path.is_dir() else (path.parent, [path])
    where = {"local_files_only": True}
    if path.is_file() and path.suffix != ".gguf":
        raise ModelError(f"{path} is a file: name the folder it lies in, or a .gguf file.")
    if not (path.is_dir() and (path / "config.json").is_file()):
        if len(packed) != 1:
            raise ModelError(
                f"The folder {path} holds no model: it needs config.json with the weights and tokenizer beside it (as "
                "save_pretrained writes them), or exactly one .gguf file."
            )
        where["gguf_file"] = packed[0].name
    try:
        return _load(folder, how, **where)
    except ModelError:
        raise
    except Exception as error:  # whatever transformers, tokenizers and safetensors say of a damaged folder
        raise ModelError(f"The model in {path} cannot be loaded: {_in_one_line(error)}") from error


def _load_from_hub(name, how):
    from huggingface_hub import errors, model_info

    if "/" not in name and difflib.get_close_matches(name.lower(), [EMBEDDED], cutoff=0.8):
        raise ModelError(f"There is no model {name!r}: did you mean {EMBEDDED!r}, the embedded model?")
    where = {}
    try:
        model_info(name, timeout=10)  # one quick question: loading would retry an unreachable hub for a minute
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ModelError(
            f"There is no model {name!r}, neither as a folder here nor on the hub: name {EMBEDDED!r} (the embedded "
            "model), a public hub id such as 'org/name', or a folder; a private model needs `hf auth login` first."
        ) from error
    except Exception:
        where["local_files_only"] = True  # offline: perhaps it was loaded before
    try:
        return _load(name, how, **where)
    except ModelError:
        raise
    except Exception as error:
        if where:
            raise ModelError(
                f"The hub cannot be reached, and {name!r} is not in its cache here: go online (is HF_HUB_OFFLINE "
                f"set?), or take the embedded model, which needs no hub: load_model({EMBEDDED!r})."
            ) from error
        if isinstance(error, errors.GatedRepoError) or isinstance(error.__cause__, errors.GatedRepoError):
            raise ModelError(
                f"The hub model {name!r} is gated: accept its terms on its page, run `hf auth login` and load it again."
            ) from error
        raise ModelError(f"The hub model {name!r} cannot be loaded: {_in_one_line(error)}") from error


def _in_one_line(error):
    return textwrap.shorten(str(error), 300, placeholder=" …") or type(error).__name__
