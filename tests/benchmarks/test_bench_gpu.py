"""The GPU's benchmark without a GPU: its rows and budgets, and that a tiny run of it measures."""

import bench_gpu
import pytest
import torch
from llmcourse.model_error import ModelError
from llmcourse.scratch.gpt import GPT, GPTConfig

ROWS = [
    {"what": "train", "name": "course GPT", "value": 200.0},
    {"what": "train", "name": "transformers GPT-2", "value": 100.0},
    {"what": "decode", "name": "transformers float16", "value": 50.0},
    {"what": "decode", "name": "course Llama float16", "value": 40.0},
    {"what": "decode", "name": "transformers NF4", "value": 20.0},
]


def test_budgets_compare_with_transformers_on_the_same_device():
    lines = {line["what"]: (line["measured"], line["met"]) for line in bench_gpu.budgets(ROWS, "a T4")}
    assert lines == {
        "a T4: course Llama float16 against transformers generate": (0.8, False),
        "a T4: course GPT, a training step against transformers GPT-2": (2.0, True),
    }


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_a_training_step_of_both_number_types(half, monkeypatch):
    monkeypatch.setattr(
        bench_gpu, "CONFIG", GPTConfig(vocabulary=32, context=bench_gpu.LENGTH, width=16, layers=1, heads=1)
    )
    step = bench_gpu.training_step(GPT, torch.device("cpu"), half)
    assert bench_gpu.medians({"course": step}, torch.device("cpu"), rounds=1)["course"] > 0


def test_without_a_gpu_it_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="no CUDA GPU here"):
        bench_gpu.main([])
