"""Exercise: SwiGLU: the feed-forward layer in which one product gates another."""

import torch

from ...exercise import Exercise, Mistake


def swiglu(x, gate, up, down):
    wide = x @ gate
    return (wide * wide.sigmoid() * (x @ up)) @ down


def sigmoid_gate(x, gate, up, down):
    return ((x @ gate).sigmoid() * (x @ up)) @ down


def relu_gate(x, gate, up, down):
    return ((x @ gate).relu() * (x @ up)) @ down


def silu_of_up(x, gate, up, down):
    return swiglu(x, up, gate, down)


def added(x, gate, up, down):
    return (torch.nn.functional.silu(x @ gate) + x @ up) @ down


def without_gate(x, gate, up, down):
    return torch.nn.functional.silu(x @ up) @ down


def without_activation(x, gate, up, down):
    return ((x @ gate) * (x @ up)) @ down


def silu_of_the_product(x, gate, up, down):
    return torch.nn.functional.silu((x @ gate) * (x @ up)) @ down


def make_layer(size, generator):
    width, hidden = size + 1, 2 * size + 1
    shapes = [(size, width), (width, hidden), (width, hidden), (hidden, width)]
    return tuple(torch.randn(shape, generator=generator) for shape in shapes)


EXERCISE = Exercise(
    name="transformer.swiglu",
    goal="SwiGLU: the feed-forward layer in which one product gates another.",
    solution=swiglu,
    cases=make_layer,
    mistakes=[
        Mistake(
            "sigmoid for SiLU",
            sigmoid_gate,
            "This gate runs from 0 to 1: it is GLU, the forefather. SiLU is z · sigmoid(z): multiply by z once more.",
        ),
        Mistake("ReLU for SiLU", relu_gate, "This is ReGLU. The Swi in SwiGLU is SiLU (or Swish): z · sigmoid(z)."),
        Mistake(
            "gate and up swapped",
            silu_of_up,
            "The SiLU stands on `x @ up`. It belongs to `x @ gate`; `x @ up` stays as it is.",
        ),
        Mistake("added", added, "A gate multiplies: SiLU of the gate times `x @ up`, number by number."),
        Mistake(
            "no gate",
            without_gate,
            "`gate` is not used: this is the old feed-forward layer with another activation.",
        ),
        Mistake("no SiLU", without_activation, "Both products are there, but the SiLU on the gate is missing."),
        Mistake(
            "SiLU of the product",
            silu_of_the_product,
            "The SiLU comes too late: it belongs to the gate alone, before the two are multiplied.",
        ),
    ],
    hint="Two products of `x`. SiLU of the first, z · sigmoid(z), times the second; then back with `down`.",
    second_hint="`wide = x @ gate`; `wide * wide.sigmoid()` is its SiLU. Multiply by `x @ up`, then `@ down`.",
    statement=(
        "`x` has the shape (tokens, width), `gate` and `up` (width, hidden), `down` (hidden, width). Return (tokens, "
        "width): SiLU(x·gate) ∘ (x·up), times `down`, where ∘ multiplies number by number and SiLU(z) = z · "
        "sigmoid(z). With width and hidden of 1, x = 2, gate = 1, up = 3, down = 1: SiLU(2) · 6 = 1.7616 · 6 = 10.57."
    ),
    difficulty=2,
    minutes=5,
)
