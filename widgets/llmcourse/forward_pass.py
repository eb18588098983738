"""One forward pass of a transformers model, read into the fields of a Trace.

Where all weights fit in memory they are those that the model returns (output_attentions); for longer texts they are
reduced block by block and computed again on demand (attention_on_demand.py).
"""

import inspect
import math
import re

from .attention_stack import AttentionStack
from .tracing import Trace
from .visible_attention import can_be_seen, visible_attention

WHOLE = 300_000_000  # bytes of float32 weights that a trace holds: 512 tokens of 270 heads are 283 MB
_RETURNED = ("logits", "attentions", "hidden_states", "decoder_hidden_states") + tuple(
    f"{name}_attentions" for name in ("encoder", "decoder", "cross")
)
_CROSS = re.compile(r"cross|encoder_attn|encdec|enc_dec", re.IGNORECASE)


def one_stack_trace(model, source, segments, text, attention_only):
    """The Trace of a model that reads one text: `source` is (tokens, ids)."""
    import torch

    tokens, ids = source
    inputs = {"input_ids": torch.tensor([ids], device=model.device)}
    if segments is not None:
        inputs["token_type_ids"] = torch.tensor([segments], device=model.device)
    ids_of = {"self": (ids, ids)}
    out, found = _run(model, inputs, ids_of, attention_only)
    hidden = None if attention_only else _stacked_tensors(list(out.pop("hidden_states")))
    fields = _stack_fields(model, found, "self", out.pop("attentions"))
    logits = out.pop("logits")
    if attention_only or logits is None or logits.shape[:2] != (1, len(ids)):  # a classifier scores the whole text
        logits = None
    return Trace(
        tokens=tokens,
        ids=ids,
        hidden=hidden,
        logits=None if logits is None else logits[0].float().cpu(),
        text=text,
        **fields,
    )


def encoder_decoder_trace(model, source, target, text, attention_only):
    """The Trace of a model with an encoder for `source` and a decoder for `target`, each (tokens, ids)."""
    import torch

    (tokens, ids), (target_tokens, target) = source, target
    inputs = {
        "input_ids": torch.tensor([ids], device=model.device),
        "decoder_input_ids": torch.tensor([target], device=model.device),
    }
    ids_of = {"encoder": (ids, ids), "decoder": (target, target), "cross": (target, ids)}
    out, found = _run(model, inputs, ids_of, attention_only)
    hidden = None if attention_only else _stacked_tensors(list(out.pop("decoder_hidden_states")))
    logits = None if attention_only else out.pop("logits")
    texts = {"encoder": (tokens, tokens), "cross": (target_tokens, tokens)}
    others = {
        name: AttentionStack(
            name=name,
            query_tokens=texts[name][0],
            key_tokens=texts[name][1],
            query_ids=ids_of[name][0],
            key_ids=ids_of[name][1],
            **_stack_fields(model, found, name, out.pop(f"{name}_attentions")),
        )
        for name in texts
    }
    return Trace(
        tokens=target_tokens,
        ids=target,
        hidden=hidden,
        logits=None if logits is None else logits[0].float().cpu(),
        text=text,
        **_stack_fields(model, found, "decoder", out.pop("decoder_attentions")),
        **others,
    )


def _run(model, inputs, ids_of, attention_only):
    """(what the model returns, {name of the stack: (its SeenLayers, its HeadReducer or None)})."""
    import torch

    heads = _head_count(model)
    reducers = {}
    if can_be_seen(model) and 4 * heads * sum(len(asking) * len(asked) for asking, asked in ids_of.values()) > WHOLE:
        from .attention_on_demand import HeadReducer

        reducers = {name: HeadReducer(*ids_of[name], name == "cross", heads * len(ids_of)) for name in ids_of}
    stack_of = _stack_namer(model, len(ids_of) > 1)

    def read_block(layer, start, weights):
        reducers[stack_of(layer.module)].add(start, weights)

    read_block.multiple = math.lcm(*(reducer.pool for reducer in reducers.values()))
    takes = inspect.signature(model.forward).parameters
    options = {"output_attentions": not reducers, "output_hidden_states": not attention_only, "return_dict": True}
    if "use_cache" in takes or any(one.kind is one.VAR_KEYWORD for one in takes.values()):
        options["use_cache"] = False
    if attention_only and "logits_to_keep" in takes:
        options["logits_to_keep"] = 1
    with torch.inference_mode(), visible_attention(model, read_block if reducers else None) as seen:
        out = model(inputs.pop("input_ids"), **inputs, **options)
    found = {name: ([], reducers.get(name)) for name in ids_of}
    for layer in seen:
        found[stack_of(layer.module)][0].append(layer)
    return {name: getattr(out, name, None) for name in _RETURNED}, found


def _head_count(model):
    """How many heads all layers of one stack have, as the model's configuration says."""
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    heads = getattr(config, "num_attention_heads", None)
    return int(getattr(config, "num_hidden_layers", None) or 1) * (heads if isinstance(heads, int) else 1)


def _stack_namer(model, several):
    """A function that names the stack to which an attention module belongs."""
    if not several:
        return lambda module: "self"
    names = {id(module): name for name, module in model.named_modules()}
    encoder = {id(module) for module in model.get_encoder().modules()}

    def name_of(module):
        if id(module) in encoder:
            return "encoder"
        return "cross" if _CROSS.search(names[id(module)].rsplit("decoder.", 1)[-1]) else "decoder"

    return name_of


def _stack_fields(model, found, name, returned):
    """The fields that an AttentionStack and a Trace share, of the stack called `name`."""
    seen, reducer = found[name]
    weights = [one for one in returned or [] if one is not None]
    returned = None  # or it would hold every layer while they are copied
    if reducer is None and not weights:
        raise RuntimeError(
            f"{type(model).__name__} returned no attention weights. Load it again with attn='eager': "
            "load_model(name, attn='eager')."
        )
    fields, count = {}, len(seen) if reducer else len(weights)
    fields["layer_numbers"] = _layer_numbers(model, seen, count)
    if seen and len(seen) == count and len({layer.scaling for layer in seen}) == 1:
        fields["bias"], fields["note"], fields["scaling"] = distance_biases(seen), _note(seen), seen[0].scaling
        queries, keys = [layer.query for layer in seen], [layer.key for layer in seen]
        for layer in seen:
            layer.forget()
        fields["queries"], fields["keys"] = _stacked_tensors(queries), _stacked_tensors(keys)
    if reducer is None:
        fields["attention"] = _stacked_tensors(weights)
        ahead = any(bool(layer.triu(1).any()) for layer in fields["attention"])
    elif "queries" in fields:
        from .attention_on_demand import AttentionOnDemand

        fields["attention"] = AttentionOnDemand(seen, fields["queries"], fields["keys"], reducer)
        ahead = reducer.ahead
    else:
        raise RuntimeError(f"{type(model).__name__} scales its layers differently: its attention needs a shorter text.")
    return fields | {"causal": name != "cross" and not ahead}


def _layer_numbers(model, seen, count):
    """The model's numbers of the layers with attention; None when all layers have it."""
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    if len(seen) != count or count == getattr(config, "num_hidden_layers", count):
        return None
    names = {id(module): name for name, module in model.named_modules()}
    numbers = [re.search(r"\.(\d+)\.", names[id(layer.module)]) for layer in seen]
    numbers = [int(number[1]) for number in numbers] if all(numbers) else None
    return None if numbers == list(range(count)) else numbers


def distance_biases(seen):
    """What each layer adds to its scores, where that depends on the distance alone: see AttentionStack.bias.

    seen: SeenLayers. Returns (layers, 1 or heads, queries + keys - 1) float32, or None.
    """
    import torch

    known = {}
    for layer in seen:
        added = (layer.mask, layer.extras.get("position_bias"))
        if tuple(map(id, added)) not in known:
            known[tuple(map(id, added))] = _distance_bias(added, layer.query.shape[2], layer.key.shape[2])
    biases = [known[id(layer.mask), id(layer.extras.get("position_bias"))] for layer in seen]
    if any(bias is None for bias in biases):
        return None
    heads = max(len(bias) for bias in biases)
    return torch.stack([bias.expand(heads, -1) for bias in biases])


def _distance_bias(added, queries, keys):
    import torch

    total = torch.zeros(1, queries + keys - 1)
    for matrix in added:
        if matrix is None:
            continue
        matrix = matrix[0, :, :, :keys].detach().cpu().expand(-1, queries, -1)
        if matrix.dtype == torch.bool:
            matrix = torch.zeros(matrix.shape).masked_fill(~matrix, -torch.inf)
        if matrix.shape[-1] != keys or not torch.equal(matrix[:, 1:, 1:], matrix[:, :-1, :-1]):
            return None
        by_distance = torch.cat([matrix[:, :, 0].flip(-1), matrix[:, 0, 1:]], dim=-1).float()
        total = total + by_distance.masked_fill(by_distance <= torch.finfo(matrix.dtype).min / 2, -torch.inf)
    return total


def _note(seen):
    """What a model does to its scores besides adding to them, in words."""
    if any(layer.extras.get("softcap") for layer in seen):
        return "The model caps its scores before the softmax (soft-capping)."
    if any(layer.extras.get("s_aux") is not None for layer in seen):
        return "A part of each row goes to a learned sink beside the keys, so a row sums to less than one."
    return ""


def _stacked_tensors(parts):
    """Tensors (1, …) as one float32 tensor (parts, …) on the CPU; each part is let go as soon as it is copied."""
    import torch

    whole = torch.empty((len(parts), *parts[0].shape[1:]), dtype=torch.float32)
    for place in range(len(parts)):
        whole[place], parts[place] = parts[place][0], None
    return whole
