"""How wrong a network is, in one number: mean squared error and cross-entropy from logits."""

import torch


def mse(outputs, targets):
    """The mean of the squared distances: the loss for numbers. Both of one shape; ValueError otherwise.

    >>> mse(torch.tensor([1.0, 4.0]), torch.tensor([1.0, 2.0]))
    tensor(2.)
    """
    if outputs.shape != targets.shape:
        raise ValueError(f"targets must have the shape of outputs, {tuple(outputs.shape)}; got {tuple(targets.shape)}.")
    return ((outputs - targets) ** 2).mean()


def log_softmax(logits):
    """Logarithms of the probabilities, without ever computing exp of a large number.

    logits: (…, classes). The largest is taken off first, which changes no probability.

    >>> log_softmax(torch.tensor([1000.0, 1000.0])).exp()
    tensor([0.5000, 0.5000])
    """
    shifted = logits - logits.amax(-1, keepdim=True)
    return shifted - shifted.exp().sum(-1, keepdim=True).log()


def cross_entropy(logits, targets):
    """The mean surprise, -log(probability of the right class): the loss for choices, in nats.

    logits: (examples, classes). targets: (examples,) whole numbers. Raises ValueError for other shapes.

    >>> cross_entropy(torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0]))
    tensor(0.4076)
    """
    if logits.ndim != 2 or targets.shape != logits.shape[:1]:
        raise ValueError(
            "logits must have the shape (examples, classes) and targets (examples,); got "
            f"{tuple(logits.shape)} and {tuple(targets.shape)}."
        )
    return -log_softmax(logits)[torch.arange(len(targets)), targets].mean()
