"""Exercise: What a layer of neurons gives for one input."""

import torch

from ...exercise import Exercise, Mistake


def layer_forward(inputs, weights, bias):
    return torch.tanh(weights @ inputs + bias)


def without_bias(inputs, weights, bias):
    return torch.tanh(weights @ inputs)


def without_activation(inputs, weights, bias):
    return weights @ inputs + bias


def bias_after_activation(inputs, weights, bias):
    return torch.tanh(weights @ inputs) + bias


def activation_on_inputs(inputs, weights, bias):
    return weights @ torch.tanh(inputs) + bias


def bias_as_factor(inputs, weights, bias):
    return torch.tanh(weights @ inputs * bias)


def make_layer(size, generator):
    inputs = torch.randn(size, generator=generator)
    return inputs, torch.randn(size + 1, size, generator=generator), torch.randn(size + 1, generator=generator)


EXERCISE = Exercise(
    name="neural_networks.layer_forward",
    goal="The outputs of a layer of tanh neurons for one input.",
    solution=layer_forward,
    cases=make_layer,
    mistakes=[
        Mistake(
            "no bias",
            without_bias,
            "Your neurons have no bias: with zeros as inputs all of them give 0. Add `bias` to the weighted sums.",
        ),
        Mistake(
            "no activation",
            without_activation,
            "These are the weighted sums. A layer without a bend is only a matrix: put the sums through `torch.tanh`.",
        ),
        Mistake(
            "bias after the activation",
            bias_after_activation,
            "The bias shifts the point at which the neuron wakes up, so it belongs to the sum, inside the "
            "tanh. Outside, "
            "outputs can leave the range from -1 to 1.",
        ),
        Mistake(
            "activation on the inputs",
            activation_on_inputs,
            "You bend the inputs. What is bent is the sum that each neuron makes of them.",
        ),
        Mistake(
            "bias as a factor",
            bias_as_factor,
            "The bias is added to the sum, not multiplied with it: it is the weight of an input that is always 1.",
        ),
    ],
    hint="Weighted sums of all neurons at once: `weights @ inputs`. Then the bias, then `torch.tanh`.",
    second_hint="`torch.tanh(…)` around everything: the product and the bias are inside.",
    statement=(
        "`inputs` has the shape (inputs,), `weights` (neurons, inputs), one row a neuron, `bias` (neurons,). "
        "Return what "
        "the layer gives: each neuron's weighted sum plus its bias, through `torch.tanh`. With zeros as inputs you get "
        "`torch.tanh(bias)`."
    ),
    difficulty=1,
    minutes=3,
)
