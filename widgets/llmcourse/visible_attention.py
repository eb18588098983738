"""Make a transformers model show its attention: weights, and the queries and keys they come from.

The model keeps its own eager attention function; it is only wrapped, so that what a Trace holds is what the model
computed. Models written before transformers' attention interface fall back to their plain eager mode.
"""

import sys
from contextlib import contextmanager

NAME = "llmcourse_visible"
_listening = []  # lists that want the (query, key, scaling) of each layer, the innermost last


def _attend(module, query, key, value, attention_mask, scaling=None, **kwargs):
    """The model's own eager attention, with query and key noted on the way. Shapes (batch, heads, tokens, size)."""
    if _listening:
        factor = query.shape[-1] ** -0.5 if scaling is None else scaling
        _listening[-1].append((query.detach(), key.detach(), float(factor)))
    eager = sys.modules[type(module).__module__].eager_attention_forward
    return eager(module, query, key, value, attention_mask, scaling=scaling, **kwargs)


def _register():
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, eager_mask

    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, eager_mask)


@contextmanager
def visible_attention(model):
    """Inside this context every forward pass returns its attention weights; the list that is handed out gets one
    (query, key, scaling) a layer. The model's own implementation is put back on the way out.

    >>> with visible_attention(model) as seen:                                 # doctest: +SKIP
    ...     model(ids, output_attentions=True)
    """
    _register()
    before = model.config._attn_implementation
    wrapped = any(
        hasattr(sys.modules.get(type(part).__module__), "eager_attention_forward") for part in model.modules()
    )
    seen = []
    try:
        model.set_attn_implementation(NAME if wrapped else "eager")
        _listening.append(seen)
        yield seen
    finally:
        if seen in _listening:
            _listening.remove(seen)
        model.set_attn_implementation(before or "eager")
