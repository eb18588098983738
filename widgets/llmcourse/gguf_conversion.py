"""Turn a Llama-type GGUF file into a folder that transformers loads in a second: exact float32 weights, tokenizer.

Tensor by tensor, so that the peak of memory stays far below the size of the model. The values are what llama.cpp
computes with: gguf's own dequantisation. GGUF: https://huggingface.co/docs/hub/gguf;
safetensors: https://huggingface.co/docs/safetensors
"""

import json
import re
import struct

NAMES = {  # the name in GGUF -> the name in transformers; inside a block without blk.<number>.
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
CONTROL_TOKEN = 3  # gguf.TokenType.CONTROL: a special token such as <|im_end|>


def convert(gguf_path, folder):
    """Write the model of `gguf_path` into the existing, empty `folder`, with a progress bar.

    The folder then holds model.safetensors (float32), config.json, generation_config.json, tokenizer.json,
    tokenizer_config.json and chat_template.jinja. Raises ValueError for a model that is not of the Llama type or
    whose tokenizer is not SmolLM's byte-level BPE, and OSError when the disk fills up.

    >>> convert("SmolLM2-135M-Instruct.Q4_1.gguf", folder)                     # doctest: +SKIP
    """
    from gguf import GGUFReader

    reader = GGUFReader(gguf_path)
    facts = {key: field.contents() for key, field in reader.fields.items() if not key.startswith("tokenizer.ggml.t")}
    if (kind := facts["general.architecture"]) != "llama":
        raise ValueError(f"gguf_path must hold a Llama-type model; {gguf_path} holds the type {kind!r}.")
    tied = not any(tensor.name == "output.weight" for tensor in reader.tensors)
    config = _config(facts, tied)
    write_weights(reader.tensors, config, folder / "model.safetensors")
    ids = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    _write_json(folder / "config.json", config)
    _write_json(folder / "generation_config.json", ids)
    _write_tokenizer(reader, facts, config, folder)


def _config(facts, tied):
    of = {key.removeprefix("llama."): value for key, value in facts.items()}
    heads = of["attention.head_count"]
    head_dim = of.get("rope.dimension_count", of["embedding_length"] // heads)
    end = of["tokenizer.ggml.eos_token_id"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "bos_token_id": of["tokenizer.ggml.bos_token_id"],
        "dtype": "float32",
        "eos_token_id": end,
        "head_dim": head_dim,
        "hidden_act": "silu",
        "hidden_size": of["embedding_length"],
        "intermediate_size": of["feed_forward_length"],
        "max_position_embeddings": of["context_length"],
        "mlp_bias": False,
        "num_attention_heads": heads,
        "num_hidden_layers": of["block_count"],
        "num_key_value_heads": of.get("attention.head_count_kv", heads),
        "pad_token_id": of.get("tokenizer.ggml.padding_token_id", end),
        # GGUF holds float32: 9.99999974e-06 was written as 1e-05, the shortest number that rounds to it.
        "rms_norm_eps": float(f"{of['attention.layer_norm_rms_epsilon']:.7g}"),
        "rope_parameters": {"rope_theta": of["rope.freq_base"], "rope_type": "default"},
        "tie_word_embeddings": tied,
        "use_cache": True,
        "vocab_size": of["vocab_size"],
    }


def write_weights(tensors, config, path):
    """Write GGUF `tensors` as float32 safetensors: a header of names, shapes and places, then the numbers."""
    import numpy as np
    from gguf.quants import dequantize
    from tqdm.auto import tqdm

    header, end = {"__metadata__": {"format": "pt"}}, 0
    for tensor in tensors:
        start, end = end, end + 4 * int(tensor.n_elements)
        shape = [int(size) for size in reversed(tensor.shape)]  # GGUF names the innermost dimension first
        header[_name(tensor.name)] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)  # the numbers start at a multiple of eight bytes
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    bar = tqdm(total=end, desc="Converting the model", unit="B", unit_scale=True, leave=False)
    with bar, open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for tensor in tensors:
            values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
            values = _halves(values, heads.get(tensor.name.split(".")[-2]))
            file.write(np.ascontiguousarray(values).data)
            bar.update(values.nbytes)


def _name(name):
    stem = name.removesuffix(".weight")
    if block := re.fullmatch(r"blk\.(\d+)\.(\w+)", stem):
        return f"model.layers.{block[1]}.{NAMES[block[2]]}.weight"
    return f"{NAMES[stem]}.weight"


def _halves(values, heads):
    """llama.cpp rotates neighbouring rows of a head (0 with 1), transformers row i with row i + half: reorder."""
    if not heads:
        return values
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _write_tokenizer(reader, facts, config, folder):
    """Byte-level BPE (Radford et al. 2019) that splits numbers into digits first, as SmolLM was trained."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    kind = facts["tokenizer.ggml.model"], facts.get("tokenizer.ggml.pre")
    if kind != ("gpt2", "smollm"):
        raise ValueError(f"gguf_path must hold SmolLM's tokenizer ('gpt2', 'smollm'); it holds {kind}.")
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in facts["tokenizer.ggml.merges"]]
    vocabulary = {token: position for position, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[config["bos_token_id"]],
        "eos_token": tokens[config["eos_token_id"]],
        "pad_token": tokens[config["pad_token_id"]],
        "model_max_length": config["max_position_embeddings"],
        "clean_up_tokenization_spaces": False,
    }
    if "tokenizer.ggml.unknown_token_id" in facts:
        settings["unk_token"] = tokens[facts["tokenizer.ggml.unknown_token_id"]]
    _write_json(folder / "tokenizer_config.json", settings)
    if template := facts.get("tokenizer.chat_template"):
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8", newline="\n")


def _write_json(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
