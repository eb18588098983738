"""llama.cpp in this process: files that we wrote run in it and agree with transformers; errors; nothing left behind."""

import builtins
import socket
import threading
import urllib.parse

import gguf
import numpy as np
import pytest
import torch
from llmcourse.llama_cpp import LlamaCpp, llama_cpp_is_there
from llmcourse.model_error import ModelError
from llmcourse.requantize import requantize
from llmcourse.scratch.gguf import read
from tiny_gguf import tiny_model, write_tiny_gguf

pytest.importorskip("xllamacpp")
IDS = list(range(5, 45))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    source = read(write_tiny_gguf(folder / "tiny.gguf", gguf.GGMLQuantizationType.F32))
    requantize(source, folder / "ours.gguf", "F32")
    return folder / "ours.gguf"


@pytest.fixture(scope="module")
def llama(tiny):
    with LlamaCpp(tiny, context=128, exact=True) as running:
        yield running


def trusted():
    """The same model in transformers, with the epsilon of its norms that the file says."""
    model = tiny_model()
    for module in model.modules():
        if hasattr(module, "variance_epsilon"):
            module.variance_epsilon = 1e-5
    model.generation_config.eos_token_id = None
    return model


def expected():
    with torch.inference_mode():
        table = trusted()(torch.tensor([IDS])).logits[0].log_softmax(-1)
    return table[range(len(IDS) - 1), IDS[1:]].numpy()


def test_log_probabilities_are_those_of_transformers(llama):
    np.testing.assert_allclose(llama.log_probabilities(IDS), expected(), atol=2e-4)


def test_greedy_tokens_are_those_of_transformers(llama):
    reply = llama.complete(IDS, 12, n_probs=1, ignore_eos=True)
    ours = [each["id"] for each in reply["choices"][0]["logprobs"]["content"]]
    theirs = trusted().generate(torch.tensor([IDS]), max_new_tokens=12, do_sample=False)[0, len(IDS) :].tolist()
    assert ours == theirs


def test_progress_is_told_once_a_token(llama):
    told = []
    llama.log_probabilities(IDS[:6], lambda: told.append(1))
    assert len(told) == 5


def test_the_server_answers_on_this_machine_alone_and_is_gone_after_close(tiny):
    running = LlamaCpp(tiny, context=128)
    place = urllib.parse.urlsplit(running.address)
    assert place.hostname == "127.0.0.1"
    assert running.post("/v1/completions", {"prompt": "a", "max_tokens": 1})["choices"]
    running.close()
    running.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname, place.port), timeout=5)
    with pytest.raises(ValueError, match="closed"):
        running.chat("hello")


def test_nothing_is_left_behind(tiny):
    before = threading.active_count()
    for _ in range(3):
        with LlamaCpp(tiny, context=64) as running:
            running.complete(IDS[:4], 2)
    assert threading.active_count() == before


def test_bad_requests_are_sentences(llama):
    with pytest.raises(ValueError, match="at least two tokens"):
        llama.log_probabilities([1])
    with pytest.raises(ValueError, match="llama.cpp refused the request"):
        llama.complete(IDS * 10, 1)
    with pytest.raises(ValueError, match="status 404"):
        llama.post("/nowhere", {})


def test_damaged_and_strange_files_are_sentences(tmp_path):
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(3))
    with pytest.raises(ValueError, match="cut off"):
        LlamaCpp(tmp_path / "bad.gguf")
    with pytest.raises(ValueError, match="threads must be a whole number"):
        LlamaCpp(tmp_path / "bad.gguf", threads=0)
    with pytest.raises(FileNotFoundError):
        LlamaCpp(tmp_path / "none.gguf")
    strange = write_tiny_gguf(tmp_path / "strange.gguf", architecture="no-such-thing")
    with pytest.raises(ModelError, match="cannot run strange.gguf"):
        LlamaCpp(strange)


def test_without_xllamacpp_there_is_one_sentence(monkeypatch, tiny):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "xllamacpp":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert not llama_cpp_is_there()
    with pytest.raises(ModelError, match="pip install xllamacpp"):
        LlamaCpp(tiny)
