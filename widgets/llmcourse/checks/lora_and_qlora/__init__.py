"""Lesson 3.3: LoRA and QLoRA, from one low-rank update to a gated prefix."""

from . import count_parameters, dora_weight, gated_prefix, low_rank_layer, round_to_levels

EXERCISES = [
    low_rank_layer.EXERCISE,
    count_parameters.EXERCISE,
    dora_weight.EXERCISE,
    round_to_levels.EXERCISE,
    gated_prefix.EXERCISE,
]
