"""Exercise: LLaMA-Adapter: attention to a learnt prefix, let in through a gate that begins at zero."""

import math

import torch

from ...exercise import Exercise, Mistake


def gated_prefix(scores, value, prefix_scores, prefix_value, gate):
    usual = scores.softmax(-1) @ value
    learnt = prefix_scores.softmax(-1) @ prefix_value
    return usual + math.tanh(gate) * learnt


def one_softmax(scores, value, prefix_scores, prefix_value, gate):
    weights = torch.cat([prefix_scores, scores], dim=-1).softmax(-1)
    return weights @ torch.cat([prefix_value, value])


def gate_without_tanh(scores, value, prefix_scores, prefix_value, gate):
    return scores.softmax(-1) @ value + gate * (prefix_scores.softmax(-1) @ prefix_value)


def no_gate(scores, value, prefix_scores, prefix_value, gate):
    return scores.softmax(-1) @ value + prefix_scores.softmax(-1) @ prefix_value


def gate_on_both(scores, value, prefix_scores, prefix_value, gate):
    return math.tanh(gate) * (scores.softmax(-1) @ value + prefix_scores.softmax(-1) @ prefix_value)


def gate_before_the_softmax(scores, value, prefix_scores, prefix_value, gate):
    return scores.softmax(-1) @ value + (math.tanh(gate) * prefix_scores).softmax(-1) @ prefix_value


def make_attention(size, generator):
    sizes = [(size, size + 1), (size + 1, 3), (size, 2), (2, 3)]
    gate = 0.5 + torch.rand(1, generator=generator).item()
    return *(torch.randn(each, generator=generator) for each in sizes), gate


EXERCISE = Exercise(
    name="lora_and_qlora.gated_prefix",
    goal="LLaMA-Adapter: attention to a learnt prefix, let in through a gate that begins at zero.",
    solution=gated_prefix,
    cases=make_attention,
    mistakes=[
        Mistake(
            "one softmax over prefix and text",
            one_softmax,
            "That is prefix tuning: the prefix takes its share from the text at once. Here the two have a softmax "
            "each, and the gate decides how much of the prefix comes in.",
        ),
        Mistake(
            "the gate without tanh",
            gate_without_tanh,
            "The gate counts as tanh(gate): zero at zero, and never more than one.",
        ),
        Mistake(
            "no gate",
            no_gate,
            "The prefix comes in at full strength from the first step. Multiply its part by tanh(gate), which is zero "
            "at first.",
        ),
        Mistake(
            "the gate on both parts",
            gate_on_both,
            "With the gate at zero, nothing at all would come out, and the model would be broken at the start. Only "
            "the prefix's part is gated.",
        ),
        Mistake(
            "the gate before the softmax",
            gate_before_the_softmax,
            "Scores of zero still give weights that sum to one, so a closed gate would let the prefix's mean in. Gate "
            "the result, not the scores.",
        ),
    ],
    hint="Two attentions with a softmax each: to the text, and to the prefix. Gate the second result, then add.",
    second_hint="`math.tanh(gate) * (prefix_scores.softmax(-1) @ prefix_value)` is what the gate lets in.",
    statement=(
        "`scores` (queries, tokens) and `prefix_scores` (queries, prefix) are scaled and masked already; `value` "
        "(tokens, features) and `prefix_value` (prefix, features) are what is looked up; `gate` is a number. Return "
        "(queries, features): attention to the text, plus tanh(gate) times attention to the prefix.\n\n"
        "Worked value: with gate = 0 the result is the attention to the text alone, whatever the prefix holds."
    ),
    difficulty=2,
    minutes=6,
)
