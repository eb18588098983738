"""Batched answers equal single ones; the loss of answers equals transformers' own; the last layers train alone."""

import pytest
import torch
from llmcourse.scratch.batch_answers import answer_loss, answers, label_batch, mean_answer_loss
from llmcourse.scratch.chat_templates import chatml
from llmcourse.scratch.top_layers import TopLayers, only_layers
from tiny_models import tiny_llama
from tiny_tokenizer import byte_tokenizer

ROWS = [([5, 6, 7, 8], [-100, -100, 7, 8]), ([9, 10], [-100, 10]), ([11, 12, 13], [-100, 12, 13])]


@pytest.fixture
def tiny():
    torch.manual_seed(0)
    return tiny_llama().eval()


def test_batches_change_no_answer(model, tokenizer):
    prompts = [chatml([{"role": "user", "content": text}], True) for text in ("Hi", "Name a colour of the rainbow.")]
    together = answers(model, tokenizer, prompts, max_new_tokens=5)
    assert together == [answers(model, tokenizer, [prompt], max_new_tokens=5)[0] for prompt in prompts]
    sampled = [answers(model, tokenizer, prompts, max_new_tokens=5, temperature=1.0, seed=3) for _ in range(2)]
    assert sampled[0] == sampled[1]


def test_answer_loss_is_the_models_own(tiny):
    ids, labels, mask = label_batch(ROWS, pad=0)
    with torch.no_grad():
        theirs = tiny(input_ids=ids, attention_mask=mask, labels=labels).loss
        assert torch.allclose(answer_loss(tiny, ids, labels, mask), theirs, atol=1e-5)


def test_mean_answer_loss_weighs_tokens(tiny):
    tokenizer = byte_tokenizer()
    tokenizer.pad_token_id = 0
    whole = mean_answer_loss(tiny, tokenizer, ["ab", "c"], ["xyz", "q"])
    parts = [mean_answer_loss(tiny, tokenizer, [p], [w]) for p, w in (("ab", "xyz"), ("c", "q"))]
    assert whole == pytest.approx((3 * parts[0] + parts[1]) / 4, abs=1e-5)
    together = mean_answer_loss(tiny, tokenizer, ["abcd", "abe"], ["xy", "z"])  # with a shared beginning
    with torch.no_grad():
        ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("abcdxy", "abez")]
        labels = [[-100] * (len(row) - count) + row[-count:] for row, count in zip(ids, (2, 1), strict=True)]
        whole = answer_loss(tiny, *label_batch(list(zip(ids, labels, strict=True)), pad=0)).item()
    assert together == pytest.approx(whole, abs=1e-5)


def test_prepared_rows_have_the_whole_models_loss(tiny):
    top = TopLayers(tiny, trained=1)
    with torch.no_grad():
        whole = answer_loss(tiny, *label_batch(ROWS, pad=0)).item()
    assert top.loss(top.prepare(ROWS, pad=0)) == pytest.approx(whole, abs=1e-5)
    assert tiny.config.num_hidden_layers == len(tiny.model.layers) == 2


def test_a_shared_beginning_changes_nothing(tiny):
    rows = [([3, 4, *ids], [-100, -100, *labels]) for ids, labels in ROWS]
    ready = TopLayers(tiny, trained=1).prepare(rows, pad=0, batch=2)
    alone = [TopLayers(tiny, trained=1).prepare([row], pad=0)[0] for row in rows]
    for (hidden, labels), (expected, wanted) in zip(ready, alone, strict=True):
        assert torch.allclose(hidden, expected, atol=1e-5) and labels.equal(wanted)


def test_each_row_is_read_as_it_is_alone(tiny):
    top = TopLayers(tiny, trained=1)
    ready = top.prepare(ROWS, pad=0)
    losses, shares = top.each(ready, batch=2)
    assert losses.tolist() == pytest.approx([top.loss([row]) for row in ready], abs=1e-5)
    top.train(ready, steps=60, lr=1e-2)
    assert top.each(ready)[1].tolist() == [1, 1, 1]
    assert all(0 <= share <= 1 for share in shares)


def test_only_the_last_layers_are_trained_and_can_be_set_back(tiny):
    before = {name: weight.clone() for name, weight in tiny.state_dict().items()}
    top = TopLayers(tiny, trained=1)
    ready = top.prepare(ROWS, pad=0)
    losses = top.train(ready, steps=25, lr=3e-3)
    assert top.loss(ready) < losses[0] - 0.5
    changed = {name for name, weight in tiny.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed and all(name.startswith("model.layers.1.") for name in changed)
    top.reset()
    assert all(torch.equal(weight, before[name]) for name, weight in tiny.state_dict().items())


def test_a_run_is_the_same_each_time(tiny):
    top = TopLayers(tiny, trained=1)
    ready = top.prepare(ROWS, pad=0)
    first = top.train(ready, steps=4, batch=2)
    top.reset()
    assert top.train(ready, steps=4, batch=2) == first


def test_layers_come_back_after_an_error(tiny):
    with pytest.raises(RuntimeError), only_layers(tiny, 0, 1, norm=False):
        raise RuntimeError
    assert len(tiny.model.layers) == 2 and not isinstance(tiny.model.norm, torch.nn.Identity)
    with pytest.raises(ValueError, match="trained must be 1 to 1"):
        TopLayers(tiny, trained=2)
