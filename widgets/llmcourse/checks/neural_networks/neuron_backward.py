"""Exercise: The slopes of one neuron's loss, by the chain rule."""

import torch

from ...exercise import Exercise, Mistake


def neuron_backward(weights, bias, inputs, target):
    output = torch.tanh(weights @ inputs + bias)
    at_output = 2 * (output - target)
    at_sum = at_output * (1 - output**2)
    return at_sum * inputs, at_sum, at_sum * weights


def _slopes(at_sum, weights, inputs):
    return at_sum * inputs, at_sum, at_sum * weights


def without_tanh(weights, bias, inputs, target):
    output = torch.tanh(weights @ inputs + bias)
    return _slopes(2 * (output - target), weights, inputs)


def tanh_slope_of_the_sum(weights, bias, inputs, target):
    total = weights @ inputs + bias
    return _slopes(2 * (torch.tanh(total) - target) * (1 - total**2), weights, inputs)


def without_the_two(weights, bias, inputs, target):
    return tuple(slope / 2 for slope in neuron_backward(weights, bias, inputs, target))


def weights_and_inputs_swapped(weights, bias, inputs, target):
    return neuron_backward(weights, bias, inputs, target)[::-1]


def wrong_way(weights, bias, inputs, target):
    return tuple(-slope for slope in neuron_backward(weights, bias, inputs, target))


def bias_slope_of_one(weights, bias, inputs, target):
    to_weights, at_sum, to_inputs = neuron_backward(weights, bias, inputs, target)
    return to_weights, torch.ones_like(at_sum), to_inputs


def make_neuron(size, generator):
    weights, inputs = (torch.randn(size, generator=generator) / size**0.5 for _ in range(2))
    bias, target = torch.randn(2, generator=generator)
    return weights, bias, inputs, target


EXERCISE = Exercise(
    name="neural_networks.neuron_backward",
    goal="The slopes of a neuron's squared error for its weights, its bias and its inputs.",
    solution=neuron_backward,
    cases=make_neuron,
    mistakes=[
        Mistake(
            "the slope of tanh is missing",
            without_tanh,
            "The way from the loss to the sum leads through the tanh. Multiply by its slope there, 1 - output².",
        ),
        Mistake(
            "slope of tanh from the sum",
            tanh_slope_of_the_sum,
            "The slope of tanh is 1 minus the square of its *output*. You squared the sum that went in.",
        ),
        Mistake(
            "the factor 2 is missing",
            without_the_two,
            "The slope of a square d² is 2d. All your slopes are half of what they should be.",
        ),
        Mistake(
            "weights and inputs swapped",
            weights_and_inputs_swapped,
            "In a product each factor's slope is the *other* factor: a weight's is its input, an input's is "
            "its weight.",
        ),
        Mistake(
            "sign turned",
            wrong_way,
            "You took target - output. The loss falls as the output comes nearer, so its slope is 2 (output - target).",
        ),
        Mistake(
            "bias slope of one",
            bias_slope_of_one,
            "1 is the bias's local slope. The chain goes on: multiply it by the slope that arrives at the sum.",
        ),
    ],
    hint=(
        "Go backwards: slope at the output, times the slope of tanh gives the slope at the sum, "
        "and from there three ways."
    ),
    second_hint="`at_sum = 2 * (output - target) * (1 - output**2)`; the weights get `at_sum * inputs`.",
    statement=(
        "A neuron gives `output = tanh(weights @ inputs + bias)`, its loss is `(output - target) ** 2`. Return three "
        "slopes of the loss as a tuple: for `weights` (a vector), for `bias`, for `inputs` (a vector), in this order. "
        "Write the chain rule out, without `backward()`. With weights `[0.]`, bias 0, inputs `[2.]`, target 1 you get "
        "`([-4.], -2., [0.])`."
    ),
    difficulty=2,
    minutes=7,
)
