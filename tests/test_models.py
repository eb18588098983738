"""load_model: the embedded model, folders, GGUF files and a hub, and one clear sentence for whatever goes wrong."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from llmcourse import embedded_model, load_model
from llmcourse.models import ModelError
from tiny_gguf import tiny_model, write_tiny_gguf

HUB = Path(__file__).parent / "tiny_hub.py"


@pytest.fixture
def folder(tmp_path):
    """A folder with the tiny model and its tokenizer, as save_pretrained writes them."""
    from llmcourse.gguf_conversion import convert

    path = tmp_path / "model"
    path.mkdir()
    convert(write_tiny_gguf(tmp_path / "tiny.gguf"), path)
    return path


def test_the_embedded_model_is_smollm2(loaded):
    model, tokenizer = loaded
    assert sum(weight.numel() for weight in model.parameters()) == 134_515_008
    assert (model.config.num_hidden_layers, model.config.num_attention_heads) == (30, 9)
    assert (model.config.num_key_value_heads, model.config.head_dim) == (3, 64)
    assert model.config.rope_parameters["rope_theta"] == 100_000
    assert (model.dtype, model.training) == (torch.float32, False)
    assert all(weight.requires_grad for weight in model.parameters())
    assert model.config._attn_implementation == "eager"
    assert len(tokenizer) == 49_152
    ids = tokenizer("The capital of France is", return_tensors="pt")
    with torch.inference_mode():
        assert tokenizer.decode(model(**ids).logits[0, -1].argmax()) == " Paris"


def test_the_chat_template_is_the_models_own(tokenizer):
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    )
    assert text.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")


def test_greedy_generation_says_nothing(loaded, capfd, recwarn):
    model, tokenizer = loaded
    ids = tokenizer("Hi", return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=2, do_sample=False)
    assert out.shape[1] == ids["input_ids"].shape[1] + 2
    assert capfd.readouterr() == ("", "")
    assert list(recwarn) == []
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id == 2


def test_a_cached_model_loads_silently_and_touches_no_network(loaded, capfd, monkeypatch):
    def refuse(*_):
        pytest.fail("opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    load_model()
    assert capfd.readouterr() == ("", "")


def test_the_progress_bars_of_transformers_are_put_back(folder):
    from huggingface_hub import utils as hub
    from transformers.utils import logging

    for wanted in (logging.disable_progress_bar, logging.enable_progress_bar):
        wanted()
        before = logging.is_progress_bar_enabled(), hub.are_progress_bars_disabled()
        load_model(folder)
        assert (logging.is_progress_bar_enabled(), hub.are_progress_bars_disabled()) == before


@pytest.mark.parametrize("form", ["path", "text", "gguf file", "folder of a gguf file"])
def test_a_local_model_loads(folder, form):
    name = {
        "path": folder,
        "text": str(folder),
        "gguf file": folder.parent / "tiny.gguf",
        "folder of a gguf file": str(folder.parent),
    }[form]
    model, tokenizer = load_model(name)
    assert torch.equal(model.state_dict()["model.norm.weight"], tiny_model().state_dict()["model.norm.weight"])
    assert tokenizer("the").input_ids
    assert not model.training


@pytest.mark.parametrize("dtype", ["float16", torch.bfloat16])
def test_dtype_and_attention_are_taken_over(folder, dtype):
    model, _ = load_model(folder, dtype=dtype, attn="sdpa")
    assert {weight.dtype for weight in model.parameters()} == {getattr(torch, str(dtype).removeprefix("torch."))}
    assert model.config._attn_implementation == "sdpa"


def test_a_tokenizer_without_padding_gets_its_end_token(folder):
    for name in ("tokenizer_config.json", "config.json", "generation_config.json"):
        settings = json.loads((folder / name).read_text())
        settings.pop("pad_token", None)
        settings.pop("pad_token_id", None)
        (folder / name).write_text(json.dumps(settings))
    model, tokenizer = load_model(folder)
    assert tokenizer.pad_token == "<|im_end|>"
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path / "absent", "There is no folder"),
        (lambda path: path / "absent.gguf", "There is no folder"),
        (lambda path: (path / "empty").mkdir() or path / "empty", "holds no model: it needs config.json"),
        (lambda path: (path / "text.txt").write_text("x") and path / "text.txt", "is a file: name the folder"),
        (lambda path: (path / "no.gguf").write_text("x") and path / "no.gguf", "cannot be loaded"),
    ],
    ids=["absent folder", "absent file", "empty folder", "text file", "no GGUF"],
)
def test_a_wrong_path_is_told_with_what_would_be_right(tmp_path, make, message):
    path = make(tmp_path)
    with pytest.raises(ModelError, match=message) as told:
        load_model(str(path))
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_damaged_folder_is_told(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes()[:50])
    with pytest.raises(ModelError, match=r"The model in .* cannot be loaded: "):
        load_model(folder)


@pytest.mark.parametrize("name", ["smollm2-135M", "SmolLM-135m", "smolm2-135m"])
def test_a_mistyped_embedded_name_is_recognised_without_a_network(name):
    with pytest.raises(ModelError, match="did you mean 'smollm2-135m', the embedded model"):
        load_model(name)


def test_a_name_that_no_hub_allows_is_told():
    with pytest.raises(ModelError, match=r"There is no model 'a/b/c', .*'smollm2-135m'.*'org/name'"):
        load_model("a/b/c")


@pytest.mark.parametrize("wrong", ["flash", "Eager", None, ""])
def test_an_unknown_attention_is_named(wrong):
    with pytest.raises(ValueError, match="attn must be 'eager', 'sdpa'.*got"):
        load_model(attn=wrong)
    with pytest.raises(ValueError, match="did you mean 'sdpa'"):
        load_model(attn="spda")


def test_an_attention_that_is_not_installed_is_told(folder):
    if torch.cuda.is_available():
        pytest.skip("a GPU machine may have flash attention")
    with pytest.raises(ModelError, match=r"attn='flash_attention_2': .*[Ff]lash"):
        load_model(folder, attn="flash_attention_2")


def test_other_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="device must be"):
        load_model(device="gpu")
    with pytest.raises(ValueError, match="dtype must be"):
        load_model(dtype="fp16")
    with pytest.raises(TypeError, match="name must be the name of a model or a folder; got int"):
        load_model(3)


def on_the_hub(folder, program, **variables):
    """Run `program` in a process whose hub is tests/tiny_hub.py, serving `folder` as org/tiny; returns its output."""
    environment = {**os.environ, **variables, "HF_HOME": str(folder.parent / "hub"), "OMP_NUM_THREADS": "1"}
    environment.pop("HF_TOKEN", None)
    done = subprocess.run(
        [sys.executable, str(HUB), str(folder), program], env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TELL = """
from llmcourse import load_model
from llmcourse.models import ModelError
for name in {names}:
    try:
        model, tokenizer = load_model(name)
        print(type(model).__name__, model.num_parameters())
    except ModelError as error:
        print(error)
"""


def test_a_hub_model_loads_and_again_without_the_hub(folder):
    names = ["org/tiny", "org/none", "org/gated"]
    loaded, none, gated = on_the_hub(folder, TELL.format(names=names)).splitlines()
    expected = f"LlamaForCausalLM {tiny_model().num_parameters()}"
    assert loaded == expected
    assert none.startswith("There is no model 'org/none', neither as a folder here nor on the hub: name 'smollm2-135m'")
    assert gated.startswith("The hub model 'org/gated' is gated: accept its terms")
    again, absent = on_the_hub(folder, TELL.format(names=["org/tiny", "org/other"]), HF_HUB_OFFLINE="1").splitlines()
    assert again == expected
    assert absent.startswith("The hub cannot be reached, and 'org/other' is not in its cache here")
    assert embedded_model.NAME in absent
