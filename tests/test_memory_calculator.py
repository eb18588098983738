"""MemoryCalculator in Python: its numbers, its reading back, and its answers to bad input."""

import doctest
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import MemoryCalculator, memory_calculator, memory_calculator_picture
from llmcourse.memory_formulas import ATTENTION, CACHES, OPTIMIZERS, TASKS, WEIGHTS
from tiny_models import tiny_bert, tiny_llama
from vectors.make_memory_calculator import PATH, make_vectors
from widget_examples.memory_calculator import example


def test_the_vectors_are_still_what_python_computes():
    stored, made = json.loads(PATH.read_text(encoding="utf-8")), json.loads(json.dumps(make_vectors()))
    assert stored == made, "run python tests/vectors/make_memory_calculator.py"


@pytest.mark.parametrize("module", [memory_calculator, memory_calculator_picture])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def test_the_parts_add_up_and_are_read_back():
    view = MemoryCalculator("llama-2-7b", task="train", batch=1, length=512)
    assert list(view.parts) == ["Weights", "Gradients", "fp32 master copy", "Optimizer states", "Activations"]
    assert view.total == sum(view.parts.values())
    assert view.parts["Weights"] == 2 * 6_738_415_616
    assert view.fits["8 × H100"] and not view.fits["A100 or H100, 80 GB"]
    view.set_trait("task", "run")
    assert list(view.parts) == ["Weights", "KV cache", "Activations"]
    assert "To run it, Llama 2 7B with bf16 weights, batch 1 and 512 tokens takes" in view.summary


def test_what_each_saving_saves():
    view = MemoryCalculator("llama-3-8b", length=8192)
    whole = view.parts["KV cache"]
    view.cache = "fp8"
    assert view.parts["KV cache"] == whole / 2
    assert MemoryCalculator("llama-2-7b", length=8192).parts["KV cache"] == 4 * whole, "8 of 32 heads keep keys: GQA"
    training = MemoryCalculator("llama-3-8b", task="train")
    before = training.parts["Activations"]
    training.checkpointing = True
    assert training.parts["Activations"] < before / 5
    adapters = MemoryCalculator("llama-3-8b", task="lora", weights="nf4", rank=8).parts["LoRA adapters"]
    assert MemoryCalculator("llama-3-8b", task="lora", weights="nf4", rank=16).parts["LoRA adapters"] == 2 * adapters


def test_no_machine_has_it():
    view = MemoryCalculator("llama-3-8b", task="train", batch=4096, length=2**20)
    assert not any(view.fits.values())
    assert "No machine listed has it" in view.summary
    assert view.picture().startswith(b"\x89PNG")


def test_a_model_of_ones_own(model):
    view = MemoryCalculator(model, weights="fp32")
    assert view.shown == "your model"
    assert view.parts == MemoryCalculator("smollm2-135m", weights="fp32").parts
    assert MemoryCalculator(tiny_llama()).parts["Weights"] == 2 * tiny_llama().num_parameters()


def test_bad_arguments_are_told():
    with pytest.raises(ValueError, match="t5-small has an encoder"):
        MemoryCalculator("t5-small")
    with pytest.raises(ValueError, match="no preset is called 'gpt-5'"):
        MemoryCalculator("gpt-5")
    with pytest.raises(ValueError, match="config.model_type must be one of"):
        MemoryCalculator(tiny_bert())
    with pytest.raises(TypeError, match="got int"):
        MemoryCalculator(3)
    with pytest.raises(ValueError, match="weights must be one of fp32, bf16, int8, nf4, q4_0; got 'fp64'"):
        MemoryCalculator(weights="fp64")
    view = MemoryCalculator()
    with pytest.raises(ValueError, match="batch must be from 1 to 4096; got 0"):
        view.batch = 0
    with pytest.raises(ValueError, match="shown must be one of"):
        view.shown = "x" * 400
    assert (view.batch, view.shown) == (1, "smollm2-135m")


def test_a_hostile_title_has_a_picture_and_a_page():
    view = example(hostile=True)
    assert view.picture().startswith(b"\x89PNG")
    assert "</script><script>document.title" not in view.to_html()


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["smollm2-135m", "gpt2", "llama-3-8b"]),
    st.sampled_from(sorted(TASKS)),
    st.sampled_from(sorted(WEIGHTS)),
    st.sampled_from(sorted(CACHES)),
    st.sampled_from(sorted(ATTENTION)),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.integers(1, 4096),
    st.integers(1, 2**20),
    st.integers(1, 1024),
    st.booleans(),
    st.text(max_size=20),
)
def test_any_setting_has_a_total_a_picture_and_a_page(
    name, task, weights, cache, attention, optimizer, batch, length, rank, checkpointing, selected
):
    view = MemoryCalculator(
        name,
        task=task,
        weights=weights,
        cache=cache,
        attention=attention,
        optimizer=optimizer,
        batch=batch,
        length=length,
        rank=rank,
        checkpointing=checkpointing,
        selected=selected,
    )
    assert all(size >= 0 for size in view.parts.values()) and view.total > 0
    assert f"{view.total / 2**30:.2f} GiB" in view.summary
    assert view.picture().startswith(b"\x89PNG")
    assert view.to_html()
