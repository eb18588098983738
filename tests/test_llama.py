"""scratch/llama.py against transformers: logits, tokens, cache, padding; its parts; its files; its traces."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import trace
from llmcourse.embedded_model import prepare
from llmcourse.scratch.broken_llama import CHANGES, changed
from llmcourse.scratch.generation import stream
from llmcourse.scratch.int8_linear import Int8Linear
from llmcourse.scratch.kv_cache import KVCache
from llmcourse.scratch.llama import Llama, RMSNorm, SwiGLU, rotate
from llmcourse.scratch.llama_files import LlamaConfig, weight_names
from llmcourse.scratch.positions import rope, rope_angles
from llmcourse.scratch.twin_weights import llama_weights_of
from tiny_models import tiny_llama
from transformers import LlamaConfig as TheirConfig
from transformers.models.llama.modeling_llama import LlamaMLP, LlamaRMSNorm

TINY = LlamaConfig(vocabulary=50, width=16, layers=2, heads=4, key_heads=2, head_size=4, mlp_width=24, context=64)


def ids_of(batch, tokens, vocabulary=50, seed=0):
    return torch.randint(vocabulary, (batch, tokens), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def twins():
    """(ours, transformers'): a tiny Llama with the same random weights."""
    theirs = tiny_llama()
    config, weights = llama_weights_of(theirs)
    ours = Llama(config).eval()
    ours.load_state_dict(weights)
    return ours, theirs


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return Llama(TINY).eval()


@pytest.fixture(scope="module")
def real():
    return Llama.from_pretrained(prepare())


@given(st.integers(1, 5), st.integers(1, 9), st.sampled_from([1e-3, 1.0, 1e3]))
@settings(max_examples=25, deadline=None)
def test_rms_norm_equals_transformers(tokens, width, size):
    x = size * torch.randn(tokens, width, generator=torch.Generator().manual_seed(width))
    theirs, ours = LlamaRMSNorm(width, 1e-5), RMSNorm(width, 1e-5)
    theirs.weight.data = ours.weight.data = torch.rand(width)
    for dtype in (torch.float32, torch.bfloat16):
        assert torch.equal(ours.to(dtype)(x.to(dtype)), theirs.to(dtype)(x.to(dtype)))


def test_swiglu_equals_transformers():
    theirs = LlamaMLP(TheirConfig(hidden_size=8, intermediate_size=20, num_attention_heads=2))
    ours = SwiGLU(8, 20)
    gate_up = torch.cat([theirs.gate_proj.weight, theirs.up_proj.weight])
    ours.load_state_dict({"gate_up_proj.weight": gate_up, "down_proj.weight": theirs.down_proj.weight})
    x = torch.randn(3, 5, 8)
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)


@given(st.integers(1, 6), st.sampled_from([2, 4, 8]), st.integers(0, 5000))
@settings(max_examples=25, deadline=None)
def test_rotate_from_tables_equals_rope(tokens, size, start):
    x = torch.randn(2, tokens, size, generator=torch.Generator().manual_seed(size))
    positions = torch.arange(start, start + tokens)
    angles = rope_angles(positions, size)
    tables = torch.cat([angles.cos()] * 2, -1), torch.cat([-angles.sin(), angles.sin()], -1)
    assert torch.allclose(rotate(x, *tables), rope(x, positions), atol=1e-5)


@pytest.mark.parametrize("tokens", [1, 2, 7, 64])
def test_tiny_logits_equal_transformers(twins, tokens):
    ours, theirs = twins
    ids = ids_of(3, tokens, 49_152, seed=tokens)
    with torch.inference_mode():
        assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-5)


def test_untied_weights_of_a_folder(tmp_path):
    theirs = tiny_llama()
    theirs.config.tie_word_embeddings = False
    theirs.save_pretrained(tmp_path)
    ours = Llama.from_pretrained(tmp_path)
    assert not ours.config.tied and ours.head.weight is not ours.embed.weight
    ids = ids_of(1, 5)
    with torch.inference_mode():
        assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-5)


@pytest.mark.parametrize("tokens", [1, 10, 100, 1000])
def test_real_logits_equal_transformers(real, model, tokenizer, tokens):
    text = " ".join(["Lighthouses guided ships along dangerous coasts; keepers climbed the stairs."] * 90)
    ids = tokenizer(text, return_tensors="pt").input_ids[:, :tokens]
    assert ids.shape[1] == tokens
    with torch.inference_mode():
        assert (real(ids) - model(ids).logits).abs().max() < 1e-4


def test_real_greedy_tokens_equal_generate(real, model, tokenizer):
    ids = tokenizer("The capital of France is", return_tensors="pt").input_ids
    theirs = model.generate(ids, do_sample=False, max_new_tokens=24, min_new_tokens=24)[:, ids.shape[1] :]
    assert torch.equal(real.generate(ids, 24, end_ids=()), theirs)


def test_real_trace_equals_that_of_transformers(real, model, tokenizer):
    ours, theirs = (trace(each, tokenizer, "The cat sat.") for each in (real, model))
    assert ours.tokens == theirs.tokens and ours.scaling == theirs.scaling and ours.causal
    for name in ("attention", "hidden", "logits", "queries", "keys"):
        a, b = getattr(ours, name), getattr(theirs, name)
        assert torch.allclose(a, b, atol=2e-3 if name == "hidden" else 1e-4), name


@pytest.mark.parametrize("pieces", [[1] * 12, [12], [5, 7], [5, 1, 1, 5], [1, 11]])
def test_a_cache_changes_nothing(tiny, pieces):
    ids, cache, seen = ids_of(2, 12), KVCache(TINY, batch=2, capacity=2), []
    with torch.inference_mode():
        for piece in torch.split(ids, pieces, dim=1):
            seen.append(tiny(piece, cache))
        assert torch.allclose(torch.cat(seen, 1), tiny(ids), atol=1e-5)
    assert cache.length == 12 <= cache.capacity <= TINY.context


def test_a_cache_can_be_set_back(tiny):
    ids, cache = ids_of(1, 9), KVCache(TINY)
    with torch.inference_mode():
        tiny(ids, cache)
        cache.length = 4
        assert torch.allclose(tiny(ids[:, 4:], cache), tiny(ids)[:, 4:], atol=1e-5)


@pytest.mark.parametrize("pieces", [[9], [6, 1, 1, 1], [2, 7]])
def test_left_padding_changes_nothing(tiny, pieces):
    ids, padding = ids_of(3, 9), torch.tensor([0, 3, 7])
    cache = KVCache(TINY, batch=3, padding=padding)
    with torch.inference_mode():
        logits = torch.cat([tiny(piece, cache) for piece in torch.split(ids, pieces, dim=1)], 1)
        assert torch.allclose(logits[:, 7:], tiny(ids, padding=padding)[:, 7:], atol=1e-5)
        for row, left in enumerate(padding.tolist()):
            alone = tiny(ids[row : row + 1, left:])[0]
            assert torch.allclose(logits[row, left:], alone, atol=1e-5)


def test_last_only_gives_the_last_logits(tiny):
    ids = ids_of(2, 6)
    assert torch.allclose(tiny(ids, last_only=True), tiny(ids)[:, -1:], atol=1e-6)


def test_generation_is_repeatable_and_ends(tiny):
    ids = ids_of(2, 3)
    drawn = [tiny.generate(ids, 10, temperature=1.5, seed=seed, end_ids=()) for seed in (1, 1, 2)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    greedy = tiny.generate(ids, 10, end_ids=())
    end = greedy[0, 1].item()
    ended = tiny.generate(ids[:1], 10, end_ids=(end,))[0].tolist()
    assert ended == greedy[0, : greedy[0].tolist().index(end) + 1].tolist()
    assert [token.tolist() for token in stream(tiny, ids, 10, end_ids=())] == greedy.T.tolist()


def test_a_row_that_has_ended_waits(tiny):
    ids = ids_of(2, 3)
    greedy = tiny.generate(ids, 8, end_ids=())
    end = greedy[0, 0].item()
    both = tiny.generate(ids, 8, end_ids=(end,))
    assert set(both[0].tolist()) == {end}
    stop = (greedy[1] == end).nonzero()
    kept = both.shape[1] if len(stop) == 0 else stop[0, 0] + 1
    assert torch.equal(both[1, :kept], greedy[1, :kept])


def test_temperature_draws_from_the_softmax(tiny):
    ids = ids_of(1, 4).repeat(4000, 1)
    drawn = tiny.generate(ids, 1, temperature=0.5, seed=0, end_ids=())[:, 0].bincount(minlength=50) / 4000
    with torch.inference_mode():
        wanted = (tiny(ids[:1])[0, -1] / 0.5).softmax(-1)
    assert (drawn - wanted).abs().max() < 0.03


def test_it_can_be_trained():
    torch.manual_seed(0)
    model, ids = Llama(TINY), ids_of(4, 10)
    optimizer, losses = torch.optim.Adam(model.parameters(), 1e-2), []
    for _ in range(12):
        logits = model(ids[:, :-1])
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        assert all(weight.grad is not None for weight in model.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.parametrize("width, out", [(8, 4), (64, 33)])
def test_int8_is_close(width, out):
    torch.manual_seed(0)
    linear = torch.nn.Linear(width, out, bias=False)
    x = torch.randn(3, 2, width) * torch.tensor([1.0, 100.0, 0.01])[:, None, None]
    exact, rounded = linear(x), Int8Linear(linear)(x)
    error = (rounded - exact).norm(dim=-1) / exact.norm(dim=-1)
    assert rounded.shape == exact.shape and error.max() < 0.05


def test_the_names_cover_every_weight():
    assert set(weight_names(TINY)) | {"head.weight"} == set(Llama(TINY).state_dict())


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_line_is_changed_only_while_it_is_open(tiny, name):
    ids = ids_of(1, 8)
    with torch.inference_mode():
        before = tiny(ids)
        with changed(name):
            after = tiny(ids)
        assert torch.equal(tiny(ids), before)
    assert torch.equal(after, before) == (name == "nothing")


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda m: m.generate(ids_of(1, 3), 0), "max_tokens must be at least 1"),
        (lambda m: m.generate(ids_of(1, 3), 62), "the model reads at most 64"),
        (lambda m: m.generate(torch.tensor([1, 2])), r"ids must have the shape \(batch, tokens\)"),
        (lambda m: m.generate(ids_of(1, 3), temperature=-1), "temperature must not be negative"),
        (lambda m: m(ids_of(1, 65)), "ids reach 65 tokens; the model reads at most 64"),
        (lambda m: changed("x").__enter__(), "name must be one of 'nothing', 'no RoPE'"),
    ],
)
def test_errors_name_the_argument(tiny, call, words):
    with pytest.raises(ValueError, match=words):
        call(tiny)


def test_errors_of_folders(tmp_path):
    with pytest.raises(ValueError, match="folder must hold config.json"):
        Llama.from_pretrained(tmp_path)
    tiny_llama().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="dtype must be one of float32, bfloat16, float16 or int8; got 'int3'"):
        Llama.from_pretrained(tmp_path, "int3")
    said = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(said | {"num_hidden_layers": 3}))
    with pytest.raises(ValueError, match="folder must hold the weight model.layers.2.input_layernorm.weight"):
        Llama.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(said | {"model_type": "gemma"}))
    with pytest.raises(ValueError, match="must be of a plain Llama"):
        Llama.from_pretrained(tmp_path)
