"""What tells one model from another, line by line: the rows of the comparison."""

from .architecture_parts import model_parts

SIXTEEN_BITS = 2  # bytes


def facts_of(shape):
    """The rows [name, text] of a ModelShape, in the same order for every model.

    >>> from llmcourse.model_shapes import PRESETS
    >>> facts_of(PRESETS["llama-3-8b"])[1]
    ['Normalisation', 'RMSNorm']
    """
    placed = "after each sum (post-norm)" if shape.layout == "marian" else "before each part (pre-norm)"
    heads = f"{shape.heads} heads of {shape.head_size}"
    groups = "" if shape.attention == "MHA" else f", {shape.kv_heads} for K and V"
    base = f", base {shape.rope_base:,.0f}" if shape.positions == "RoPE" else ""
    depth = f"{shape.layers}" + (f" + {shape.encoder_layers} in the encoder" if shape.encoder_layers else "")
    cache = 2 * shape.layers * shape.kv_heads * shape.head_size * SIXTEEN_BITS
    return [
        ["Parameters", f"{model_parts(shape).parameters:,}"],
        ["Normalisation", shape.norm],
        ["Norm stands", placed],
        ["MLP", f"{shape.activation}, {shape.mlp_width:,} wide"],
        ["Positions", shape.positions + base],
        ["Attention", f"{shape.attention}: {heads}{groups}"],
        ["Width", f"{shape.width:,}"],
        ["Blocks", depth],
        ["Context", f"{shape.context:,} tokens" if shape.context else "no fixed limit"],
        ["Vocabulary", f"{shape.vocabulary:,} tokens"],
        ["Output matrix", "tied to the embedding" if shape.tied else "its own"],
        ["KV cache, 16 bits", f"{cache / 1024:,.1f} KiB a token"],
        ["Source", shape.source],
    ]
