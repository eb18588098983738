"""Exercise: The bytes of a matrix of 1,536 × 576 weights in Q4_1."""

from ...exercise import Exercise, Mistake

WEIGHTS = 1536 * 576

EXERCISE = Exercise(
    name="gguf_and_llama_cpp.matrix_bytes",
    goal="The bytes of a matrix of 1,536 × 576 weights in Q4_1.",
    solution=WEIGHTS // 32 * 20,
    mistakes=[
        Mistake(
            "scales and minima forgotten",
            WEIGHTS // 2,
            "That is four bits a weight. Each block of 32 also keeps a scale and a minimum, two bytes each.",
        ),
        Mistake(
            "minima forgotten",
            WEIGHTS // 32 * 18,
            "That is Q4_0, with a scale alone. Q4_1 keeps a minimum as well: two bytes more a block.",
        ),
        Mistake(
            "scales of four bytes",
            WEIGHTS // 32 * 24,
            "Scale and minimum are float16, two bytes each.",
        ),
        Mistake("a byte a weight", WEIGHTS // 32 * 36, "Two weights share a byte: 32 codes take 16 bytes."),
        Mistake("bits, not bytes", WEIGHTS * 5, "Five bits a weight is right; a byte has eight of them."),
    ],
    hint="How many blocks of 32 weights? How many bytes has one: two float16 numbers and 32 codes of 4 bits?",
    second_hint="1536 * 576 / 32 blocks of 2 + 2 + 16 bytes.",
    worked="1536 * 576 // 32 * (2 + 2 + 16)  # 552,960",
    statement=(
        "How many bytes has a matrix of 1,536 × 576 weights in Q4_1: blocks of 32 weights with a float16 scale, a "
        "float16 minimum, and 4 bits a weight? (In float16 it has 1,769,472.)"
    ),
    difficulty=1,
    minutes=3,
)
