"""A model as a tree of parts: for each its weights by name and shape, what comes out, and what one token costs.

The names are those of transformers' GPT2LMHeadModel, LlamaForCausalLM, MarianMTModel and T5ForConditionalGeneration.
Costs count matrix products only, a multiply and an add as two operations (Kaplan et al. 2020, appendix of
https://arxiv.org/abs/2001.08361), with all T (or S) tokens in view.
"""

from dataclasses import asdict, dataclass, replace
from math import prod

from .architecture_names import NAMES
from .architecture_words import WORDS

_TITLES = {"qkv": "Query, key, value"}  # the others are called by their key
RELATIVE_BUCKETS = 32  # T5's distances


@dataclass(frozen=True)
class Part:
    """One part of a model.

    key: its place in the tree, such as "decoder.block.attention.query". kind: what draws it, also its colour.
    weights: (name, sizes) each; "{n}" in a name stands for the layer. shape: what comes out; "B", "T" (or "S", of the
    source) stand for batch and length. flops: for one token, a fixed number and one for each token in view, whose
    count is `view`. repeat: how often it stands in a row. bypass: how many parts before it a residual goes around.
    """

    key: str
    name: str
    kind: str
    formula: str = ""
    says: str = ""
    weights: tuple = ()
    shape: tuple = ()
    flops: tuple = (0, 0)
    view: str = "T"
    repeat: int = 1
    bypass: int = 0
    children: tuple = ()

    @property
    def parameters(self):
        """Learned numbers in this part, with all its repeats."""
        own = sum(prod(sizes) for _, sizes in self.weights)
        return self.repeat * (own + sum(child.parameters for child in self.children))

    def flops_of_token(self, length, source=0):
        """Operations for one token with `length` tokens (and `source` source tokens) in view, all repeats."""
        view = length if self.view == "T" else source
        own = self.flops[0] + self.flops[1] * view
        return self.repeat * (own + sum(child.flops_of_token(length, source) for child in self.children))

    def named_weights(self, layers=1):
        """Every weight as (name, sizes), each layer's own."""
        layers *= self.repeat
        own = [(name.replace("{n}", str(n)), sizes) for n in range(layers) for name, sizes in self.weights]
        return own + [pair for child in self.children for pair in child.named_weights(layers)]

    def find(self, key):
        """The part with this key here or below, or None."""
        below = (child.find(key) for child in self.children)
        return self if self.key == key else next((part for part in below if part), None)

    def as_dict(self):
        """The tree as plain dictionaries and lists, for the page."""
        return asdict(self)


def _part(key, name, kind, words, **more):
    formula, says = WORDS[words]
    return Part(key, name, kind, formula, says, **more)


def model_parts(shape):
    """The tree of parts of a ModelShape, from token ids to logits.

    >>> from llmcourse.model_shapes import PRESETS
    >>> model_parts(PRESETS["gpt2"]).parameters
    124439808
    """
    names = NAMES[shape.layout]
    if not shape.encoder_layers:
        children = (*_inputs(shape, names, "T", owner=True), *_blocks(shape, names, "decoder"), _output(shape))
        return _part("model", shape.title, "model", "model", shape=("B", "T", shape.vocabulary), children=children)
    encoder = (*_inputs(shape, names, "S", owner=True), *_blocks(shape, names, "encoder"))
    decoder = (*_inputs(shape, names, "T", owner=False), *_blocks(shape, names, "decoder"), _output(shape))
    stacks = (
        _part(
            "encoder", "Encoder", "stack", "encoder", shape=("B", "S", shape.width), children=_below("encoder", encoder)
        ),
        _part(
            "decoder",
            "Decoder",
            "stack",
            "decoder",
            shape=("B", "T", shape.vocabulary),
            children=_below("decoder", decoder),
        ),
    )
    return _part("model", shape.title, "model", "model", shape=("B", "T", shape.vocabulary), children=stacks)


def _below(key, parts):
    """The same parts with `key` in front of every key."""
    return tuple(replace(part, key=f"{key}.{part.key}", children=_below(key, part.children)) for part in parts)


def _inputs(shape, names, length, owner):
    out, table = ("B", length, shape.width), (f"{names['embedding']}.weight", (shape.vocabulary, shape.width))
    name = "Token embedding" if owner else "Token embedding (shared)"
    yield _part("embedding", name, "embedding", "token embedding", shape=out, weights=(table,) if owner else ())
    if shape.positions == "learned":
        rows = (f"{names['positions']}.weight", (shape.context, shape.width))
        yield _part("positions", "Learned positions", "embedding", "learned positions", shape=out, weights=(rows,))
    if shape.positions == "sinusoidal":
        yield _part("positions", "Sinusoidal positions", "embedding", "sinusoidal positions", shape=out)
    if shape.positions == "relative bias":
        stack = "encoder" if owner else "decoder"
        name = f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        rows = (name, (RELATIVE_BUCKETS, shape.heads))
        bias = (shape.heads, length, length)
        yield _part("positions", "Relative position bias", "embedding", "relative bias", shape=bias, weights=(rows,))


def _blocks(shape, names, stack):
    length, layers = ("S", shape.encoder_layers) if stack == "encoder" else ("T", shape.layers)
    out, prefix, cross = ("B", length, shape.width), names[stack], stack == "decoder" and "cross" in names
    children = [
        *_sublayer(shape, names["self"], prefix, "attention", _attention(shape, names["self"], prefix, length), out)
    ]
    if cross:
        part = _attention(shape, names["cross"], prefix, "T", source=True)
        children += _sublayer(shape, names["cross"], prefix, "cross", part, out)
    norm, inside, linear = names["mlp"]
    place = "2" if cross else "1"
    mlp = (norm.replace("{mlp}", place), inside.replace("{mlp}", place), linear)
    children += _sublayer(shape, mlp, prefix, "mlp", _mlp(shape, mlp, prefix, length), out)
    block = _part("block", "Block", "block", "block", shape=out, repeat=layers, children=tuple(children))
    yield replace(block, children=_below("block", block.children))
    if f"{stack} norm" in names:
        yield _norm(shape, "norm", "Final ", names[f"{stack} norm"], out)


def _sublayer(shape, names, prefix, key, part, out):
    """A part with its norm, before it (pre-norm) or after the sum (post-norm, as in 2017), and its residual."""
    norm = _norm(shape, f"{key}_norm", "", prefix + names[0], out)
    if shape.layout == "marian":
        return (part, _part(f"{key}_add", "Add", "residual", "residual", shape=out, bypass=1), norm)
    return (norm, part, _part(f"{key}_add", "Add", "residual", "residual", shape=out, bypass=2))


def _norm(shape, key, name, weight, out):
    kind, sizes = shape.norm, (shape.width,)
    weights = [(f"{weight}.weight", sizes)] + ([(f"{weight}.bias", sizes)] if kind == "LayerNorm" else [])
    return _part(key, name + kind, "norm", kind, shape=out, weights=tuple(weights))


def _linear(key, weight, sizes, length, bias, words, kind="linear", conv=False):
    """A matrix of (out, in), as torch.nn.Linear stores it; GPT-2's Conv1D stores (in, out)."""
    weights = [(f"{weight}.weight", sizes[::-1] if conv else sizes)]
    weights += [(f"{weight}.bias", sizes[:1])] if bias else []
    work, out = (2 * prod(sizes), 0), ("B", length, sizes[0])
    return _part(key, _TITLES.get(key, key.title()), kind, words, shape=out, weights=tuple(weights), flops=work)


def _attention(shape, names, prefix, length, source=False):
    inside, linear = prefix + names[1], names[2]
    queries, shared, view = shape.heads * shape.head_size, shape.kv_heads * shape.head_size, "S" if source else length
    bias, fused = shape.attention_bias, "qkv" in linear
    outs = {"qkv": queries + 2 * shared, "query": queries, "key": shared, "value": shared}
    children = [
        _linear(
            key, inside + linear[key], (out, shape.width), length if key == "query" else view, bias, key, conv=fused
        )
        for key, out in outs.items()
        if key in linear
    ]
    if shape.positions == "RoPE":
        children.append(_part("rotation", "RoPE on Q and K", "step", "rotation", shape=("B", length, queries + shared)))
    words, work = "t5 scores" if shape.layout == "t5" else "scores", (0, 2 * queries)
    scores = ("B", shape.heads, length, view)
    children += [
        _part("scores", "Scores", "step", words, shape=scores, flops=work, view=view),
        _part("mix", "Weighted values", "step", "mix", shape=("B", length, queries), flops=work, view=view),
        _linear(
            "output", inside + linear["output"], (shape.width, queries), length, bias, "output projection", conv=fused
        ),
    ]
    key, name, words = (
        ("cross", "Cross attention", "cross attention") if source else ("attention", "Attention", "attention")
    )
    formula, says = WORDS[words]
    says += f" {shape.heads} heads of {shape.head_size} features"
    says += (
        "." if shape.attention == "MHA" else f"; {shape.kv_heads} for keys and values, which {_shared(shape)} share."
    )
    out, below = ("B", length, shape.width), _below(key, children)
    return Part(key, f"{name} ({shape.attention})", "attention", formula, says, shape=out, children=below)


def _shared(shape):
    return "all queries" if shape.kv_heads == 1 else f"{shape.heads // shape.kv_heads} queries each"


def _mlp(shape, names, prefix, length):
    inside, linear = prefix + names[1], names[2]
    wide, narrow, conv = (shape.mlp_width, shape.width), (shape.width, shape.mlp_width), shape.layout == "gpt2"
    children = [
        _linear(key, inside + linear[key], wide, length, shape.mlp_bias, key, "mlp", conv)
        for key in ("gate", "up")
        if key in linear
    ]
    children += [
        _part("activation", shape.activation, "step", shape.activation, shape=("B", length, shape.mlp_width)),
        _linear("down", inside + linear["down"], narrow, length, shape.mlp_bias, "down", "mlp", conv),
    ]
    out = ("B", length, shape.width)
    name, words = f"MLP ({shape.activation})", f"{shape.activation} MLP"
    return _part("mlp", name, "mlp", words, shape=out, children=_below("mlp", children))


def _output(shape):
    sizes = (shape.vocabulary, shape.width)
    tied, work = shape.tied, (2 * prod(sizes), 0)
    return _part(
        "output",
        "Output matrix (tied)" if tied else "Output matrix",
        "embedding",
        "tied output" if tied else "output",
        shape=("B", "T", shape.vocabulary),
        weights=() if tied else (("lm_head.weight", sizes),),
        flops=work,
    )
