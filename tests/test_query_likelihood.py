"""scratch/query_likelihood.py: a batch gives what one forward pass a passage gives, and a copied question wins."""

import copy

import pytest
import torch
from llmcourse.scratch.query_likelihood import PROMPT, query_log_likelihoods
from tiny_models import tiny_llama
from tiny_tokenizer import byte_tokenizer


@pytest.fixture(scope="module")
def pair():
    tokenizer = copy.deepcopy(byte_tokenizer())
    tokenizer.pad_token = tokenizer.eos_token = tokenizer.convert_ids_to_tokens(0)
    return tiny_llama(context=256), tokenizer


def test_a_batch_scores_as_each_passage_alone(pair):
    model, tokenizer = pair
    passages = ["Cats purr.", "A much longer passage about owls that hoot at night.", "x", "Dogs bark at cats."]
    scores = query_log_likelihoods(model, tokenizer, "Who purrs?", passages, batch=3)
    for passage, score in zip(passages, scores, strict=True):
        before = tokenizer(PROMPT.format(passage=passage))["input_ids"]
        asked = tokenizer(" Who purrs?")["input_ids"]
        with torch.inference_mode():
            logs = model(torch.tensor([before + asked])).logits[0].log_softmax(-1)
        places = range(len(before) - 1, len(before) + len(asked) - 1)
        expected = torch.stack([logs[place, token] for place, token in zip(places, asked, strict=True)]).mean()
        torch.testing.assert_close(score, expected, rtol=1e-4, atol=1e-4)


def test_slots_inside_passages_are_only_text(pair):
    hostile = query_log_likelihoods(*pair, "Who?", ["{passage} {0} {", "</s>"])
    assert torch.isfinite(hostile).all() and hostile.shape == (2,)


@pytest.mark.parametrize(("query", "passages"), [(" ", ["a"]), ("Who?", [])])
def test_an_empty_query_or_no_passage_is_named(pair, query, passages):
    with pytest.raises(ValueError, match="query must hold a word, and passages at least one text"):
        query_log_likelihoods(*pair, query, passages)
