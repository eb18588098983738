"""What tuning costs, in bytes that can be worked out by hand; QLoRA's guard on a machine without a GPU."""

import pytest
import torch
from llmcourse.scratch.batch_answers import label_batch
from llmcourse.scratch.gpu_qlora import gpu_qlora, why_not
from llmcourse.scratch.lora import add_lora
from llmcourse.scratch.nf4 import bits_per_weight, to_nf4
from llmcourse.scratch.tuning_costs import first_layers, tuning_costs
from tiny_gguf import tiny_model

BATCH = label_batch([([1, 2, 3, 4, 9], [-100, -100, 3, 4, 9])], pad=0)


def test_the_first_layers_are_the_models_and_their_own():
    model = tiny_model()
    small = first_layers(model, 1)
    hidden = model(input_ids=BATCH[0], output_hidden_states=True).hidden_states[1]
    got = small(input_ids=BATCH[0], output_hidden_states=True).hidden_states
    torch.testing.assert_close(got[-1], model.model.norm(hidden))
    small.model.layers[0].self_attn.q_proj.weight.data.zero_()
    assert model.model.layers[0].self_attn.q_proj.weight.abs().sum() > 0
    with pytest.raises(ValueError, match="count must be 1 to 2; got 3"):
        first_layers(model, 3)


def test_full_fine_tuning_holds_the_weights_four_times():
    small = first_layers(tiny_model(), 2)
    for weights in small.model.layers.parameters():
        weights.requires_grad_(True)
    costs = tuning_costs(small, BATCH)
    size = 4 * sum(weights.numel() for weights in small.model.layers.parameters())
    assert (costs["weights"], costs["gradients"], costs["states"]) == (size, size, 2 * size)
    assert costs["seconds"] > 0


def test_lora_and_qlora_hold_gradients_and_states_of_the_adapter_alone():
    costs = {}
    for name in ("lora", "qlora"):
        small = first_layers(tiny_model(), 2)
        if name == "qlora":
            to_nf4(small)
        costs[name] = tuning_costs(add_lora(small, rank=2), BATCH)
    for each in costs.values():
        assert each["gradients"] == 4 * each["trained"] and each["states"] == 8 * each["trained"]
    linear = sum(
        layer.weight.numel() for layer in tiny_model().model.layers.modules() if isinstance(layer, torch.nn.Linear)
    )
    saved = costs["lora"]["weights"] - costs["qlora"]["weights"]
    assert saved == pytest.approx(linear * (32 - bits_per_weight()) / 8, rel=0.02)


@pytest.mark.skipif(torch.cuda.is_available(), reason="the guard is for machines without a GPU")
def test_without_a_gpu_one_sentence_says_so():
    assert "CUDA GPU" in why_not()
    with pytest.raises(RuntimeError, match="CUDA GPU"):
        gpu_qlora("smollm2-135m", [BATCH])


@pytest.mark.skipif(why_not() is not None, reason="needs a CUDA GPU and bitsandbytes")
def test_qlora_learns_on_a_gpu(tmp_path):
    tiny_model().save_pretrained(tmp_path)
    told = gpu_qlora(tmp_path, [BATCH], steps=20, lr=1e-2)
    assert told["losses"][-1] < told["losses"][0] and told["peak"] > 0
