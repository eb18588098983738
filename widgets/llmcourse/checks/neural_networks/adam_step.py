"""Exercise: One step of Adam."""

import torch

from ...exercise import Exercise, Mistake


def adam_step(knob, grad, mean, square, step, lr, eps):
    mean = 0.9 * mean + 0.1 * grad
    square = 0.999 * square + 0.001 * grad**2
    fair_mean = mean / (1 - 0.9**step)
    fair_square = square / (1 - 0.999**step)
    return knob - lr * fair_mean / (fair_square**0.5 + eps), mean, square


def _means(grad, mean, square, first=0.9, second=0.999):
    return first * mean + (1 - first) * grad, second * square + (1 - second) * grad**2


def _fair(mean, square, step, first=0.9, second=0.999):
    return mean / (1 - first**step), square / (1 - second**step)


def without_correction(knob, grad, mean, square, step, lr, eps):
    mean, square = _means(grad, mean, square)
    return knob - lr * mean / (square**0.5 + eps), mean, square


def betas_swapped(knob, grad, mean, square, step, lr, eps):
    mean, square = _means(grad, mean, square, 0.999, 0.9)
    fair_mean, fair_square = _fair(mean, square, step, 0.999, 0.9)
    return knob - lr * fair_mean / (fair_square**0.5 + eps), mean, square


def eps_inside_the_root(knob, grad, mean, square, step, lr, eps):
    mean, square = _means(grad, mean, square)
    fair_mean, fair_square = _fair(mean, square, step)
    return knob - lr * fair_mean / (fair_square + eps) ** 0.5, mean, square


def without_root(knob, grad, mean, square, step, lr, eps):
    mean, square = _means(grad, mean, square)
    fair_mean, fair_square = _fair(mean, square, step)
    return knob - lr * fair_mean / (fair_square + eps), mean, square


def corrected_means_kept(knob, grad, mean, square, step, lr, eps):
    moved, *means = adam_step(knob, grad, mean, square, step, lr, eps)
    return moved, *_fair(*means, step)


def uphill(knob, grad, mean, square, step, lr, eps):
    moved, mean, square = adam_step(knob, grad, mean, square, step, lr, eps)
    return 2 * knob - moved, mean, square


def mean_of_slopes_as_square(knob, grad, mean, square, step, lr, eps):
    mean = 0.9 * mean + 0.1 * grad
    square = 0.999 * square + 0.001 * grad.abs()
    fair_mean, fair_square = _fair(mean, square, step)
    return knob - lr * fair_mean / (fair_square**0.5 + eps), mean, square


def make_step(size, generator):
    knob, grad, mean = torch.randn(3, size, generator=generator)
    square = torch.rand(size, generator=generator) * (size > 1)
    return knob, grad, mean * (size > 1), square, size, 0.1, 0.05


EXERCISE = Exercise(
    name="neural_networks.adam_step",
    goal="One step of Adam: the new knob and its two memories.",
    solution=adam_step,
    cases=make_step,
    mistakes=[
        Mistake(
            "no bias correction",
            without_correction,
            "Both memories start at zero and are far too small in the first steps, the square more than the "
            "mean. Divide "
            "the mean by 1 - 0.9 ** step and the square by 1 - 0.999 ** step before you use them.",
        ),
        Mistake(
            "betas swapped",
            betas_swapped,
            "The mean of the slopes forgets quickly (0.9), the mean of their squares slowly (0.999). You have them the "
            "other way round.",
        ),
        Mistake(
            "eps inside the root",
            eps_inside_the_root,
            "eps is added after the root. Inside it, 1e-8 would become 1e-4 and slow every knob with small slopes.",
        ),
        Mistake(
            "no root",
            without_root,
            "The mean square has the unit of a slope squared. Take its root, or knobs with small slopes take "
            "giant steps.",
        ),
        Mistake(
            "corrected means kept",
            corrected_means_kept,
            "The knob is right, but you return the corrected memories. Corrected again in the next step, they "
            "would grow "
            "without reason: keep the uncorrected ones.",
        ),
        Mistake("uphill", uphill, "You add the step. The slope points uphill: take it off."),
        Mistake(
            "size of the slope instead of its square",
            mean_of_slopes_as_square,
            "The second memory averages grad ** 2, of which you take the root later.",
        ),
    ],
    hint="Four lines: two fading means, two corrections, and the step mean / (√square + eps).",
    second_hint="`square = 0.999 * square + 0.001 * grad**2`, then `square / (1 - 0.999**step)`, for the step only.",
    statement=(
        "`mean` and `square` are the memories of a knob, 0 before the first step; `step` counts from 1. Use the usual "
        "betas, 0.9 and 0.999. Return the new `knob`, `mean` and `square`, the memories as they are kept "
        "(uncorrected). "
        "In the first step the knob moves by `lr * grad / (|grad| + eps)`: nearly `lr`, however small the slope is."
    ),
    difficulty=3,
    minutes=8,
)
