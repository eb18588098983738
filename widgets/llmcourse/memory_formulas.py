"""What a decoder-only model needs in memory, as formulas whose every factor has a name.

A part is a sum of terms, a term a product of [number, what it counts] factors; static/memory_formulas.js has the same
formulas, and tests/vectors/memory_calculator.json holds both to each other. Sources: LLM.int8() (Dettmers et al. 2022,
https://arxiv.org/abs/2208.07339), NF4 (QLoRA: Dettmers et al. 2023, https://arxiv.org/abs/2305.14314), Q4_0 (the
`gguf` package), 16 bytes a parameter in mixed precision (ZeRO: Rajbhandari et al. 2020,
https://arxiv.org/abs/1910.02054), 8-bit optimizers (Dettmers et al. 2022, https://arxiv.org/abs/2110.02861), LoRA (Hu
et al. 2021, https://arxiv.org/abs/2106.09685), activations counted a layer as Korthikanti et al. 2022 do
(https://arxiv.org/abs/2205.05198), gradient checkpointing (Chen et al. 2016, https://arxiv.org/abs/1604.06174).
"""

from math import ceil, prod

from .architecture_parts import model_parts

TASKS = {"run": "run it", "train": "train every weight", "lora": "train LoRA adapters"}
WEIGHTS = {
    "fp32": "fp32",
    "bf16": "16 bits (bf16, fp16)",
    "int8": "int8, a scale a row",
    "nf4": "4 bits, NF4",
    "q4_0": "4 bits, GGUF Q4_0",
}
CACHES = {"fp32": "fp32", "bf16": "16 bits", "fp8": "8 bits (fp8)"}
OPTIMIZERS = {"adamw": "AdamW", "adamw8": "AdamW, 8 bits", "momentum": "SGD with momentum", "sgd": "SGD"}
ATTENTION = {"flash": "fused (FlashAttention)", "eager": "eager (T × T scores)"}
_WIDE = {"fp32": 4, "bf16": 2, "fp8": 1}


def sizes_of(shape):
    """The numbers of a ModelShape that the formulas use. Raises ValueError for an encoder-decoder model.

    linear: weights in the blocks' matrices, rows their outputs, sides their inputs and outputs together, matrices how
    many; nf4_blocks: groups of 64 in them; gguf: weights in all matrices whose rows divide into 32.
    """
    if shape.encoder_layers:
        raise ValueError(f"{shape.name} has an encoder: MemoryCalculator needs a decoder-only model, such as 'gpt2'.")
    tree, conv = model_parts(shape), shape.layout == "gpt2"
    block = tree.find("block")
    inside = [sizes for name, sizes in _weights(block) if len(sizes) == 2]
    inside = [sizes[::-1] if conv else sizes for sizes in inside]  # (out, in)
    others = [sizes for name, sizes in _weights(tree, skip=block) if len(sizes) == 2]
    gguf = shape.layers * sum(map(prod, _in_blocks(inside))) + sum(map(prod, _in_blocks(others)))
    return {
        "parameters": tree.parameters,
        "tensors": len(tree.named_weights()),
        "linear": shape.layers * sum(map(prod, inside)),
        "rows": shape.layers * sum(out for out, _ in inside),
        "sides": shape.layers * sum(map(sum, inside)),
        "matrices": shape.layers * len(inside),
        "nf4_blocks": shape.layers * sum(ceil(prod(sizes) / 64) for sizes in inside),
        "gguf": gguf,
        "layers": shape.layers,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "head_size": shape.head_size,
        "width": shape.width,
        "mlp_width": shape.mlp_width,
        "vocabulary": shape.vocabulary,
        "context": shape.context,
        "gated": shape.activation == "SwiGLU",
    }


def memory_parts(sizes, settings):
    """The parts of the memory: a list of {key, name, terms}; see the module for what a term is.

    sizes: of `sizes_of`; settings: task, weights, cache, attention, optimizer (keys of the tables above), batch,
    length, rank and checkpointing.
    """
    task, trained = settings["task"], stored_as(settings)
    parts = [_part("weights", "Weights", _weight_terms(sizes, trained))]
    if task == "run":
        return [
            *parts,
            _part("cache", "KV cache", [_cache(sizes, settings)]),
            _part("activations", "Activations", _working(sizes, settings)),
        ]
    learned = _learned(sizes, settings)
    wide = 2 if task == "train" and trained == "bf16" else 4
    if task == "lora":
        parts.append(_part("adapters", "LoRA adapters", [[*learned, [4, "bytes"]]]))
    parts.append(_part("gradients", "Gradients", [[*learned, [wide, "bytes"]]]))
    if wide == 2:
        parts.append(_part("master", "fp32 master copy", [[*learned, [4, "bytes"]]]))
    parts.append(_part("optimizer", "Optimizer states", _optimizer(sizes, settings, learned)))
    return [*parts, _part("activations", "Activations", _saved(sizes, settings))]


def bytes_of(part):
    """The bytes of a part: the sum of its terms, each the product of its factors."""
    return sum(prod(number for number, _ in term) for term in part["terms"])


def stored_as(settings):
    """The number format of the weights: full training needs 16 bits at least, as rounded weights cannot move."""
    quantized = settings["weights"] not in ("fp32", "bf16")
    return "bf16" if settings["task"] == "train" and quantized else settings["weights"]


def _part(key, name, terms):
    return {"key": key, "name": name, "terms": [term for term in terms if term]}


def _weights(part, skip=None):
    """(name, sizes) of the weights in a part, a block's only once."""
    if part is skip:
        return []
    return [*part.weights, *(pair for child in part.children for pair in _weights(child, skip))]


def _in_blocks(matrices):
    return [sizes for sizes in matrices if sizes[1] % 32 == 0]


def _weight_terms(sizes, form):
    total, linear = sizes["parameters"], sizes["linear"]
    rest = [[total - linear, "other weights"], [2, "bytes"]]
    if form == "int8":
        return [
            [[linear, "weights in linear layers"], [1, "byte"]],
            [[sizes["rows"], "rows"], [4, "bytes of scale"]],
            rest,
        ]
    if form == "nf4":
        packed = [[ceil(linear / 2), "pairs of weights in linear layers"], [1, "byte"]]
        return [packed, [[sizes["nf4_blocks"], "blocks of 64"], [4, "bytes of scale"]], rest]
    if form == "q4_0":
        blocks = [[sizes["gguf"] // 32, "blocks of 32 weights"], [18, "bytes (16 and a scale of 2)"]]
        return [blocks, [[total - sizes["gguf"], "weights in vectors"], [4, "bytes"]]]
    return [[[total, "weights"], [_WIDE[form], "bytes"]]]


def _cache(sizes, settings):
    return [
        [2, "keys and values"],
        [sizes["layers"], "layers"],
        [sizes["kv_heads"], "KV heads"],
        [sizes["head_size"], "numbers a head"],
        [settings["batch"], "sequences"],
        [settings["length"], "tokens"],
        [_WIDE[settings["cache"]], "byte" if settings["cache"] == "fp8" else "bytes"],
    ]


def _learned(sizes, settings):
    """The factors whose product is the number of trained weights."""
    if settings["task"] == "lora":
        return [[settings["rank"], "rank"], [sizes["sides"], "inputs and outputs of the linear layers"]]
    return [[sizes["parameters"], "weights"]]


def _optimizer(sizes, settings, learned):
    tensors = 2 * sizes["matrices"] if settings["task"] == "lora" else sizes["tensors"]
    count = prod(number for number, _ in learned)
    steps = [[tensors, "tensors"], [4, "bytes of step count"]]
    if settings["optimizer"] == "adamw":
        return [[*learned, [2, "moments"], [4, "bytes"]], steps]
    if settings["optimizer"] == "adamw8":
        return [
            [*learned, [2, "moments"], [1, "byte"]],
            [[ceil(count / 256), "blocks of 256"], [2, "moments"], [4, "bytes of scale"]],
        ]
    if settings["optimizer"] == "momentum":
        return [[*learned, [1, "momentum"], [4, "bytes"]]]
    return [[[0, "SGD keeps nothing"]]]


def _element(settings):
    return 4 if stored_as(settings) == "fp32" else 2


def _working(sizes, settings):
    """What is alive at once in a forward pass over all tokens: the widest of MLP, attention and logits. An estimate."""
    width, queries, element = sizes["width"], sizes["heads"] * sizes["head_size"], _element(settings)
    tokens = [[settings["batch"], "sequences"], [settings["length"], "tokens"]]
    mlp = 4 * width + 3 * sizes["mlp_width"] if sizes["gated"] else 2 * width + 5 * sizes["mlp_width"]
    phases = [
        [[*tokens, [mlp, "numbers alive in an MLP"], [element, "bytes"]]],
        [[*tokens, [4 * width + 6 * queries, "numbers alive in attention"], [element, "bytes"]]],
        [[[settings["batch"], "sequences"], [sizes["vocabulary"], "logits"], [4, "bytes"]]],
    ]
    if settings["attention"] == "eager":
        wide = element + 8 if sizes["gated"] and element == 2 else 2 * element
        scores = [
            *tokens,
            [sizes["heads"], "heads"],
            [settings["length"], "scores"],
            [wide, "bytes (before and after softmax)"],
        ]
        phases[1].append(scores)
    return max(phases, key=lambda terms: bytes_of({"terms": terms}))


def _saved(sizes, settings):
    """What the forward pass saves for the backward pass. An estimate: without dropout, with transformers' blocks."""
    width, element, layers = sizes["width"], _element(settings), sizes["layers"]
    queries, keys = sizes["heads"] * sizes["head_size"], sizes["kv_heads"] * sizes["head_size"]
    gated, eager = sizes["gated"], settings["attention"] == "eager"
    tokens = [[settings["batch"], "sequences"], [settings["length"], "tokens"]]
    attention = 4 * queries if eager else 2 * queries + 2 * keys
    mlp = 4 * sizes["mlp_width"] if gated else 5 * sizes["mlp_width"]
    inside = (6 if gated else 4) * width + attention + mlp
    if settings["task"] == "lora":
        inside += settings["rank"] * sizes["matrices"] // layers
    # RMSNorm computes in fp32: in 16 bits its two inputs are kept at twice the size.
    numbers = inside + (2 * width if gated and element == 2 else 0)
    kept = [[1, "layer recomputed"]] if settings["checkpointing"] else [[layers, "layers"]]
    terms = [[*kept, *tokens, [numbers, "numbers saved a token"], [element, "bytes"]]]
    if eager:
        wide = 6 if gated and element == 2 else element
        terms.append([*kept, *tokens, [sizes["heads"], "heads"], [settings["length"], "scores"], [wide, "bytes"]])
    if settings["checkpointing"]:
        terms.append([[layers, "inputs of layers"], *tokens, [width, "numbers"], [element, "bytes"]])
    last = (3 if gated else 2) * width + (width if gated and element == 2 else 0)
    terms.append([*tokens, [last, "numbers of the final norm"], [element, "bytes"]])
    terms.append([*tokens, [sizes["vocabulary"], "logits"], [4, "bytes"]])
    return terms
