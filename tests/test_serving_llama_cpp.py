"""engines and upstream_engine with llama.cpp behind the server: who leaves or is stopped gives the slot back."""

import threading
import time

import httpx
import openai
import pytest
from llmcourse.serving.chat_tokens import ChatTokens
from llmcourse.serving.config import ServerConfig
from llmcourse.serving.engines import llama_cpp_engine
from llmcourse.serving.server import BackgroundServer
from tiny_gguf import MERGES, SPECIAL, TOKENS, write_tiny_gguf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

pytest.importorskip("xllamacpp")
CONTEXT = 8192  # an answer of so many tokens takes seconds, so that a slot left at work would be seen
HELLO = {"model": "llama.cpp", "messages": [{"role": "user", "content": "Hello"}], "temperature": 1.0, "seed": 3}
# Greedy, the tiny model never ends of itself.
LONG = HELLO | {"max_tokens": 8000, "stream": True, "temperature": 0}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf", context=CONTEXT)


def tiny_tokens():
    """The tokenizer of the tiny GGUF file, as the server reads one."""
    merges = [tuple(pair.split()) for pair in MERGES]
    tokenizer = Tokenizer(models.BPE({token: place for place, token in enumerate(TOKENS)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    return ChatTokens(tokenizer)


def made(path, **settings):
    engine = llama_cpp_engine(tiny_tokens(), path, context=CONTEXT, **settings)
    return BackgroundServer(engine, ServerConfig(grace=0, requests_per_minute=10**6, tokens_per_minute=10**9))


@pytest.fixture(scope="module")
def server(path):
    with made(path, slots=1) as running:
        yield running


def http(server):
    return httpx.Client(base_url=server.address, timeout=60, trust_env=False)


def at_work(server):
    """Slots at work in llama.cpp itself, by its own account."""
    slots = httpx.get(f"{server.engine._address}/slots", trust_env=False).json()
    return sum(slot["is_processing"] for slot in slots)


def freed(server, seconds=5):
    """Whether our line, our slots and llama.cpp's own slots are soon all free."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not at_work(server) and server.engine.state()["busy"] == server.app.state.gate.inside == 0:
            return True
        time.sleep(0.02)
    return False


def test_a_client_that_hangs_up_frees_llama_cpps_slot(server):
    with http(server).stream("POST", "/v1/chat/completions", json=LONG) as reply:
        lines = reply.iter_lines()
        while "content" not in next(lines) or not at_work(server):
            pass
        assert at_work(server) == 1
    assert freed(server)


def test_leaving_before_a_whole_answer_frees_it_too(server):
    with pytest.raises(httpx.TimeoutException):
        http(server).post("/v1/chat/completions", json=LONG | {"stream": False}, timeout=0.3)
    assert freed(server)


def test_a_stop_string_ends_the_writing_and_not_only_the_text(server):
    client = openai.OpenAI(base_url=f"{server.address}/v1", api_key="none", max_retries=0)
    text = client.chat.completions.create(**HELLO, max_tokens=40).choices[0].message.content
    stop = text[4:6]
    begin = time.monotonic()
    cut = client.chat.completions.create(**HELLO, max_tokens=8000, stop=[stop]).choices[0]
    assert (cut.message.content, cut.finish_reason) == (text[: text.index(stop)], "stop")
    assert freed(server) and time.monotonic() - begin < 5
    chunks = list(client.chat.completions.create(**HELLO, max_tokens=8000, stop=[stop], stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == cut.message.content


def test_several_choices_share_its_slots_and_the_limit_counts(path):
    with made(path, slots=2) as server:
        client = openai.OpenAI(base_url=f"{server.address}/v1", api_key="none", max_retries=0)
        told = client.chat.completions.create(**HELLO, n=2, max_tokens=9, logprobs=True, top_logprobs=2)
        assert [len(choice.logprobs.content) <= 9 for choice in told.choices] == [True, True]
        assert told.usage.completion_tokens <= 18 and freed(server)


def test_stopping_ends_its_answers_with_an_event(path):
    server, told = made(path, slots=1), []

    def listen():
        with http(server).stream("POST", "/v1/chat/completions", json=LONG) as reply:
            told.extend(line for line in reply.iter_lines() if line)

    listener = threading.Thread(target=listen)
    listener.start()
    while len(told) == 0 and not at_work(server):
        time.sleep(0.01)
    server.close(30)
    listener.join(30)
    assert not listener.is_alive() and told[-1] == "data: [DONE]" and "engine_stopped" in told[-2]
