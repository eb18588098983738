"""Prompt tuning, prefix tuning and LLaMA-Adapter against PEFT's, and what each does to a frozen model."""

import peft
import pytest
import torch
from llmcourse.scratch.batch_answers import answer_loss, label_batch
from llmcourse.scratch.fine_tuning import train
from llmcourse.scratch.soft_prompts import LlamaAdapter, PrefixTuning, PromptTuning, tuned_loss
from tiny_gguf import tiny_model

BATCH = label_batch([([1, 2, 3, 4, 9], [-100, -100, 3, 4, 9]), ([5, 6, 7], [-100, 6, 7])], pad=0)
START = [3, 1, 4, 1]


def tuned(kind, model):
    if kind is LlamaAdapter:
        return LlamaAdapter(model, count=4, layers=1)
    return kind(model, START)


@pytest.mark.parametrize("kind", [PromptTuning, PrefixTuning, LlamaAdapter])
def test_only_its_own_parameters_learn(kind):
    model = tiny_model()
    before = [weights.clone() for weights in model.parameters()]
    adapted = tuned(kind, model)
    names = {name for name, weights in adapted.named_parameters() if weights.requires_grad}
    assert names <= {"prompt", "prefix", "prompts", "gates"}
    losses = train(adapted, [BATCH], steps=25, lr=0.1, loss=tuned_loss)
    assert losses[-1] < losses[0] - 0.05
    assert all(map(torch.equal, model.parameters(), before))


def test_prompt_tuning_is_pefts():
    ours = PromptTuning(tiny_model(), START)
    config = peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4)
    theirs = peft.get_peft_model(tiny_model(), config)
    theirs.prompt_encoder["default"].embedding.weight.data.copy_(ours.prompt.detach())
    same_loss(ours, theirs)


def test_prefix_tuning_is_pefts():
    ours = PrefixTuning(tiny_model(), START)
    config = peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4)
    theirs = peft.get_peft_model(tiny_model(), config)
    # ours: (layers, 2, heads, tokens, size); PEFT keeps a row a token: (tokens, layers * 2 * heads * size)
    rows = ours.prefix.detach().permute(3, 0, 1, 2, 4).flatten(1)
    theirs.prompt_encoder["default"].embedding.weight.data.copy_(rows)
    same_loss(ours, theirs)


def test_llama_adapter_is_pefts():
    ours = LlamaAdapter(tiny_model(), count=4, layers=1)
    ours.gates.data.fill_(0.5)
    config = peft.AdaptionPromptConfig(task_type="CAUSAL_LM", adapter_len=4, adapter_layers=1)
    theirs = peft.get_peft_model(tiny_model(), config)
    for name, weights in theirs.named_parameters():
        if "adaption_prompt" in name:
            weights.data.copy_(ours.prompts.detach())
        if "adaption_gate" in name:
            weights.data.fill_(torch.tanh(torch.tensor(0.5)))  # PEFT leaves out the tanh
    same_loss(ours, theirs)


def test_a_closed_gate_changes_nothing_and_remove_takes_the_adapter_off():
    model = tiny_model()
    plain = answer_loss(model, *BATCH)
    adapted = LlamaAdapter(model, count=4, layers=2)
    assert adapted(*BATCH).item() == pytest.approx(plain.item(), abs=1e-6)
    adapted.gates.data.fill_(2.0)
    assert abs(adapted(*BATCH).item() - plain.item()) > 1e-4
    adapted.remove()
    assert torch.equal(answer_loss(model, *BATCH), plain)


def same_loss(ours, theirs):
    ids, labels, mask = BATCH
    expected = theirs(input_ids=ids, labels=labels, attention_mask=mask).loss
    assert ours(*BATCH).item() == pytest.approx(expected.item(), abs=1e-5)
