"""The bends between the layers: sigmoid, tanh, ReLU, GELU and SiLU, written out and equal to torch's."""

import math

import torch


def sigmoid(x):
    """Between 0 and 1: how open a gate is, or the probability of a yes.

    >>> sigmoid(torch.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """
    small = (-x.abs()).exp()  # never overflows
    return torch.where(x >= 0, 1 / (1 + small), small / (1 + small))


def tanh(x):
    """Between -1 and 1: a sigmoid stretched around zero.

    >>> tanh(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    return 2 * sigmoid(2 * x) - 1


def relu(x):
    """What is positive passes, the rest becomes zero (Nair and Hinton 2010).

    >>> relu(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return x.clamp(min=0)


def gelu(x, approximate="none"):
    """x times the probability that a standard normal number lies below x: a smooth ReLU (Hendrycks and Gimpel 2016).

    approximate: 'none' for the exact curve (BERT), 'tanh' for the formula that GPT-2 uses. Raises ValueError for
    another word. Source: https://arxiv.org/abs/1606.08415

    >>> gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate == "none":
        return x * (1 + torch.erf(x / math.sqrt(2))) / 2
    if approximate == "tanh":
        return x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    raise ValueError(f"approximate must be 'none' or 'tanh', not {approximate!r}.")


def silu(x):
    """x times its own sigmoid, also called swish: what Llama and the embedded model use.

    >>> silu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2689,  0.0000,  0.7311])
    """
    return x * sigmoid(x)
