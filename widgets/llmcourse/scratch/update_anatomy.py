"""Where a LoRA update lives and how much of it is needed: its size, its singular values, lower ranks, a random twin.

The product B A is as large as the weights, but its rank is small: its singular values come from two matrices as small
as the rank (QR of both factors), so that nothing of the size of the weights is taken apart.
"""

import contextlib

import torch

from .adapters import adapter_weights, set_adapter
from .lora import lora_layers


def factor_svd(A, B):
    """(left, singular, right) of the product B A: (outputs, rank), (rank,) the largest first, (rank, inputs).

    A: (rank, inputs), B: (outputs, rank), as in LoRALinear.

    >>> factor_svd(torch.tensor([[3.0, 4.0]]), torch.tensor([[2.0]]))[1]
    tensor([10.])
    """
    left, upper = torch.linalg.qr(B.detach().float())
    right, lower = torch.linalg.qr(A.detach().float().T)
    turned, singular, back = torch.linalg.svd(upper @ lower.T, full_matrices=False)
    return left @ turned, singular, back @ right.T


def singular_values(layer):
    """The singular values of a LoRALinear's update, (rank,), the largest first."""
    return layer.scale * factor_svd(layer.A, layer.B)[1]


def relative_size(layer):
    """||update|| / ||W|| of a LoRALinear (Frobenius norms): how far the weights were moved, seen by their size."""
    weights = layer.base.dequantize() if hasattr(layer.base, "dequantize") else layer.base.weight
    return float(singular_values(layer).norm() / weights.float().norm())


def nearest(A, B, rank):
    """The (A, B) whose product is the nearest of this rank to B A (Eckart and Young 1936); 0 gives zeros.

    >>> A, B = nearest(torch.tensor([[1.0, 0.0], [0.0, 3.0]]), torch.eye(2), rank=1)
    >>> (B @ A).round(decimals=4) + 0.0
    tensor([[0., 0.],
            [0., 3.]])
    """
    left, singular, right = factor_svd(A, B)
    kept = (torch.arange(len(singular), device=singular.device) < rank) * singular
    return right, left * kept


def random_twin(A, B, generator):
    """A random (A, B) with a product of the same size and shape as B A: what size alone does."""
    like_a, like_b = (torch.randn(each.shape, generator=generator).to(each.device) for each in (A, B))
    return like_a, like_b * (factor_svd(A, B)[1].norm() / factor_svd(like_a, like_b)[1].norm())


@contextlib.contextmanager
def changed_updates(model, change):
    """Inside, each LoRA layer's (A, B) is change(A, B); afterwards all is as it was.

    >>> with changed_updates(model, lambda A, B: nearest(A, B, rank=1)):                # doctest: +SKIP
    ...     mean_answer_loss(model, tokenizer, prompts, wanted)
    """
    kept = adapter_weights(model)
    try:
        for layer in lora_layers(model).values():
            changed = change(layer.A.detach(), layer.B.detach())
            layer.A.data, layer.B.data = (each.to(layer.A.dtype).contiguous() for each in changed)
        yield model
    finally:
        for layer in lora_layers(model).values():
            layer.A.data, layer.B.data = torch.empty_like(layer.A), torch.empty_like(layer.B)
        set_adapter(model, kept)
