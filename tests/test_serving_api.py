"""openai_api, request_run, answering, middleware, metrics, server, chaos and engine_benchmark: the server over HTTP."""

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import openai
import pytest
from llmcourse.serving.api_keys import KeyStore, hash_key
from llmcourse.serving.chaos import chaos
from llmcourse.serving.config import ServerConfig
from llmcourse.serving.engine_benchmark import benchmark, benchmark_alone, main, resident_bytes
from llmcourse.serving.engines import make_engine, tiny_engine
from llmcourse.serving.load_test import press, summary
from llmcourse.serving.server import BackgroundServer
from llmcourse.serving.upstream_engine import UpstreamEngine

KEY = "sk-course-test"
STORE = KeyStore({"tester": hash_key(KEY)})
WIDE = {"requests_per_minute": 10**6, "tokens_per_minute": 10**8}
HELLO = {"model": "tiny", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 12, "temperature": 0}


@pytest.fixture(scope="module")
def server():
    with BackgroundServer(tiny_engine(slots=4), ServerConfig(queue=100, **WIDE), STORE) as running:
        yield running


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server.address}/v1", api_key=KEY, max_retries=0)


def http(server, key=KEY):
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=server.address, headers=headers, timeout=60, trust_env=False)


def settled(server, seconds=10):
    """Wait until nothing is at work; whether that came."""
    for _ in range(int(seconds / 0.02)):
        if server.engine.state()["busy"] == server.app.state.gate.inside == 0:
            return True
        time.sleep(0.02)
    return False


def test_the_official_client_works_unchanged(client):
    assert [model.id for model in client.models.list()] == ["tiny"]
    assert client.models.retrieve("tiny").id == "tiny"
    whole = client.chat.completions.create(**HELLO)
    chunks = list(client.chat.completions.create(**HELLO, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content and chunks[-1].usage == whole.usage
    assert whole.usage.completion_tokens <= 12 and whole.choices[0].finish_reason in ("length", "stop")
    plain = client.completions.create(model="tiny", prompt=["ab", "cd"], max_tokens=4, logprobs=2, temperature=0)
    assert len(plain.choices) == 2 and len(plain.choices[0].logprobs.tokens) <= 4
    with client.chat.completions.with_streaming_response.create(**HELLO) as reply:
        assert reply.headers["x-request-id"]


def test_choices_seeds_and_log_probabilities(client):
    drawn = HELLO | {"temperature": 1.0, "n": 3, "seed": 5}
    first, second = (client.chat.completions.create(**drawn) for _ in range(2))
    texts = [choice.message.content for choice in first.choices]
    assert texts == [choice.message.content for choice in second.choices] and len(set(texts)) > 1
    scored = client.chat.completions.create(**HELLO, logprobs=True, top_logprobs=3).choices[0].logprobs.content
    assert all(entry.logprob == entry.top_logprobs[0].logprob for entry in scored)  # greedy: the likeliest


def test_offsets_say_where_each_token_begins_whole_and_streamed(client):
    asked = {"model": "tiny", "prompt": ["ab", "cd"], "max_tokens": 5, "logprobs": 1, "temperature": 0}
    whole = client.completions.create(**asked)
    for choice in whole.choices:
        told = choice.logprobs
        assert told.text_offset == [len("".join(told.tokens[:place])) for place in range(len(told.tokens))]
        assert choice.text.startswith("".join(told.tokens[:-1]))
    offsets = {0: [], 1: []}
    for chunk in client.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            offsets[choice.index] += choice.logprobs.text_offset if choice.logprobs else []
    assert [offsets[choice.index] for choice in whole.choices] == [c.logprobs.text_offset for c in whole.choices]


def test_a_stop_string_ends_plain_answers_and_streams_alike(client):
    text = client.chat.completions.create(**HELLO).choices[0].message.content
    stop = text[3:5]
    wanted = text[: text.index(stop)]
    whole = client.chat.completions.create(**HELLO, stop=[stop])
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == (wanted, "stop")
    chunks = list(client.chat.completions.create(**HELLO, stop=stop, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == wanted
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_langchain_works_unchanged(server):
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(base_url=f"{server.address}/v1", api_key=KEY, model="tiny", temperature=0, max_tokens=12)
    whole = chat.invoke("Hello").content
    assert whole and "".join(piece.content for piece in chat.stream("Hello")) == whole


@pytest.mark.parametrize(
    "wrong, status, code",
    [
        ({"model": "none"}, 404, "model_not_found"),
        ({"max_tokens": 1000}, 400, "context_length_exceeded"),
        ({"temperature": 3}, 400, "invalid_value"),
        ({"telepathy": True}, 400, "invalid_value"),
        ({"messages": []}, 400, "invalid_value"),
        ({"top_logprobs": 2}, 400, None),
    ],
)
def test_what_is_wrong_is_said_in_openais_shape(server, wrong, status, code):
    reply = http(server).post("/v1/chat/completions", json=HELLO | wrong)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], set(error)) == (status, code, {"message", "type", "param", "code"})


def test_keys_sizes_and_routes_are_checked(server):
    assert http(server, "wrong").get("/v1/models").status_code == 401
    assert httpx.get(f"{server.address}/v1/models", trust_env=False).json()["error"]["code"] == "invalid_api_key"
    assert http(server).get("/nowhere").json()["error"]["message"] == "Not Found"
    assert http(server).get("/v1/completions").status_code == 405
    streamed = (b"x" * 100_000 for _ in range(20))  # no Content-Length: the bytes are counted as they come
    with contextlib.suppress(httpx.TransportError):  # it may have answered and closed before all was sent
        assert http(server).post("/v1/chat/completions", content=streamed).status_code == 413


def test_leaving_frees_the_slot_with_and_without_a_stream(server):
    with http(server).stream("POST", "/v1/chat/completions", json=HELLO | {"stream": True, "max_tokens": 200}) as reply:
        next(reply.iter_lines())
    assert settled(server)
    with pytest.raises(httpx.TimeoutException):
        http(server).post("/v1/chat/completions", json=HELLO | {"max_tokens": 220}, timeout=0.05)
    assert settled(server)
    assert server.engine.cache.free == server.engine.cache.pages


def test_a_full_line_and_a_limit_say_when_to_come_back():
    config = ServerConfig(queue=0, requests_per_minute=3)
    with BackgroundServer(tiny_engine(slots=1), config) as server:

        async def two():
            async with httpx.AsyncClient(base_url=server.address, trust_env=False, timeout=60) as client:
                return await asyncio.gather(
                    *(client.post("/v1/chat/completions", json=HELLO | {"max_tokens": 150}) for _ in range(2))
                )

        statuses = sorted((reply.status_code, "retry-after" in reply.headers) for reply in asyncio.run(two()))
        assert statuses == [(200, False), (429, True)]
        third, fourth = (http(server).post("/v1/chat/completions", json=HELLO) for _ in range(2))
        assert third.status_code == 200 and fourth.status_code == 429
        assert fourth.json()["error"]["code"] == "rate_limit_exceeded"


def test_a_time_limit_ends_an_answer():
    with BackgroundServer(tiny_engine(slots=1), ServerConfig(timeout=0.02, **WIDE)) as server:
        assert http(server).post("/v1/chat/completions", json=HELLO | {"max_tokens": 200}).status_code == 504
        reply = http(server).post("/v1/chat/completions", json=HELLO | {"max_tokens": 200, "stream": True})
        assert '"code": "timeout"' in reply.text and reply.text.endswith("data: [DONE]\n\n")
        assert settled(server)


def test_health_readiness_metrics_and_a_log_without_text(server, caplog):
    with caplog.at_level(logging.INFO, "llmcourse.serving"):
        http(server).post("/v1/chat/completions", json=HELLO, headers={"X-Request-ID": "abc"})
        time.sleep(0.2)
    line = next(line for line in map(json.loads, caplog.messages) if line["request_id"] == "abc")
    assert line["key"] == "tester" and line["completion_tokens"] > 0 and "Hello" not in caplog.text
    assert http(server).get("/healthz").json() == {"status": "ok"}
    assert http(server).get("/readyz").json() == {"status": "ready"}
    text = http(server).get("/metrics").text
    assert re.search(r'llm_requests_total\{route="/v1/chat/completions",status="200"\} \d', text)
    assert "llm_slots_busy 0.0" in text and "llm_answers_inside 0.0" in text


def test_a_thousand_requests_of_all_kinds(server):
    tally = asyncio.run(chaos(server.address, KEY, requests=1000, clients=32))
    assert tally["lost"] == tally["mixed_up"] == tally["wrong_status"] == 0, tally
    assert tally["different_answers"] > 4 and sum(tally[kind] for kind in ("good", "left", "json", "huge", "key")) > 900
    assert settled(server)
    assert server.engine.cache.free == server.engine.cache.pages


def test_another_server_is_an_engine_too(server):
    engine = UpstreamEngine(server.address, server.engine.tokens, "tiny", name="front", key=KEY, context=256)
    with BackgroundServer(engine, ServerConfig(**WIDE)) as front:
        wanted = http(server).post("/v1/chat/completions", json=HELLO).json()["choices"]
        found = http(front).post("/v1/chat/completions", json=HELLO | {"model": "front"}).json()["choices"]
        assert found == wanted
        with http(front).stream(
            "POST", "/v1/chat/completions", json=HELLO | {"model": "front", "stream": True, "max_tokens": 200}
        ) as reply:
            next(reply.iter_lines())
        assert settled(front) and settled(server)  # leaving the front leaves the engine behind it


def test_a_load_is_measured(server):
    seen, seconds = asyncio.run(press(server.address, [HELLO] * 6, clients=3, key=KEY))
    told = summary(seen, seconds)
    assert told["answered"] == 6 and 0 < told["first_p50"] <= told["latency_p50"] <= told["latency_p95"] <= seconds
    row = benchmark(server.engine, "Hello", tokens=6, rounds=1)
    assert row["tokens_per_second"] > 0 and resident_bytes() > 10**7


def test_the_benchmark_of_an_engine_alone(capsys):
    assert main(["--engine", "tiny", "--slots", "1"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["engine"] == "tiny" and row["first_token_s"] > 0 and row["memory_mb"] > 10
    with pytest.raises(RuntimeError, match="failed: ValueError: engine must be one of"):
        benchmark_alone(engine="magic")


def test_stopping_lets_answers_finish_or_ends_them_cleanly():
    for grace, whole in ((30.0, True), (0.0, False)):
        before = set(threading.enumerate())
        server = BackgroundServer(tiny_engine(slots=1), ServerConfig(grace=grace, **WIDE))
        body = HELLO | {"stream": True, "max_tokens": 230, "temperature": 1.0, "seed": 3}
        with http(server).stream("POST", "/v1/chat/completions", json=body) as reply:
            lines = reply.iter_lines()
            next(lines)
            closing = threading.Thread(target=server.close)
            closing.start()
            rest = [line for line in lines if line]
        closing.join(30)
        assert rest[-1] == "data: [DONE]"
        assert ('"finish_reason": "' in rest[-2]) if whole else ("engine_stopped" in rest[-2])
        for left in set(threading.enumerate()) - before:
            left.join(5)  # the deadline's timer is cancelled, and the engine's thread has ended
            assert not left.is_alive(), left.name


def test_an_unknown_engine_is_named():
    with pytest.raises(ValueError, match="engine must be one of llama, llama.cpp, upstream, tiny"):
        make_engine(ServerConfig(engine="magic"))


def test_a_server_killed_under_load_comes_back():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llmcourse.serving", "--engine", "tiny", "--port", str(port)]
    url, env = f"http://127.0.0.1:{port}", os.environ | {"OMP_NUM_THREADS": "1"}

    def start():
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1200):
            try:
                if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                    return process
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the server did not come up")

    process = start()
    try:

        async def killed():
            load = asyncio.create_task(press(url, [HELLO | {"max_tokens": 200}] * 12, clients=6))
            await asyncio.sleep(0.15)
            process.kill()
            return (await load)[0]

        seen = asyncio.run(killed())
        assert len(seen) == 12 and any(each.status != 200 for each in seen)  # an error each, and nobody hangs
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.APIConnectionError):
            client.chat.completions.create(**HELLO)
        process.wait()
        process = start()
        assert client.chat.completions.create(**HELLO).choices[0].message.content
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        process.kill()


def test_the_description_holds_against_a_fuzzer():
    import schemathesis
    from llmcourse.serving.openai_api import make_app

    engine = tiny_engine(slots=2)
    schema = schemathesis.openapi.from_asgi("/openapi.json", make_app(engine, ServerConfig(queue=100, **WIDE)))
    try:
        for operation in schema.get_all_operations():
            run_fuzz(operation.ok())
    finally:
        engine.stop()


def run_fuzz(operation):
    """Valid and spoiled requests of one operation: never a fault of ours, and every refusal in OpenAI's shape."""
    from hypothesis import HealthCheck, given, settings
    from schemathesis import GenerationMode

    modes = [GenerationMode.POSITIVE]
    if operation.method.upper() == "POST":  # a GET without parameters has nothing to spoil
        modes.append(GenerationMode.NEGATIVE)
    for mode in modes:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        def fuzzed(case):
            reply = case.call()
            assert reply.status_code < 500, reply.text
            if reply.status_code >= 400 and operation.path.startswith("/v1"):
                assert set(reply.json()) == {"error"}

        fuzzed()
