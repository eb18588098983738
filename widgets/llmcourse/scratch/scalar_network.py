"""A multilayer perceptron of single numbers: neurons, layers and weights made of `Value`, nothing hidden."""

import random

from .autograd import Value


class Neuron:
    """A weighted sum of its inputs plus a bias, bent by an activation.

    weights: one Value an input. bias: a Value. activation: 'tanh', 'relu', 'sigmoid', or None for a straight line.
    """

    def __init__(self, inputs, activation, generator):
        self.weights = [Value(generator.gauss(0, inputs**-0.5)) for _ in range(inputs)]
        self.bias, self.activation = Value(0.0), activation

    def __call__(self, inputs):
        total = sum((weight * each for weight, each in zip(self.weights, inputs, strict=True)), self.bias)
        return getattr(total, self.activation)() if self.activation else total

    def parameters(self):
        """All its knobs: the weights, then the bias."""
        return [*self.weights, self.bias]


class ScalarMLP:
    """Build a whole network of numbers that you can read: layers of neurons, each fed with the layer before.

    sizes: how many inputs, then how many neurons each layer has; `[2, 8, 1]` has 2 · 8 + 8 + 8 + 1 = 33 knobs.
    activation: of all layers but the last, which gives plain sums. seed: of the weights.
    Called with a list of numbers it gives a list of Value. Raises ValueError for fewer than two sizes, one below 1, or
    an unknown activation.

    >>> network = ScalarMLP([2, 8, 1])
    >>> len(network.parameters()), len(network([1.0, -1.0]))
    (33, 1)
    """

    def __init__(self, sizes, activation="tanh", seed=0):
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must be two or more numbers of 1 or more, inputs first; got {sizes}.")
        if activation not in ("tanh", "relu", "sigmoid"):
            raise ValueError(f"activation must be 'tanh', 'relu' or 'sigmoid', not {activation!r}.")
        generator, last = random.Random(seed), len(sizes) - 2
        self.layers = [
            [Neuron(inputs, activation if place < last else None, generator) for _ in range(neurons)]
            for place, (inputs, neurons) in enumerate(zip(sizes, sizes[1:], strict=False))
        ]

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = [neuron(inputs) for neuron in layer]
        return inputs

    def parameters(self):
        """All knobs of the network, as one list of Value."""
        return [knob for layer in self.layers for neuron in layer for knob in neuron.parameters()]
