"""Llama with one thing missing: the same weights, one line of the code changed. What is each line worth?

Each entry of CHANGES holds while `changed` is open and is put back afterwards. No weight moves.
"""

from contextlib import contextmanager
from unittest.mock import patch

import torch

from . import llama


def _no_rope(x, cos, signed_sin):
    return x


def _layer_norm(norm, x):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], norm.weight, eps=norm.eps)


def _no_norm(norm, x):
    return x * norm.weight


def _post_norm(block, x, rotation, **context):
    x = block.attention_norm(x + block.attention(x, rotation, **context))
    return block.mlp_norm(x + block.mlp(x))


def _no_residual(block, x, rotation, **context):
    x = block.attention(block.attention_norm(x), rotation, **context)
    return block.mlp(block.mlp_norm(x))


def _ungated(mlp, x):
    gate, up = mlp.gate_up_proj(x).chunk(2, dim=-1)
    return mlp.down_proj(torch.nn.functional.silu(up))


def _no_thinking(mlp, x):
    return torch.zeros_like(x)


CHANGES = {  # name: (object, name of its function, what stands there instead)
    "nothing": (llama, "rotate", llama.rotate),
    "no RoPE": (llama, "rotate", _no_rope),
    "no root mean square": (llama.RMSNorm, "forward", _no_norm),
    "no residual stream": (llama.Block, "forward", _no_residual),
    "norm behind, not before": (llama.Block, "forward", _post_norm),
    "no gate": (llama.SwiGLU, "forward", _ungated),
    "no feed-forward layers": (llama.SwiGLU, "forward", _no_thinking),
    "LayerNorm for RMSNorm": (llama.RMSNorm, "forward", _layer_norm),
}


@contextmanager
def changed(name):
    """While open, every Llama runs with one line changed; `name` is a key of CHANGES. Raises ValueError for another.

    >>> with changed("no RoPE"):
    ...     llama.rotate(torch.ones(1, 2), None, None)
    tensor([[1., 1.]])
    """
    if name not in CHANGES:
        raise ValueError(f"name must be one of {', '.join(map(repr, CHANGES))}; got {name!r}.")
    place, function, instead = CHANGES[name]
    with patch.object(place, function, instead):
        yield
