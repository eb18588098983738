"""The optimisers that train networks: SGD (and GD), momentum, RMSprop and Adam, equal to torch.optim step by step.

All of them turn each knob against its slope; they differ in what they remember of earlier slopes. A parameter is
anything with `data` and `grad`: a tensor of torch or a number of scratch/autograd.py.
"""

import math

import torch


class SGD:
    """Step against the slope: `data -= lr * grad`.

    Fed with the gradient of all examples it is gradient descent (GD, Cauchy 1847); with that of a minibatch it is
    *stochastic* gradient descent (Robbins and Monro 1951). parameters: a list. lr: the learning rate, above 0.
    A parameter whose grad is None rests. Raises ValueError for a learning rate or a memory out of range.

    >>> knob = torch.tensor([1.0], requires_grad=True)
    >>> knob.square().backward()
    >>> SGD([knob], lr=0.1).step()
    >>> round(knob.item(), 6)
    0.8
    """

    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = _within("lr", lr, 0, math.inf)
        self.taken = 0  # steps

    def zero_grad(self):
        """Forget the slopes of the last step, which would add up otherwise."""
        for parameter in self.parameters:
            parameter.grad = None if isinstance(parameter, torch.Tensor) else 0.0

    def step(self):
        """Turn every knob once."""
        self.taken += 1
        for place, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                parameter.data = parameter.data - self.lr * self.direction(place, parameter.grad)

    def direction(self, place, grad):
        """What is taken off the knob at this place, but for the learning rate."""
        return grad


class Momentum(SGD):
    """Keep rolling: the step is a sum of all earlier slopes that fades by `momentum` a step (Polyak 1964).

    Along a valley the slopes add up, across it they cancel.
    """

    def __init__(self, parameters, lr, momentum=0.9):
        super().__init__(parameters, lr)
        self.momentum = _within("momentum", momentum, 0, 1)
        self.velocity = [0.0] * len(self.parameters)

    def direction(self, place, grad):
        self.velocity[place] = self.momentum * self.velocity[place] + grad
        return self.velocity[place]


class RMSprop(SGD):
    """Give each knob a step of its own: divide by the usual size of its slopes (Tieleman and Hinton 2012).

    alpha: how much of the mean square is kept a step. eps: keeps the division finite where slopes are zero.
    """

    def __init__(self, parameters, lr=1e-2, alpha=0.99, eps=1e-8):
        super().__init__(parameters, lr)
        self.alpha, self.eps = _within("alpha", alpha, 0, 1), eps
        self.square = [0.0] * len(self.parameters)

    def direction(self, place, grad):
        self.square[place] = self.alpha * self.square[place] + (1 - self.alpha) * grad**2
        return grad / (self.square[place] ** 0.5 + self.eps)


class Adam(SGD):
    """Momentum and RMSprop in one, both freed of their start at zero (Kingma and Ba 2014).

    betas: how much of the mean slope and of the mean square is kept a step. After t steps the two means have seen only
    a share 1 - beta ** t of a whole mean, and are divided by it.
    """

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr)
        self.betas, self.eps = tuple(_within("betas", beta, 0, 1) for beta in betas), eps
        self.mean, self.square = [0.0] * len(self.parameters), [0.0] * len(self.parameters)

    def direction(self, place, grad):
        first, second = self.betas
        self.mean[place] = first * self.mean[place] + (1 - first) * grad
        self.square[place] = second * self.square[place] + (1 - second) * grad**2
        mean = self.mean[place] / (1 - first**self.taken)
        square = self.square[place] / (1 - second**self.taken)
        return mean / (square**0.5 + self.eps)


def minibatches(count, size, generator):
    """The places of all examples in a new random order, cut into batches: one epoch of SGD.

    count: how many examples there are. size: of a batch; the last may be smaller. generator: a torch.Generator.

    >>> [len(batch) for batch in minibatches(10, 4, torch.Generator())]
    [4, 4, 2]
    """
    return torch.randperm(count, generator=generator).split(size)


def _within(name, value, low, high):
    if not low <= value < high or (name == "lr" and value == 0):
        limits = "above 0" if name == "lr" else "0 or more and below 1"
        raise ValueError(f"{name} must be {limits}; got {value}.")
    return value
