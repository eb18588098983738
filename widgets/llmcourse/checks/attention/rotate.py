"""Exercise: Turn each pair of features by its own angle, counter-clockwise: the heart of RoPE."""

import torch

from ...exercise import Exercise, Mistake


def rotate(x, angle):
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([x[:, 0] * cos - x[:, 1] * sin, x[:, 1] * cos + x[:, 0] * sin], dim=-1)


def rotated_clockwise(x, angle):
    return rotate(x, -angle)


def without_minus(x, angle):
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([x[:, 0] * cos + x[:, 1] * sin, x[:, 1] * cos + x[:, 0] * sin], dim=-1)


def only_multiplied(x, angle):
    return torch.stack([x[:, 0] * angle.cos(), x[:, 1] * angle.sin()], dim=-1)


def angle_added(x, angle):
    return x + angle[:, None]


def rotated_by_degrees(x, angle):
    return rotate(x, angle.deg2rad())


def make_pairs(size, generator):
    return torch.randn(size, 2, generator=generator), torch.arange(1, size + 1) * 0.7


EXERCISE = Exercise(
    name="attention.rotate",
    goal="Turn each pair of features by its own angle, counter-clockwise: the heart of RoPE.",
    solution=rotate,
    cases=make_pairs,
    mistakes=[
        Mistake(
            "clockwise",
            rotated_clockwise,
            "The minus stands at the wrong place: you turn the other way. The first feature is "
            "x cos − y sin, the second y cos + x sin.",
        ),
        Mistake(
            "no minus",
            without_minus,
            "Without the minus the length changes, so it is no rotation. The first feature is x cos − y sin.",
        ),
        Mistake(
            "each feature for itself",
            only_multiplied,
            "A rotation mixes the two features: each new one needs both old ones.",
        ),
        Mistake(
            "angle added",
            angle_added,
            "Adding shifts the point. Turning keeps its length: use cos and sin of the angle.",
        ),
        Mistake("degrees", rotated_by_degrees, "The angles are in radians already, as cos and sin want them."),
    ],
    hint="(1, 0) must go to (cos, sin), and (0, 1) to (−sin, cos). Each pair has its own angle.",
    second_hint=(
        "The first feature is `x[:, 0] * cos - x[:, 1] * sin`. Which sum is the second? Join both with "
        "`torch.stack(…, dim=-1)`."
    ),
    statement=(
        "`x` has the shape (n, 2), `angle` the shape (n,), in radians. Turn each pair counter-clockwise by "
        "its own angle. `[1, 0]` turned by π/2 is `[0, 1]`."
    ),
    difficulty=2,
    minutes=5,
)
