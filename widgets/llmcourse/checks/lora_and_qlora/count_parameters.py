"""Exercise: How many numbers LoRA of rank 16 trains in the query and value matrices of the embedded model."""

from ...exercise import Exercise, Mistake

EXERCISE = Exercise(
    name="lora_and_qlora.count_parameters",
    goal="How many numbers LoRA of rank 16 trains in the query and value matrices of the embedded model.",
    solution=30 * 16 * ((576 + 576) + (192 + 576)),
    mistakes=[
        Mistake(
            "whole matrices counted",
            30 * (576 * 576 + 192 * 576),
            "Those are the frozen matrices themselves. LoRA trains A (rank × inputs) and B (outputs × rank) beside "
            "each.",
        ),
        Mistake(
            "B forgotten",
            30 * 16 * (576 + 576),
            "You counted A of both matrices (16 × 576 each) and no B, or q_proj alone. Each matrix has A and B: "
            "rank × (outputs + inputs).",
        ),
        Mistake("one layer only", 16 * ((576 + 576) + (192 + 576)), "That is one layer. There are 30."),
        Mistake(
            "v_proj counted like q_proj",
            30 * 16 * 2 * (576 + 576),
            "With grouped-query attention v_proj has only 192 outputs: 3 value heads of 64.",
        ),
        Mistake(
            "the rank forgotten",
            30 * ((576 + 576) + (192 + 576)),
            "That is rank 1. Each of the 16 ranks has its own row of A and column of B.",
        ),
        Mistake(
            "A and B multiplied",
            30 * 16 * (576 * 576 + 192 * 576),
            "The product B A is as large as W, but it is never trained or stored. Add the sizes of A and B.",
        ),
    ],
    hint="A matrix with `outputs` rows and `inputs` columns gets rank × inputs numbers in A and outputs × rank in B.",
    second_hint="A layer has 16 × (576 + 576) for q_proj and 16 × (192 + 576) for v_proj.",
    worked="30 * 16 * ((576 + 576) + (192 + 576))  # 921,600",
    statement=(
        "The embedded model has 30 layers. In each, `q_proj` has 576 inputs and 576 outputs, `v_proj` 576 inputs and "
        "192 outputs. How many numbers does LoRA of **rank 16** train in all of them? (Of rank 1 in a single 4 × 3 "
        "matrix it would train 7.)"
    ),
    difficulty=1,
    minutes=3,
)
