"""Switch attention heads off and see what a model can no longer do."""

from contextlib import contextmanager

import torch


@contextmanager
def without_heads(model, heads):
    """Inside this context the named heads of a Llama-like model add nothing: their results are set to zero.

    heads: (layer, head) pairs. The model is as before on the way out, also after an error.
    Raises ValueError for a pair the model does not have.

    >>> with without_heads(model, [(17, 3), (18, 6)]):                         # doctest: +SKIP
    ...     logits = model(ids).logits
    """
    layers = model.model.layers
    count = model.config.num_attention_heads
    for layer, head in heads:
        if layer not in range(len(layers)) or head not in range(count):
            raise ValueError(f"heads must be (0-{len(layers) - 1}, 0-{count - 1}) pairs; got ({layer}, {head}).")
    off = {layer: torch.zeros(count, dtype=torch.bool) for layer, _ in heads}
    for layer, head in heads:
        off[layer][head] = True
    hooks = []
    try:
        for layer, which in off.items():
            output = layers[layer].self_attn.o_proj  # its input holds the heads side by side
            hooks.append(output.register_forward_pre_hook(_zero(which)))
        yield model
    finally:
        for hook in hooks:
            hook.remove()


def _zero(which):
    def hook(_, inputs):
        (merged,) = inputs
        split = merged.unflatten(-1, (len(which), -1))
        return (split.masked_fill(which.to(merged.device)[:, None], 0).flatten(-2),)

    return hook
