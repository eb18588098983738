"""What a T4 cannot do is never asked of it: no bfloat16, no FlashAttention 2; float16 trains with a loss scaler.

The card is only pretended here (compute capability 7.5); `make test-gpu` runs the same rules on a real one.
"""

import inspect
import re
from pathlib import Path

import pytest
import torch
from llmcourse import load_model
from llmcourse.lesson_profiles import profile_parameters
from llmcourse.machine import choose_dtype
from llmcourse.scratch.loss_scaling import LossScaler
from t4_training import losses

ROOT = Path(__file__).parents[1]


@pytest.fixture
def t4(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: (7, 5))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)  # it says so, and only emulates it


def test_weights_are_float16(t4):
    assert choose_dtype("auto", torch.device("cuda")) is torch.float16


def test_attention_needs_no_flash_attention():
    assert inspect.signature(load_model).parameters["attn"].default == "eager"
    sources = [*(ROOT / "course").rglob("*.ipynb"), *(ROOT / "widgets" / "llmcourse").rglob("*.py")]
    asks = re.compile(r"""attn(_implementation)?\W{1,4}flash_attention""")
    assert [path.name for path in sources if asks.search(path.read_text(encoding="utf-8"))] == []


def test_no_lesson_asks_for_bfloat16_on_every_device():
    """A lesson may compute in bfloat16 to show it; what it loads a model with must be `auto`, float32 or float16."""
    asks = re.compile(r"load_model\([^)]*dtype=\\?[\"']?(torch\.)?bfloat16")
    notebooks = (ROOT / "course").rglob("*.ipynb")
    assert [path.name for path in notebooks if asks.search(path.read_text(encoding="utf-8"))] == []


def test_the_models_of_the_gpu_profile_fit_its_memory():
    """15 GB hold at most 3 billion parameters in float16 with room for what a lesson does with them."""
    for number in ("2.1", "5.1", "6.2"):
        size = re.search(r"-(\d+(?:\.\d+)?)([MB])-", profile_parameters(number, "gpu").get("MODEL", "x-135M-y"))
        assert float(size[1]) * {"M": 1e6, "B": 1e9}[size[2]] < 3e9, number


def test_float16_trains_with_the_loss_scaler():
    found = losses("cpu", steps=30)
    assert all(map(torch.isfinite, found))
    assert found[-1] < 0.7 * found[0]


def test_a_scale_that_is_too_large_costs_steps_and_not_the_model():
    scaler = LossScaler(scale=2.0**40)
    found = losses("cpu", steps=40, scaler=scaler)
    assert scaler.skipped > 0
    assert all(map(torch.isfinite, found)) and found[-1] < found[0]
