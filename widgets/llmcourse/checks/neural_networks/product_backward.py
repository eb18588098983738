"""Exercise: What a product hands back to its two factors."""

import torch

from ...exercise import Exercise, Mistake


def product_backward(a, b, a_grad, b_grad, out_grad):
    return a_grad + b * out_grad, b_grad + a * out_grad


def overwritten(a, b, a_grad, b_grad, out_grad):
    return b * out_grad, a * out_grad


def own_factor(a, b, a_grad, b_grad, out_grad):
    return a_grad + a * out_grad, b_grad + b * out_grad


def without_what_arrives(a, b, a_grad, b_grad, out_grad):
    return a_grad + b, b_grad + a


def slope_of_a_sum(a, b, a_grad, b_grad, out_grad):
    return a_grad + out_grad, b_grad + out_grad


def slopes_added(a, b, a_grad, b_grad, out_grad):
    return a_grad + b + out_grad, b_grad + a + out_grad


def make_product(size, generator):
    return tuple(torch.randn(size, 5, generator=generator).T)


EXERCISE = Exercise(
    name="neural_networks.product_backward",
    goal="The backward step of a product: each factor gets its share, and keeps what it had.",
    solution=product_backward,
    cases=make_product,
    mistakes=[
        Mistake(
            "overwritten",
            overwritten,
            "You forget the slope that came by other ways. A number that is used twice influences the loss twice: add.",
        ),
        Mistake(
            "own factor",
            own_factor,
            "If a grows by a little, a·b grows by b times that. Each factor's local slope is the other factor.",
        ),
        Mistake(
            "what arrives is missing",
            without_what_arrives,
            "That is only the local slope. The chain rule multiplies it by `out_grad`, the slope that arrives "
            "from above.",
        ),
        Mistake(
            "slope of a sum",
            slope_of_a_sum,
            "A sum hands `out_grad` on unchanged. A product hands each factor `out_grad` times the other factor.",
        ),
        Mistake(
            "slopes added instead of multiplied",
            slopes_added,
            "Along one way slopes are multiplied; only different ways to the same number are added.",
        ),
    ],
    hint="Local slope times what arrives, added to what is there. The local slope of `a` in `a * b` is `b`.",
    second_hint="The new slope of `a` is `a_grad + b * out_grad`.",
    statement=(
        "`out = a * b` has received its slope `out_grad`. `a_grad` and `b_grad` are what `a` and `b` have collected so "
        "far, from other places where they are used. Return the new `a_grad` and `b_grad`. For `a = 2, b = 3, a_grad = "
        "10, b_grad = 0, out_grad = 1` you get `(13, 2)`."
    ),
    difficulty=1,
    minutes=3,
)
