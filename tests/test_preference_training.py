"""DPO on a small model: rows, log-probabilities, the adapter switched off, and a run that moves the margin."""

import pytest
import torch
from llmcourse.scratch.batch_answers import label_batch
from llmcourse.scratch.fine_tuning import train
from llmcourse.scratch.guard import guard_scores, request_features
from llmcourse.scratch.lora import lora_layers
from llmcourse.scratch.preference import answer_logps, dpo_loss
from llmcourse.scratch.preference_training import (
    TURN,
    adapt_top,
    adapter_off,
    answer_row,
    below_adapter,
    pair_batches,
    pair_logps,
    pair_rows,
    preference_step,
    reset_adapter,
    row_logps,
)
from tiny_models import tiny_llama


class Letters:
    """A tokenizer of single letters."""

    def __call__(self, text, add_special_tokens=True):
        return {"input_ids": [ord(letter) % 97 + 1 for letter in text]}


PAIRS = [{"prompt": f"say {word}", "chosen": word, "rejected": word * 2} for word in ("ab", "cd", "ef", "gh")]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return tiny_llama()


@pytest.fixture
def rows():
    return pair_rows(Letters(), PAIRS, turn="{}:", end=".")


def test_only_the_answer_and_the_end_of_its_turn_count():
    ids, labels = answer_row(Letters(), "hi", "yes", turn="{}:", end=".")
    assert len(ids) == 7 and labels[:3] == [-100] * 3 and labels[3:] == ids[3:]


def test_log_probabilities_are_those_of_answer_logps(model, rows):
    flat = [row for pair in rows for row in pair]
    ids, labels, mask = label_batch(flat, 0)
    wanted, lengths = answer_logps(model(input_ids=ids, attention_mask=mask).logits, labels)
    ours, counted = row_logps(model, flat)
    torch.testing.assert_close(ours, wanted, atol=1e-4, rtol=1e-5)
    assert counted.tolist() == lengths.tolist()
    torch.testing.assert_close(pair_logps(model, rows, batch=3), wanted.detach().view(-1, 2), atol=1e-4, rtol=1e-5)


def test_switched_off_the_model_is_the_reference(model, rows):
    before = pair_logps(model, rows)
    adapt_top(model, layers=1, rank=2, seed=3)
    first = {name: layer.A.clone() for name, layer in lora_layers(model).items()}
    assert list(lora_layers(model)) and all(".1." in name for name in lora_layers(model))
    torch.testing.assert_close(pair_logps(model, rows), before)
    for layer in lora_layers(model).values():
        layer.A.data.add_(0.1)
        layer.B.data.fill_(0.1)
    assert (pair_logps(model, rows) - before).abs().max() > 1e-3
    with adapter_off(model):
        torch.testing.assert_close(pair_logps(model, rows), before)
    assert (pair_logps(model, rows) - before).abs().max() > 1e-3
    reset_adapter(model, seed=3)
    torch.testing.assert_close(pair_logps(model, rows), before)
    assert all(layer.A.equal(first[name]) for name, layer in lora_layers(model).items())


def test_kept_states_below_the_adapter_change_no_number_and_no_gradient(model, rows):
    learning = adapt_top(model, layers=1, rank=2)
    for layer in lora_layers(model).values():
        layer.B.data.normal_(std=0.1)
    kept, gradients = below_adapter(model, rows, batch=3), []
    torch.testing.assert_close(pair_logps(model, kept, batch=3), pair_logps(model, rows))
    for each in (rows, kept):
        loss = preference_step(dpo_loss, anchor=0.5)(model, (each, torch.zeros(4, 2)))
        gradients.append(torch.autograd.grad(loss, learning))
    for whole, short in zip(*gradients, strict=True):
        torch.testing.assert_close(short, whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("layers", [0, 2])
def test_without_frozen_layers_below_there_is_nothing_to_keep(model, rows, layers):
    if layers:
        adapt_top(model, layers=layers)
    with pytest.raises(ValueError, match="adapter in its last layers alone; its lowest is in layer"):
        below_adapter(model, rows)


def test_a_run_raises_the_margin_and_begins_at_log_two(model, rows):
    adapt_top(model, layers=2, rank=4)
    reference, notes = pair_logps(model, rows), []
    batches = pair_batches(rows, reference, batch=2, epochs=5)
    losses = train(model, batches, steps=10, lr=0.02, loss=preference_step(dpo_loss, notes))
    assert losses[0] == pytest.approx(0.6931, abs=1e-3) and losses[-1] < losses[0]
    assert len(notes) == 10
    moved = pair_logps(model, rows) - reference
    assert (moved[:, 0] - moved[:, 1]).mean() > 0


def test_the_anchor_adds_the_cross_entropy_of_the_chosen_answers(model, rows):
    reference = pair_logps(model, rows)
    lengths = sum(label != -100 for chosen, _ in rows for label in chosen[1])
    plain, anchored = (
        preference_step(dpo_loss, anchor=weight)(model, (rows, reference)).item() for weight in (0.0, 0.5)
    )
    assert anchored - plain == pytest.approx(-0.5 * reference[:, 0].sum().item() / lengths, rel=1e-3)


def test_each_epoch_holds_every_pair_once(rows):
    batches = pair_batches(rows, torch.arange(8.0).view(4, 2), batch=3, epochs=2)
    assert [len(group) for group, _ in batches] == [3, 1, 3, 1]
    assert sorted(number for _, lines in batches[:2] for number in lines[:, 0].tolist()) == [0, 2, 4, 6]


def test_bad_input_is_named(model, rows):
    with pytest.raises(ValueError, match="layers must be 1 to 2; got 3"):
        adapt_top(model, layers=3)
    with pytest.raises(ValueError, match="reference must have a line for each of the 4 pairs; got 3"):
        pair_batches(rows, torch.zeros(3, 2))
    with pytest.raises(ValueError, match="layer must be 1 to 2; got 5"):
        request_features(model, Letters(), ["hello"], layer=5)
    with pytest.raises(ValueError, match="words must begin with different tokens"):
        guard_scores(model, Letters(), ["hello"], ["theft"], words=("yes", "yellow"))


def test_guards_do_not_depend_on_the_neighbours_in_a_batch(model):
    texts = ["hello", "a much longer request"]
    together = request_features(model, Letters(), texts, layer=1)
    assert together.shape == (2, 32)
    torch.testing.assert_close(together[:1], request_features(model, Letters(), texts[:1], layer=1))
    ids = torch.tensor([Letters()(TURN.format("hello"))["input_ids"]])
    states = model(ids, output_hidden_states=True).hidden_states
    torch.testing.assert_close(together[0], states[1][0, -1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_weights_of_16_bits_as_a_gpu_has_them_learn_too(model, rows, dtype):
    """A T4 gives float16 and a newer GPU bfloat16: the adapter and the log-probabilities stay in float32."""
    learning = adapt_top(model.to(dtype), layers=1, rank=4)
    assert {weights.dtype for weights in learning} == {torch.float32}
    kept = below_adapter(model, rows)
    reference = pair_logps(model, kept)
    assert kept[0][0][0].dtype == dtype and reference.dtype == torch.float32
    losses = train(model, pair_batches(kept, reference, epochs=15), 15, lr=0.05, loss=preference_step(dpo_loss))
    assert losses[0] == pytest.approx(0.6931, abs=0.02) and losses[-1] < losses[0] - 0.01, losses
    assert request_features(model, Letters(), ["hello"], layer=1).dtype == torch.float32
