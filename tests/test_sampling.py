"""scratch/sampling.py: each rule against transformers' logits processors, generating against `generate`."""

import doctest
import math

import pytest
import torch
from llmcourse.scratch import sampling
from llmcourse.scratch.sampling import generate, greedy, process, process_steps, sample
from tiny_models import tiny_llama
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

IDS = torch.tensor([[1, 2, 2, 4], [0, 0, 3, 1]])
RULES = {
    "temperature": [(TemperatureLogitsWarper, sampling.temperature, value) for value in (0.1, 0.7, 2.5)],
    "top_k": [(TopKLogitsWarper, sampling.top_k, value) for value in (1, 3, 50, 100_000)],
    "top_p": [(TopPLogitsWarper, sampling.top_p, value) for value in (0.01, 0.5, 0.9, 0.999)],
    "min_p": [(MinPLogitsWarper, sampling.min_p, value) for value in (0.0, 0.01, 0.3, 1.0)],
    "typical": [(TypicalLogitsWarper, sampling.typical, value) for value in (0.05, 0.5, 0.95)],
}


def random_logits(kind, size):
    generator = torch.Generator().manual_seed(size)
    logits = torch.randn(2, size, generator=generator)
    return {
        "plain": logits,
        "peaked": logits * 12,
        "flat": torch.zeros(2, size),
        "ties": (logits * 2).round() / 2,
        "partly ruled out": logits.masked_fill(logits < -1, -math.inf),
        "half precision": logits.bfloat16(),
    }[kind]


@pytest.mark.parametrize("size", [5, 1_000, 49_152])
@pytest.mark.parametrize("kind", ["plain", "peaked", "flat", "ties", "partly ruled out", "half precision"])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_equals_transformers(rule, kind, size):
    logits = random_logits(kind, size)
    before = logits.clone()
    for theirs, ours, value in RULES[rule]:
        expected, got = theirs(value)(None, logits), ours(logits, value)
        assert torch.equal(got > -math.inf, expected > -math.inf), f"kept sets differ at {value}"
        assert torch.allclose(got.softmax(-1), expected.softmax(-1), atol=1e-5)
    assert torch.equal(logits, before), "the argument is left as it was"


@pytest.mark.parametrize("penalty", [0.5, 1.0, 1.3])
def test_repetition_penalty_equals_transformers(penalty):
    logits = random_logits("plain", 1_000)
    expected = RepetitionPenaltyLogitsProcessor(penalty)(IDS, logits)
    assert torch.allclose(sampling.repetition_penalty(logits, IDS, penalty), expected)


def test_presence_and_frequency_penalty_follow_the_formula_of_the_api():
    logits, ids = torch.zeros(5), [2, 2, 2, 4]
    assert sampling.presence_penalty(logits, ids, 0.5).tolist() == [0, 0, -0.5, 0, -0.5]
    assert sampling.frequency_penalty(logits, ids, 0.5).tolist() == [0, 0, -1.5, 0, -0.5]
    assert torch.equal(sampling.presence_penalty(logits, [], 0.5), logits)
    assert sampling.frequency_penalty(torch.zeros(2, 5), IDS, 1.0).tolist() == [[0, -1, -2, 0, -1], [-2, -1, 0, -1, 0]]


@pytest.mark.parametrize("shape", [(40,), (3, 40), (2, 3, 40)])
def test_leading_dimensions_are_independent(shape):
    logits = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    rules = [
        lambda rows: sampling.top_k(rows, 5),
        lambda rows: sampling.top_p(rows, 0.8),
        lambda rows: sampling.min_p(rows, 0.1),
        lambda rows: sampling.typical(rows, 0.8),
        lambda rows: sampling.repetition_penalty(rows, [1, 2], 2.0),
    ]
    for rule in rules:
        whole = rule(logits)
        single = torch.stack([rule(row) for row in logits.reshape(-1, 40)]).reshape(shape)
        assert torch.equal(whole, single)


def test_together_the_rules_work_in_the_order_of_transformers():
    settings = {
        "typical_p": 0.9,
        "min_p": 0.001,
        "top_p": 0.95,
        "top_k": 500,
        "temperature": 1.7,
        "repetition_penalty": 1.4,
    }
    logits = random_logits("plain", 1_000) * 3
    expected = RepetitionPenaltyLogitsProcessor(1.4)(IDS, logits)
    for processor in (
        TemperatureLogitsWarper(1.7),
        TopKLogitsWarper(500),
        TopPLogitsWarper(0.95),
        MinPLogitsWarper(0.001),
        TypicalLogitsWarper(0.9),
    ):
        expected = processor(None, expected)
    assert torch.equal(process(logits, IDS, **settings), expected)
    assert [name for name, _ in process_steps(logits, IDS, **settings)] == list(sampling.SETTINGS)


def test_off_changes_nothing_and_an_unknown_setting_is_named():
    logits = random_logits("plain", 5)
    assert torch.equal(process(logits, **sampling.SETTINGS), logits)
    with pytest.raises(TypeError, match="no setting topp"):
        process(logits, topp=0.9)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda x: sampling.temperature(x, 0), "above 0.*greedy"),
        (lambda x: sampling.temperature(x, -1.0), "above 0"),
        (lambda x: sampling.temperature(x, math.nan), "above 0"),
        (lambda x: sampling.top_k(x, 0), "at least 1"),
        (lambda x: sampling.top_k(x, 2.5), "whole number"),
        (lambda x: sampling.top_p(x, 0.0), "above 0"),
        (lambda x: sampling.top_p(x, 1.1), "at most at 1"),
        (lambda x: sampling.min_p(x, -0.1), "between 0 and 1"),
        (lambda x: sampling.typical(x, 0), "above 0"),
        (lambda x: sampling.repetition_penalty(x, [0], 0), "above 0"),
        (lambda x: sampling.repetition_penalty(x, [99], 1.2), "between 0 and 2"),
        (lambda x: sampling.presence_penalty(x, [0], math.inf), "finite"),
        (lambda x: sampling.top_p(x * math.nan, 0.5), "NaN"),
        (lambda x: greedy(torch.tensor([1.0, math.inf])), r"\+inf"),
        (lambda x: sample(torch.full((3,), -math.inf)), "every logit is -inf"),
    ],
)
def test_a_bad_argument_is_explained(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(torch.tensor([1.0, 2.0, 3.0]))


def test_draws_follow_the_distribution_and_the_seed():
    logits = torch.tensor([2.0, 1.0, -math.inf, 0.0])
    draws = sample(logits.expand(20_000, 4), torch.Generator().manual_seed(0))
    frequency = draws.bincount(minlength=4) / 20_000
    assert torch.allclose(frequency, logits.softmax(-1), atol=0.02)  # six standard deviations
    assert torch.equal(draws, sample(logits.expand(20_000, 4), torch.Generator().manual_seed(0)))
    assert sample(logits).shape == ()
    assert sample(logits.expand(2, 3, 4)).shape == (2, 3)


def test_generate_writes_what_transformers_writes():
    model, ids = tiny_llama(), [5, 6, 7]
    options = {"max_new_tokens": 12, "pad_token_id": 0, "eos_token_id": None, "bos_token_id": None}
    expected = model.generate(torch.tensor([ids]), do_sample=False, **options)[0, 3:].tolist()
    assert generate(model, ids, max_new_tokens=12) == expected

    torch.manual_seed(1)
    drawn = model.generate(torch.tensor([ids]), do_sample=True, temperature=1.5, top_k=0, top_p=0.8, **options)
    torch.manual_seed(1)
    ours = generate(model, ids, lambda logits, _: process(logits, temperature=1.5, top_p=0.8), max_new_tokens=12)
    assert ours == drawn[0, 3:].tolist()


def test_generate_stops_and_shows_the_process_all_ids():
    model, seen = tiny_llama(), []

    def watch(logits, ids):
        seen.append(list(ids))
        return logits

    new = generate(model, [5], watch, 10, torch.Generator().manual_seed(0), stop=lambda new: len(new) == 3)
    assert len(new) == 3
    assert seen == [[5], [5, *new[:1]], [5, *new[:2]]]
    assert generate(model, [5], max_new_tokens=0) == []
    with pytest.raises(ValueError, match="ids is empty"):
        generate(model, [])


def test_the_examples_in_the_docstrings_hold():
    failures, attempted = doctest.testmod(sampling)
    assert failures == 0
    assert attempted >= 10
