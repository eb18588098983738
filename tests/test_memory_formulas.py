"""The memory formulas against memory that is really there: tensors, caches, optimizers and what autograd saves."""

import gguf
import numpy as np
import pytest
import torch
import transformers
from llmcourse.memory_formulas import CACHES, bytes_of, memory_parts, sizes_of
from llmcourse.model_configs import from_config
from llmcourse.model_shapes import PRESETS, shape_of
from torch.profiler import ProfilerActivity, profile
from transformers import DynamicCache, GPT2Config, LlamaConfig
from vectors.make_memory_calculator import USUAL

SAVED_FACTOR, WORKING_FACTOR = 1.05, 1.25  # how near the two estimates of activations come, as the widget states
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def tiny(kind, attention="sdpa", vocabulary=101, width=64, mlp=192, heads=4, kv=2, layers=3):
    torch.manual_seed(0)
    if kind == "llama":
        config = LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=mlp,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=kv,
        )
        model = transformers.LlamaForCausalLM
    else:
        config = GPT2Config(
            vocab_size=vocabulary, n_embd=width, n_layer=layers, n_head=heads, n_inner=mlp, n_positions=256,
            attn_pdrop=0.0, resid_pdrop=0.0, embd_pdrop=0.0, bos_token_id=0, eos_token_id=0,
        )  # fmt: skip
        model = transformers.GPT2LMHeadModel
    config._attn_implementation = attention
    return model(config)


def parts_of(model, **settings):
    parts = memory_parts(sizes_of(shape_of(model)), {**USUAL, **settings})
    return {part["key"]: bytes_of(part) for part in parts}


def nbytes(tensors):
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def block_matrices(model):
    """The linear layers' matrices inside the blocks as (out, in), and all other weights."""
    inside, others = [], []
    for name, weight in model.named_parameters():
        block = ".layers." in name or ".h." in name
        conv = isinstance(model, transformers.GPT2LMHeadModel)
        if block and weight.dim() == 2:
            inside.append(weight.T if conv else weight)
        else:
            others.append(weight)
    return inside, others


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("form", DTYPES)
def test_weights_in_floats_are_the_tensors_own_bytes(kind, form):
    model = tiny(kind).to(DTYPES[form])
    assert parts_of(model, weights=form)["weights"] == nbytes(model.parameters())


def test_the_embedded_models_own_bytes(model):
    assert parts_of(model, weights="fp32")["weights"] == nbytes(model.parameters()) == 4 * 134_515_008
    cache = DynamicCache(config=model.config)
    with torch.inference_mode():
        model(torch.ones(2, 7, dtype=torch.long), past_key_values=cache)
    measured = sum(nbytes([layer.keys, layer.values]) for layer in cache.layers)
    assert parts_of(model, cache="fp32", batch=2, length=7)["cache"] == measured


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_int8_is_a_byte_a_weight_and_a_scale_a_row(kind):
    model = tiny(kind)
    inside, others = block_matrices(model)
    scales = [weight.abs().amax(dim=1, keepdim=True).float() / 127 for weight in inside]
    packed = [(weight / scale).round().to(torch.int8) for weight, scale in zip(inside, scales, strict=True)]
    assert parts_of(model, weights="int8")["weights"] == nbytes(packed + scales + [w.bfloat16() for w in others])


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_nf4_is_half_a_byte_a_weight_and_a_scale_a_block(kind):
    model = tiny(kind)
    inside, others = block_matrices(model)
    blocks = [weight.reshape(-1, 64) for weight in inside]
    scales = [block.abs().amax(dim=1).float() for block in blocks]
    codes = [torch.zeros_like(block, dtype=torch.uint8) for block in blocks]  # what a code stands for takes no room
    packed = [code[:, ::2] << 4 | code[:, 1::2] for code in codes]
    assert parts_of(model, weights="nf4")["weights"] == nbytes(packed + scales + [w.bfloat16() for w in others])


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_q4_0_is_what_the_gguf_package_writes(kind):
    model = tiny(kind)
    inside, others = block_matrices(model)
    measured = 0
    for weight in inside + others:
        data = weight.detach().numpy()
        if data.ndim == 2:
            data = gguf.quants.quantize(np.ascontiguousarray(data), gguf.GGMLQuantizationType.Q4_0)
        measured += data.nbytes
    assert parts_of(model, weights="q4_0")["weights"] == measured


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("form", DTYPES)
def test_the_cache_is_what_transformers_keeps(kind, form):
    model, cache = tiny(kind).to(DTYPES[form]).eval(), DynamicCache()
    with torch.inference_mode():
        model(torch.ones(3, 11, dtype=torch.long), past_key_values=cache)
    measured = sum(nbytes([layer.keys, layer.values]) for layer in cache.layers)
    assert parts_of(model, cache=form, batch=3, length=11)["cache"] == measured
    assert parts_of(model, cache="fp8", batch=3, length=11)["cache"] * DTYPES[form].itemsize == measured
    assert set(CACHES) == {"fp32", "bf16", "fp8"}


OPTIMIZERS = {
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
    "momentum": lambda weights: torch.optim.SGD(weights, momentum=0.9),
}


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_gradients_and_states_are_those_of_a_real_optimizer(kind, name):
    model = tiny(kind)
    optimizer = OPTIMIZERS[name](model.parameters())
    ids = torch.ones(1, 4, dtype=torch.long)
    model(ids, labels=ids).loss.backward()
    optimizer.step()
    states = [value for state in optimizer.state.values() for value in state.values() if torch.is_tensor(value)]
    parts = parts_of(model, task="train", weights="fp32", optimizer=name)
    assert parts["gradients"] == nbytes(weight.grad for weight in model.parameters())
    assert parts["optimizer"] == nbytes(states)
    assert "master" not in parts


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_lora_trains_two_thin_matrices_a_linear_layer(kind):
    model, rank = tiny(kind), 4
    inside, _ = block_matrices(model)
    thin = [torch.nn.Parameter(torch.zeros(rank, weight.shape[1])) for weight in inside]
    thin += [torch.nn.Parameter(torch.zeros(weight.shape[0], rank)) for weight in inside]
    optimizer = torch.optim.AdamW(thin)
    sum(matrix.sum() for matrix in thin).backward()
    optimizer.step()
    states = [value for state in optimizer.state.values() for value in state.values()]
    parts = parts_of(model, task="lora", weights="nf4", rank=rank)
    assert parts["adapters"] == nbytes(thin) == parts["gradients"]
    assert parts["optimizer"] == nbytes(states)
    assert parts["weights"] == parts_of(model, weights="nf4")["weights"]


def test_mixed_precision_takes_sixteen_bytes_a_parameter():
    parts = memory_parts(sizes_of(PRESETS["llama-2-7b"]), {**USUAL, "task": "train", "weights": "bf16"})
    sixteen = sum(bytes_of(part) for part in parts if part["key"] != "activations")
    assert sixteen == 16 * 6_738_415_616 + 4 * 291  # ZeRO's count, and a step count for each of 291 tensors
    eight = memory_parts(sizes_of(PRESETS["llama-2-7b"]), {**USUAL, "task": "train", "optimizer": "adamw8"})
    assert bytes_of(next(part for part in eight if part["key"] == "optimizer")) == 2 * 6_738_415_616 * (1 + 4 / 256)


def saved_by_autograd(model, batch, length):
    """Bytes that a forward pass saves for the backward pass, each storage once, without the weights."""
    known = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}
    saved, alive = {}, []

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            saved[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)  # so that no address is used twice
        return tensor

    ids = torch.randint(0, 101, (batch, length))
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = model.train()(ids, labels=ids, use_cache=False).loss
    assert loss.requires_grad
    return sum(saved.values())


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("attention", ["flash", "eager"])
@pytest.mark.parametrize("form", DTYPES)
def test_saved_activations_are_within_the_stated_factor(kind, attention, form):
    for sizes in ({"layers": 4}, {"width": 32, "mlp": 64, "heads": 4, "kv": 1, "vocabulary": 307}):
        model = tiny(kind, "eager" if attention == "eager" else "sdpa", **sizes).to(DTYPES[form])
        told = parts_of(model, task="train", weights=form, attention=attention, batch=2, length=48)["activations"]
        assert 1 / SAVED_FACTOR < told / saved_by_autograd(model, 2, 48) < SAVED_FACTOR


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_checkpointing_saves_the_inputs_of_the_layers(kind):
    model = tiny(kind, layers=6)
    model.gradient_checkpointing_enable({"use_reentrant": False})
    measured = saved_by_autograd(model, 2, 48)
    part = memory_parts(
        sizes_of(from_config(model.config)),
        {**USUAL, "task": "train", "weights": "fp32", "checkpointing": True, "batch": 2, "length": 48},
    )[-1]
    recomputed = bytes_of({"terms": part["terms"][:1]})  # of one layer, and only in the backward pass
    assert 1 / SAVED_FACTOR < (bytes_of(part) - recomputed) / measured < SAVED_FACTOR


def alive_at_once(model, batch, length):
    """The most bytes that a forward pass has allocated at one time, counted by torch's profiler."""
    ids = torch.ones(batch, length, dtype=torch.long)
    with torch.inference_mode(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        model.eval()(ids, use_cache=False, logits_to_keep=1)
    now = most = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    return most


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("attention", ["flash", "eager"])
@pytest.mark.parametrize("form", DTYPES)
def test_working_memory_is_within_the_stated_factor(kind, attention, form):
    for sizes, batch, length in (
        ({"width": 128, "mlp": 512, "heads": 4, "kv": 4}, 3, 32),
        ({"heads": 8, "kv": 8, "mlp": 256}, 1, 256),
    ):
        model = tiny(kind, "eager" if attention == "eager" else "sdpa", **sizes).to(DTYPES[form])
        told = parts_of(model, weights=form, attention=attention, batch=batch, length=length)["activations"]
        assert 1 / WORKING_FACTOR < told / alive_at_once(model, batch, length) < WORKING_FACTOR


def test_full_training_counts_quantized_weights_as_16_bits():
    model = tiny("llama")
    assert parts_of(model, task="train", weights="nf4") == parts_of(model, task="train", weights="bf16")


def test_an_encoder_is_refused():
    with pytest.raises(ValueError, match="t5-small has an encoder"):
        sizes_of(PRESETS["t5-small"])
