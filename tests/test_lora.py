"""LoRA and DoRA against PEFT: the same outputs, gradients, training steps and files."""

import copy

import peft
import pytest
import torch
from llmcourse.scratch.adapters import adapter_weights, load_adapter, save_adapter, set_adapter
from llmcourse.scratch.batch_answers import answer_loss, label_batch
from llmcourse.scratch.fine_tuning import train
from llmcourse.scratch.lora import LoRALinear, add_lora, lora_layers, merge_lora, remove_lora, trainable
from llmcourse.scratch.nf4 import to_nf4
from tiny_gguf import tiny_model
from torch import nn

TARGETS = ["q_proj", "v_proj", "down_proj"]
IDS = torch.tensor([[3, 7, 1, 9, 4, 2], [5, 5, 8, 0, 6, 1]])


@pytest.fixture(params=[False, True], ids=["lora", "dora"])
def pair(request):
    """(our model, PEFT's model) with the same adapter, whose B is not zero."""
    ours = add_lora(tiny_model(), rank=4, alpha=12, targets=TARGETS, dora=request.param)
    torch.manual_seed(1)
    for layer in lora_layers(ours).values():
        nn.init.normal_(layer.B, std=0.05)
        if layer.length is not None:
            layer.length.data.mul_(torch.rand_like(layer.length) + 0.5)
    config = peft.LoraConfig(r=4, lora_alpha=12, target_modules=TARGETS, use_dora=request.param, task_type="CAUSAL_LM")
    theirs = peft.get_peft_model(tiny_model(), config)
    missing = peft.set_peft_model_state_dict(theirs, adapter_weights(ours))
    assert not missing.unexpected_keys
    return ours, theirs


def test_outputs_and_gradients_are_pefts(pair):
    losses = []
    for model in pair:
        loss = model(IDS, labels=IDS).loss
        loss.backward()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    ours, theirs = pair
    gradients = {name: weights.grad for name, weights in theirs.named_parameters() if weights.requires_grad}
    assert trainable(ours)[0] == sum(gradient.numel() for gradient in gradients.values())
    for name, layer in lora_layers(ours).items():
        for part, theirs_part in (("A", "lora_A.default"), ("B", "lora_B.default")):
            wanted = gradients[f"base_model.model.{name}.{theirs_part}.weight"]
            torch.testing.assert_close(getattr(layer, part).grad, wanted, atol=1e-6, rtol=1e-4)


def test_training_steps_are_pefts(pair):
    losses = []
    for model in pair:
        optimiser = torch.optim.AdamW([weights for weights in model.parameters() if weights.requires_grad], lr=1e-2)
        for _ in range(5):
            loss = model(IDS, labels=IDS).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_merging_keeps_the_outputs_and_can_be_undone(pair):
    ours, theirs = pair
    before, plain = ours(IDS).logits, copy.deepcopy(lora_layers(ours))
    merged = merge_lora(copy.deepcopy(ours))
    assert lora_layers(merged) == {}
    torch.testing.assert_close(merged(IDS).logits, before, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(merged(IDS).logits, theirs.merge_and_unload()(IDS).logits, atol=1e-5, rtol=1e-4)
    for name, layer in lora_layers(ours).items():
        layer.merge().merge()
        assert not torch.equal(layer.base.weight, plain[name].base.weight)
        layer.unmerge().unmerge()
        assert torch.equal(layer.base.weight, plain[name].base.weight)


def test_a_removed_adapter_leaves_the_model_as_it_was(pair):
    removed = remove_lora(pair[0])
    assert torch.equal(removed(IDS).logits, tiny_model()(IDS).logits)


def test_peft_loads_what_we_save_and_we_load_what_peft_saves(pair, tmp_path):
    ours, theirs = pair
    wanted = ours(IDS).logits
    loaded = peft.PeftModel.from_pretrained(tiny_model(), save_adapter(ours, tmp_path / "ours"))
    torch.testing.assert_close(loaded(IDS).logits, wanted, atol=1e-6, rtol=1e-5)
    theirs.save_pretrained(tmp_path / "theirs")
    again = load_adapter(tiny_model(), tmp_path / "theirs")
    torch.testing.assert_close(again(IDS).logits, wanted, atol=1e-6, rtol=1e-5)


def test_adapters_are_swapped(pair):
    ours, _ = pair
    first, wanted = adapter_weights(ours), ours(IDS).logits
    set_adapter(ours, {name: tensor * 0.5 for name, tensor in first.items()})
    assert not torch.allclose(ours(IDS).logits, wanted)
    set_adapter(ours, first)
    assert torch.equal(ours(IDS).logits, wanted)


def test_at_first_nothing_changes_and_only_the_adapter_learns():
    plain = tiny_model()
    wanted = plain(IDS).logits
    model = add_lora(plain, rank=2, dropout=0.5)
    assert torch.equal(model(IDS).logits, wanted)
    learning = [name for name, weights in model.named_parameters() if weights.requires_grad]
    assert learning and all(name.endswith((".A", ".B")) for name in learning)
    assert trainable(model)[0] < trainable(model)[1]


def test_the_same_seed_gives_the_same_adapter_and_leaves_the_global_one_alone():
    torch.manual_seed(7)
    wanted = torch.rand(1)
    torch.manual_seed(7)
    first, second = (add_lora(tiny_model(), rank=2, seed=3) for _ in range(2))
    assert adapter_weights(first).keys() == adapter_weights(second).keys()
    assert all(torch.equal(weights, adapter_weights(second)[name]) for name, weights in adapter_weights(first).items())
    torch.manual_seed(7)
    add_lora(tiny_model_of_one_layer(), rank=2)
    assert torch.equal(torch.rand(1), wanted)


def tiny_model_of_one_layer():
    return nn.ModuleDict({"q_proj": _Fixed()})


class _Fixed(nn.Linear):
    def __init__(self):
        super().__init__(4, 4)

    def reset_parameters(self):  # draws nothing
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)


def test_a_bfloat16_base_gives_bfloat16_and_learns_in_float32():
    layer = LoRALinear(nn.Linear(6, 4, dtype=torch.bfloat16), rank=2)
    result = layer(torch.ones(3, 6, dtype=torch.bfloat16))
    assert result.dtype == torch.bfloat16
    assert layer.A.dtype == torch.float32


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_beside_weights_in_16_bits_pefts_adapter_learns_in_32_and_ours_agrees(half, tmp_path):
    """What the lesson does on a GPU, with the types of one."""
    config = peft.LoraConfig(r=2, lora_alpha=4, target_modules=TARGETS, task_type="CAUSAL_LM")
    model = tiny_model().to(half)
    theirs = peft.get_peft_model(model, config)
    assert {weights.dtype for weights in theirs.parameters() if weights.requires_grad} == {torch.float32}
    batch = label_batch([([1, 2, 3, 4], [-100, 2, 3, 4])], pad=0)
    losses = train(model, [batch], steps=8, lr=1e-2)
    assert losses[-1] < losses[0]
    theirs.save_pretrained(tmp_path)
    expected = answer_loss(model, *batch).item()
    ours = load_adapter(theirs.unload(), tmp_path)
    assert answer_loss(ours, *batch).item() == pytest.approx(expected, rel=0.01)


def test_dora_with_a_bias_and_dropout_is_pefts():
    torch.manual_seed(0)
    base = nn.Sequential(nn.Linear(6, 4))
    config = peft.LoraConfig(r=2, lora_alpha=4, target_modules=["0"], use_dora=True, lora_dropout=0.5)
    theirs = peft.get_peft_model(copy.deepcopy(base), config)
    layer = LoRALinear(copy.deepcopy(base[0]), rank=2, alpha=4, dropout=0.5, dora=True).train()
    peft_layer = theirs.base_model.model[0]
    layer.A.data.copy_(peft_layer.lora_A["default"].weight)
    layer.B.data.normal_()
    peft_layer.lora_B["default"].weight.data.copy_(layer.B)
    x, results = torch.randn(5, 6), []
    for model in (layer, theirs.train()):
        torch.manual_seed(2)
        results.append(model(x))
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("rank", [0, -1, 1.5])
def test_a_rank_that_is_none_is_named(rank):
    with pytest.raises(ValueError, match="rank must be a whole number, 1 or more; got"):
        LoRALinear(nn.Linear(2, 2), rank=rank)


def test_targets_that_are_not_there_are_told_what_is():
    with pytest.raises(
        ValueError, match=r"targets must name layers of the model, such as \['down_proj'.*got \['query'\]"
    ):
        add_lora(tiny_model(), targets="query")


def test_dropout_of_one_is_refused():
    with pytest.raises(ValueError, match="dropout must be at least 0 and below 1"):
        LoRALinear(nn.Linear(2, 2), dropout=1.0)


def test_a_foreign_adapter_changes_nothing(tmp_path):
    model = add_lora(tiny_model(), rank=2)
    before = adapter_weights(model)
    with pytest.raises(ValueError, match="stands only on one side"):
        set_adapter(model, {})
    with pytest.raises(ValueError, match="weights must fit the model's adapter"):
        set_adapter(model, adapter_weights(add_lora(tiny_model(), rank=3)))
    assert all(torch.equal(weights, before[name]) for name, weights in adapter_weights(model).items())


def test_a_folder_without_an_adapter_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"folder must hold adapter_config\.json"):
        load_adapter(tiny_model(), tmp_path)
    save_adapter(add_lora(tiny_model(), rank=2), tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"broken")
    with pytest.raises(ValueError, match="adapter_model"):
        load_adapter(tiny_model(), tmp_path)


def test_a_model_without_lora_has_nothing_to_save(tmp_path):
    with pytest.raises(ValueError, match="call add_lora first"):
        save_adapter(tiny_model(), tmp_path)


def test_an_adapter_on_a_quantized_base_learns_and_merges_into_plain_weights():
    model = add_lora(to_nf4(tiny_model()), rank=2, targets=TARGETS)
    for layer in lora_layers(model).values():
        nn.init.normal_(layer.B, std=0.05)
    loss = model(IDS, labels=IDS).loss
    loss.backward()
    assert all(layer.A.grad.abs().sum() > 0 and layer.B.grad.abs().sum() > 0 for layer in lora_layers(model).values())
    wanted = model(IDS).logits
    torch.testing.assert_close(merge_lora(model)(IDS).logits, wanted, atol=1e-5, rtol=1e-4)
    assert isinstance(model.model.layers[0].mlp.down_proj, nn.Linear)
