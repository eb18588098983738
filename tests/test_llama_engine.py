"""llama_engine with paged_cache: the same tokens whatever shares the batch, in 8 bits to the last bit; no leaks."""

import asyncio

import pytest
import torch
from llmcourse.scratch.int8_linear import Int8Linear, SteadyInt8Linear, in_int8, make_steady
from llmcourse.scratch.llama import Llama
from llmcourse.scratch.llama_files import LlamaConfig
from llmcourse.scratch.paged_cache import PagedCache
from llmcourse.serving.engine import EngineStopped, Job
from llmcourse.serving.engines import tiny_engine

PROMPTS = ["a", "the quick brown fox", "x" * 100, "hello there", "é🎈", "one two three four five six seven", "z" * 70]


async def tokens_of(engine, job, delay=0.0):
    await asyncio.sleep(delay)
    return [(token.text, token.logprob) async for token in engine.generate(job)]


def jobs_of(engine, **settings):
    return [
        Job(engine.encode(text), 6 + 4 * place, top_logprobs=0, **({"temperature": 0} | settings))
        for place, text in enumerate(PROMPTS)
    ]


@pytest.fixture
def engine():
    made = tiny_engine(slots=3)
    yield made
    made.stop()


@pytest.mark.parametrize("policy", ["continuous", "static"])
@pytest.mark.parametrize("settings", [{}, {"temperature": 1.0, "seed": 7, "frequency_penalty": 0.5}])
@pytest.mark.parametrize("steady", [True, False])
def test_a_request_gets_the_same_whatever_shares_its_batch(policy, settings, steady):
    engine = tiny_engine(slots=3, policy=policy)
    if steady:
        make_steady(in_int8(engine.model))

    async def both():
        jobs = jobs_of(engine, **settings)
        alone = [await tokens_of(engine, job) for job in jobs]
        together = await asyncio.gather(*(tokens_of(engine, job, 0.002 * place) for place, job in enumerate(jobs)))
        return alone, together

    alone, together = asyncio.run(both())
    if steady:
        assert alone == together  # texts and log-probabilities, to the last bit
    for one, other in zip(alone, together, strict=True):  # in float32 the slot may move the last digit
        assert [text for text, _ in one] == [text for text, _ in other]
        assert [value for _, value in one] == pytest.approx([value for _, value in other], abs=1e-4)
    assert engine.cache.free == engine.cache.pages and engine.state()["busy"] == 0
    engine.stop()


def test_greedy_tokens_are_those_of_the_model_alone(engine):
    for text in PROMPTS:
        ids = engine.encode(text)
        wanted = engine.model.generate(torch.tensor([ids]), max_tokens=20)[0].tolist()
        found = asyncio.run(tokens_of(engine, Job(ids, 20, temperature=0)))
        assert "".join(text for text, _ in found) == engine.tokens.decode(wanted)


def test_leaving_frees_the_slot(engine):
    async def leave():
        stream = engine.generate(Job([1, 2], 200, temperature=1))
        async for _ in stream:
            break
        await stream.aclose()
        return await tokens_of(engine, Job([3], 2, temperature=0))

    assert len(asyncio.run(leave())) <= 2
    assert engine.state() == {"alive": True, "busy": 0, "waiting": 0, "free_pages": engine.cache.pages}


def test_stopping_tells_those_who_wait():
    engine = tiny_engine(slots=1)

    async def stopped():
        waiting = [asyncio.create_task(tokens_of(engine, Job([1], 250, temperature=1))) for _ in range(3)]
        await asyncio.sleep(0.05)
        engine.stop()
        return await asyncio.gather(*waiting, return_exceptions=True)

    ends = asyncio.run(stopped())
    assert any(isinstance(end, EngineStopped) for end in ends)
    assert all(isinstance(end, list | EngineStopped) for end in ends)
    with pytest.raises(EngineStopped):
        asyncio.run(tokens_of(engine, Job([1], 2)))


def test_a_fault_in_the_model_reaches_the_client(engine):
    engine.model.norm.forward = None
    with pytest.raises(EngineStopped, match="the engine failed: TypeError"):
        asyncio.run(tokens_of(engine, Job([1], 2)))
    assert engine.state()["alive"] is False


def test_pages_are_given_once_and_come_back():
    config = LlamaConfig(10, 8, 1, 2, 1, 4, 16)
    cache = PagedCache(config, pages=4, page=16)
    first, second = cache.take(20), cache.take(32)
    assert sorted(first + second) == [1, 2, 3, 4] and cache.free == 0
    with pytest.raises(ValueError, match="tokens need 1 pages, and 0 are free"):
        cache.take(1)
    cache.give_back(first)
    assert cache.free == 2 and set(cache.take(32)) == set(first)
    with pytest.raises(ValueError, match="table must list pages that are held"):
        cache.give_back([9])
    assert cache.places([3, 1], 40).tolist()[:2] == [48, 49] and cache.places([3, 1], 40).tolist()[16] == 16
    assert cache.places([3, 1], 40).tolist()[-1] == 7  # behind the table: page 0


def test_steady_int8_rows_do_not_see_each_other():
    torch.manual_seed(0)
    linear = torch.nn.Linear(64, 32, bias=False)
    x = torch.randn(6, 64)
    x[3, 5] = -40.0  # a neighbour whose largest number is negative moves the common range
    steady, plain = SteadyInt8Linear(linear), Int8Linear(linear)
    assert torch.equal(torch.cat([steady(row[None]) for row in x]), steady(x))
    assert not torch.equal(plain(x[:2]), plain(x)[:2])
    assert (steady(x) - linear(x)).abs().max() < 0.3 * linear(x).abs().max()


def test_the_model_loads_in_steady_int8(tmp_path):
    from tiny_models import tiny_llama

    tiny_llama().save_pretrained(tmp_path)
    model = Llama.from_pretrained(tmp_path, dtype="int8-steady")
    assert isinstance(model.blocks[0].mlp.down_proj, SteadyInt8Linear)
    hasty = Llama.from_pretrained(tmp_path, dtype="int8")
    ids = torch.tensor([[5, 6, 7]])
    assert torch.equal(make_steady(hasty)(ids), model(ids))
