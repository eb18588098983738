"""Lesson 1.3: neural networks, from one layer to the moment when training should end."""

from . import adam_step, cross_entropy, dropout, early_stopping, layer_forward, neuron_backward, product_backward

EXERCISES = [
    layer_forward.EXERCISE,
    cross_entropy.EXERCISE,
    neuron_backward.EXERCISE,
    product_backward.EXERCISE,
    adam_step.EXERCISE,
    dropout.EXERCISE,
    early_stopping.EXERCISE,
]
