"""Make a transformers model show its attention: weights, and the queries and keys they come from.

The model keeps its own eager attention function; it is only wrapped, so that what a Trace holds is what the model
computed. Models written before transformers' attention interface fall back to their plain eager mode.
"""

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

NAME = "llmcourse_visible"
BLOCK = 4_000_000  # weights that a block of queries has at most: 16 MB in float32
_listening = []  # (list for the seen layers, reader of blocks or None), the innermost last


@dataclass
class SeenLayer:
    """One call of a model's attention. query, key: (1, heads, tokens, size), as they meet (after RoPE), or None after
    forget(). count: of queries. like: where the model computes and in which type.
    """

    eager: object  # the model's own function
    module: object
    query: object
    key: object
    mask: object  # added to the scores, (1, 1 or heads, queries, keys), or None
    scaling: float
    extras: dict = field(default_factory=dict)  # what else the model's function is given

    def __post_init__(self):
        self.count, self.like = self.query.shape[2], {"device": self.query.device, "dtype": self.query.dtype}

    def forget(self):
        """Let go of query and key, for who holds them elsewhere."""
        self.query = self.key = None

    def attend(self, query, key, value, start, stop):
        """(output, weights) of the queries start … stop, which `query` holds, by the model's own function.

        Rows of attention do not depend on each other, so blocks of queries give what the whole gives.
        """
        cut = {name: _rows(extra, start, stop, self.count) for name, extra in self.extras.items()}
        mask = _rows(self.mask, start, stop, self.count)
        return self.eager(self.module, query, key, value, mask, scaling=self.scaling, **cut)


def block_rows(heads, keys, multiple=1):
    """How many queries go into one block: a multiple of `multiple`, at least that many."""
    return max(BLOCK // (heads * keys) // multiple, 1) * multiple


def _rows(extra, start, stop, count):
    """The rows of a mask or a bias; anything else as it is."""
    rows = getattr(extra, "ndim", 0) == 4 and extra.shape[2] == count
    return extra[:, :, start:stop] if rows else extra


def _attend(module, query, key, value, attention_mask, scaling=None, **kwargs):
    """The model's own eager attention, with what goes in noted on the way. Shapes (batch, heads, tokens, size)."""
    import torch

    eager = sys.modules[type(module).__module__].eager_attention_forward
    if not _listening:
        return eager(module, query, key, value, attention_mask, scaling=scaling, **kwargs)
    factor = float(query.shape[-1] ** -0.5 if scaling is None else scaling)
    layer = SeenLayer(eager, module, query.detach(), key.detach(), attention_mask, factor, kwargs)
    seen, read_block = _listening[-1]
    seen.append(layer)
    if read_block is None:
        return eager(module, query, key, value, attention_mask, scaling=scaling, **kwargs)
    outputs, rows = [], block_rows(query.shape[1], key.shape[2], read_block.multiple)
    for start in range(0, query.shape[2], rows):
        output, weights = layer.attend(query[:, :, start : start + rows], key, value, start, start + rows)
        read_block(layer, start, weights[0])
        outputs.append(output)
    return torch.cat(outputs, dim=1), None


def _register():
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, eager_mask

    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, eager_mask)


def can_be_seen(model):
    """Whether the model's attention goes through transformers' attention interface, so that it can be wrapped."""
    return any(hasattr(sys.modules.get(type(part).__module__), "eager_attention_forward") for part in model.modules())


@contextmanager
def visible_attention(model, read_block=None):
    """Inside this context every forward pass returns its attention weights; the list that is handed out gets one
    SeenLayer a call of attention. Dropout is off. The model's own implementation and mode are put back on the way out.

    read_block: read_block(layer, first query, weights (heads, queries, keys)) gets the weights block by block, and the
        model returns none, so that no more than a block of them exists. `read_block.multiple` divides each first query.

    >>> with visible_attention(model) as seen:                                 # doctest: +SKIP
    ...     model(ids, output_attentions=True)
    """
    _register()
    before = model.config._attn_implementation
    training = [part for part in model.modules() if part.training]
    seen = []
    listener = (seen, read_block)
    try:
        model.set_attn_implementation(NAME if can_be_seen(model) else "eager")
        model.eval()
        _listening.append(listener)
        yield seen
    finally:
        _listening[:] = [one for one in _listening if one is not listener]
        for part in training:
            part.training = True
        model.set_attn_implementation(before or "eager")
