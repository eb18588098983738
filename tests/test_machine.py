"""Device and number type for every kind of machine (faked), and the facts of this one."""

import os
import platform
from types import SimpleNamespace

import pytest
import torch
from llmcourse import describe_machine, embedded_model, machine
from llmcourse.machine import choose_device, choose_dtype
from llmcourse.model_error import ModelError


@pytest.fixture
def gpus(monkeypatch):
    """gpus(cuda=…, mps=…, capability=…): pretend to have so many of them."""

    def pretend(cuda=0, mps=False, capability=(7, 5)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: "A GPU")
        # A T4 only emulates bfloat16, and this says yes all the same: the rule must not ask it.
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("have", "expected"),
    [({}, "cpu"), ({"cuda": 1}, "cuda"), ({"mps": True}, "mps"), ({"cuda": 2, "mps": True}, "cuda")],
)
def test_auto_takes_the_fastest_device(gpus, have, expected):
    gpus(**have)
    assert choose_device("auto") == torch.device(expected)


@pytest.mark.parametrize(
    ("device", "capability", "expected"),
    [
        ("cpu", None, torch.float32),
        ("mps", None, torch.float16),
        ("cuda", (7, 0), torch.float16),  # V100
        ("cuda", (7, 5), torch.float16),  # T4
        ("cuda", (8, 0), torch.bfloat16),  # A100
        ("cuda", (8, 9), torch.bfloat16),  # L4
        ("cuda", (9, 0), torch.bfloat16),  # H100
        ("cuda", (12, 0), torch.bfloat16),
    ],
)
def test_auto_dtype_follows_the_compute_capability(gpus, device, capability, expected):
    gpus(cuda=1, mps=True, capability=capability)
    assert choose_dtype("auto", torch.device(device)) is expected


@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16"])
def test_named_dtypes_hold_on_every_device(name):
    for given in (name, f"torch.{name}", getattr(torch, name)):
        assert choose_dtype(given, torch.device("cpu")) is getattr(torch, name)


@pytest.mark.parametrize("wrong", ["fp16", "int8", torch.int64, None, 16, ""])
def test_other_dtypes_are_named(wrong):
    with pytest.raises(ValueError, match=r"dtype must be 'auto', 'float32', 'float16', 'bfloat16'; got") as told:
        choose_dtype(wrong, torch.device("cpu"))
    assert repr(wrong) in str(told.value)


@pytest.mark.parametrize("wrong", ["gpu", "cuda:x", "meta", "xpu", None, ""])
def test_other_devices_are_named(wrong):
    with pytest.raises(ValueError, match=r"device must be 'auto', 'cpu', 'cuda', 'mps'.*got") as told:
        choose_device(wrong)
    assert repr(wrong) in str(told.value)


def test_a_device_that_is_not_there_is_told(gpus):
    gpus()
    with pytest.raises(ModelError, match="no CUDA GPU here"):
        choose_device("cuda")
    with pytest.raises(ModelError, match="no CUDA GPU here"):
        choose_device(torch.device("cuda", 0))
    with pytest.raises(ModelError, match="no Apple GPU"):
        choose_device("mps")
    gpus(cuda=2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(ModelError, match="the last GPU here is 'cuda:1'"):
        choose_device("cuda:2")


def test_the_facts_of_this_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path))
    facts = describe_machine()
    assert facts.python == platform.python_version()
    assert facts.torch == torch.__version__
    assert 1 <= facts.cores <= os.cpu_count()
    assert 0.1 < facts.memory_gb < 100_000
    assert facts.model_folder == str(embedded_model.model_folder())
    assert facts.model_folder.startswith(str(tmp_path))
    assert facts.model_cached is False
    table = facts._repr_markdown_()
    assert f"| python | {platform.python_version()} |" in table
    assert "| model cached | False |" in table


def test_the_facts_name_a_gpu(gpus):
    gpus(cuda=1, capability=(7, 5))
    facts = describe_machine()
    assert (facts.device, facts.gpu, facts.dtype) == ("cuda", "A GPU", "float16")


def test_memory_counts_the_limit_of_a_container(monkeypatch, tmp_path):
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=16 * 10**9))
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "MEMORY_LIMITS", (str(limit),))
    for text, expected in (("2000000000\n", 2.0), ("max\n", 16.0), ("9223372036854771712\n", 16.0)):
        limit.write_text(text)
        assert describe_machine().memory_gb == expected
