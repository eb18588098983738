"""scratch/beam_search.py: the beams and scores of transformers' `generate(num_beams=…)`."""

import pytest
import torch
from llmcourse.scratch.beam_search import beam_search
from llmcourse.scratch.sampling import generate
from transformers import LlamaConfig, LlamaForCausalLM

VOCAB = 23


def random_model(seed):
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        initializer_range=1.0,  # far from flat, so that beams differ
        bos_token_id=None,
        eos_token_id=None,
    )
    return LlamaForCausalLM(config).eval()


def by_transformers(model, ids, beams, max_new_tokens, end_id, length_penalty):
    out = model.generate(
        torch.tensor([ids]),
        num_beams=beams,
        num_return_sequences=beams,
        max_new_tokens=max_new_tokens,
        eos_token_id=end_id,
        pad_token_id=VOCAB - 1,
        length_penalty=length_penalty,
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
    )
    return [
        (sequence[len(ids) :].tolist(), float(score))
        for sequence, score in zip(out.sequences, out.sequences_scores, strict=True)
    ]


def assert_same(ours, theirs, padding):
    assert len(ours) == len(theirs)
    for (new, score), (padded, expected) in zip(ours, theirs, strict=True):
        assert padded[: len(new)] == new
        assert set(padded[len(new) :]) <= padding, "transformers went on where ours ended"
        assert score == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("beams", "end_id", "length_penalty"), [(2, None, 1.0), (3, 2, 1.0), (4, 2, 0.0), (5, 4, 2.0), (2, 1, -1.0)]
)
def test_random_models(beams, end_id, length_penalty):
    ended = 0
    for seed in range(12):
        model, ids = random_model(seed), [3, 5, 7]
        ours = beam_search(model, ids, beams, 9, end_id, length_penalty)
        assert_same(ours, by_transformers(model, ids, beams, 9, end_id, length_penalty), {VOCAB - 1, end_id})
        ended += sum(len(new) < 9 for new, _ in ours)
    assert end_id is None or ended > 0, "no beam ended early: the test shows nothing about the end"


def test_the_embedded_model(model, tokenizer):
    ids = tokenizer("The capital of France is")["input_ids"]
    ours = beam_search(model, ids, beams=3, max_new_tokens=6, end_id=tokenizer.eos_token_id)
    theirs = by_transformers(model, ids, 3, 6, tokenizer.eos_token_id, 1.0)
    assert_same(ours, theirs, {VOCAB - 1, tokenizer.eos_token_id})


def test_one_beam_is_greedy_and_more_beams_never_score_worse_here():
    model = random_model(0)
    greedy_ids = generate(model, [3, 5], max_new_tokens=8)
    ((new, score),) = beam_search(model, [3, 5], beams=1, max_new_tokens=8)
    assert new == greedy_ids
    assert beam_search(model, [3, 5], beams=6, max_new_tokens=8)[0][1] >= score


def test_bad_arguments_are_explained():
    with pytest.raises(ValueError, match="at least 1"):
        beam_search(None, [1], beams=0, max_new_tokens=3)
    with pytest.raises(ValueError, match="ids is empty"):
        beam_search(None, [], beams=1, max_new_tokens=3)
