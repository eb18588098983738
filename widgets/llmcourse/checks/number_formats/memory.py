"""Exercise: Bytes of the embedded model's linear layers in 4 bits, a scale for each group of 64."""

from ...exercise import Exercise, Mistake

EXERCISE = Exercise(
    name="number_formats.memory",
    goal="Bytes of the embedded model's linear layers in 4 bits, a 16-bit scale for each group of 64.",
    solution=106_168_320 * (4 + 16 / 64) / 8,
    mistakes=[
        Mistake("scales forgotten", 106_168_320 * 4 / 8, "Each group of 64 weights also keeps a scale of 16 bits."),
        Mistake("bits, not bytes", 106_168_320 * (4 + 16 / 64), "Those are bits. Eight of them make a byte."),
        Mistake(
            "a scale for each weight",
            106_168_320 * (4 + 16) / 8,
            "64 weights share one scale: each pays for a 64th of its 16 bits.",
        ),
        Mistake(
            "scales of 16 bytes",
            106_168_320 * 4 / 8 + 106_168_320 / 64 * 16,
            "A scale has 16 bits, which are 2 bytes.",
        ),
        Mistake(
            "scales of 32 bits",
            106_168_320 * (4 + 32 / 64) / 8,
            "The scales are kept in 16 bits, not in 32.",
        ),
    ],
    hint="What does one weight cost? Its own 4 bits and its share of the group's scale.",
    second_hint="4 + 16 / 64 bits a weight; times the weights; divided by 8.",
    worked="106_168_320 * (4 + 16 / 64) / 8  # 56,401,920",
    statement=(
        "The 210 linear layers of the embedded model hold 106,168,320 weights. They are kept in 4 bits, and each "
        "group of "
        "64 weights shares a scale of 16 bits. How many **bytes** is that, scales included? (In float32 it was "
        "424,673,280.)"
    ),
    difficulty=1,
    minutes=3,
)
