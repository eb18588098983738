"""scratch/attention.py against torch and against the embedded model; ablation; the exercises of lesson 2.2."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import trace
from llmcourse.checking import judge
from llmcourse.checks.attention import EXERCISES
from llmcourse.head_scores import induction_score
from llmcourse.scratch.ablation import without_heads
from llmcourse.scratch.attention import (
    MultiHeadAttention,
    attention,
    attention_weights,
    causal_mask,
    merge_heads,
    repeat_heads,
    softmax,
    split_heads,
)
from tiny_models import tiny_llama
from torch.nn import functional
from transformers.models.llama.modeling_llama import LlamaAttention

TOLERANCES = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 5e-2, torch.float16: 5e-3}
sizes = st.integers(1, 6)


def random(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


@given(sizes, sizes, st.sampled_from([0.1, 10.0, 1000.0]), st.sampled_from(list(TOLERANCES)))
@settings(max_examples=40, deadline=None)
def test_softmax_equals_torch_without_overflow(rows, columns, spread, dtype):
    scores = random(rows, columns, dtype=dtype) * spread
    assert torch.allclose(softmax(scores), scores.softmax(-1), atol=TOLERANCES[dtype])
    assert torch.allclose(softmax(scores, dim=0), scores.softmax(0), atol=TOLERANCES[dtype])


def test_softmax_of_a_row_that_sees_nothing_is_zero():
    assert softmax(torch.full((2, 3), -math.inf)).tolist() == [[0.0] * 3] * 2


@given(
    st.integers(1, 2),
    st.sampled_from([(1, 1), (4, 4), (4, 2), (6, 2), (9, 3), (4, 1)]),
    sizes,
    sizes,
    sizes,
    st.sampled_from(["none", "causal", "boolean", "additive"]),
    st.sampled_from(list(TOLERANCES)),
)
@settings(max_examples=120, deadline=None)
def test_attention_equals_torch(batch, heads, queries, extra, size, kind, dtype):
    query_heads, key_heads = heads
    keys = queries + extra
    query = random(batch, query_heads, queries, size, seed=1, dtype=dtype)
    key = random(batch, key_heads, keys, size, seed=2, dtype=dtype)
    value = random(batch, key_heads, keys, size + 1, seed=3, dtype=dtype)
    mask = {
        "none": None,
        "causal": causal_mask(queries, keys),
        "boolean": random(queries, keys, seed=4) > 0,  # some rows see nothing
        "additive": random(query_heads, queries, keys, seed=5, dtype=dtype),
    }[kind]
    ours = attention(query, key, value, mask)
    theirs = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, enable_gqa=True)
    assert ours.dtype == dtype
    assert torch.allclose(ours, theirs, atol=TOLERANCES[dtype], rtol=TOLERANCES[dtype])


@given(sizes, sizes)
@settings(max_examples=30, deadline=None)
def test_one_head_needs_no_head_dimension(tokens, size):
    query, key, value = (random(tokens, size, seed=seed) for seed in range(3))
    with_heads = attention(query[None], key[None], value[None], causal_mask(tokens))[0]
    assert torch.allclose(attention(query, key, value, causal_mask(tokens)), with_heads, atol=1e-5)


def test_causal_mask_lines_up_the_last_query_with_the_last_key():
    assert torch.equal(causal_mask(4), torch.ones(4, 4).tril().bool())
    assert causal_mask(1, 5).all()  # one new token sees the whole cache
    assert causal_mask(2, 3).tolist() == [[True, True, False], [True, True, True]]


def test_what_is_hidden_changes_nothing():
    query, key, value = (random(2, 5, 4, seed=seed) for seed in range(3))
    before = attention(query, key, value, causal_mask(5))
    key[:, 3:], value[:, 3:] = 7.0, 7.0
    after = attention(query, key, value, causal_mask(5))
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


def test_gradients_equal_torchs():
    ours = [random(2, 4, 5, 3, seed=seed).requires_grad_() for seed in range(3)]
    theirs = [tensor.detach().clone().requires_grad_() for tensor in ours]
    attention(*ours, causal_mask(5)).pow(2).sum().backward()
    functional.scaled_dot_product_attention(*theirs, is_causal=True).pow(2).sum().backward()
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one.grad, other.grad, atol=1e-4)


def test_repeat_heads_names_what_does_not_divide():
    with pytest.raises(ValueError, match="heads must be a multiple of the 2 key heads; got 5"):
        repeat_heads(torch.zeros(2, 3, 4), heads=5)


@given(st.integers(1, 2), sizes, sizes, sizes)
@settings(max_examples=30, deadline=None)
def test_merge_heads_undoes_split_heads(batch, tokens, heads, size):
    features = random(batch, tokens, heads * size)
    split = split_heads(features, heads)
    assert split.shape == (batch, heads, tokens, size)
    assert torch.equal(split[:, -1], features[..., -size:])
    assert torch.equal(merge_heads(split), features)


def test_multi_head_attention_equals_transformers_llama():
    model = tiny_llama()
    layer = model.model.layers[0].self_attn
    assert isinstance(layer, LlamaAttention)
    ours = MultiHeadAttention(width=32, heads=4, key_heads=2, rope_base=10_000.0)
    ours.load_state_dict(layer.state_dict())
    x = random(2, 7, 32)
    positions = model.model.rotary_emb(x, torch.arange(7)[None])
    mask = torch.zeros(7, 7).masked_fill(~causal_mask(7), -math.inf)[None, None]
    with torch.inference_mode():
        theirs, _ = layer(x, position_embeddings=positions, attention_mask=mask)
        assert torch.allclose(ours(x), theirs, atol=1e-5)


def test_all_weights_of_the_embedded_model(model, tokenizer):
    seen = trace(model, tokenizer, "Attention is a soft dictionary: ask, match, take the mean.")
    for queries, keys, theirs in zip(seen.queries, seen.keys, seen.attention, strict=True):
        assert torch.allclose(attention_weights(queries, keys, causal_mask(len(seen))), theirs, atol=1e-5)


def test_without_heads_silences_them_and_puts_them_back(model, tokenizer):
    ids = tokenizer("alpha delta omega alpha delta omega", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        before = model(ids).logits
        with without_heads(model, [(17, 3), (18, 6)]):
            silenced = model(ids).logits
        with pytest.raises(KeyError), without_heads(model, [(17, 3)]):
            raise KeyError
        after = model(ids).logits
        weight = model.model.layers[17].self_attn.o_proj.weight
        kept = weight.clone()
        weight[:, 3 * 64 : 4 * 64] = 0  # the same thing, done to the weights
        by_weights = model(ids).logits
        weight.copy_(kept)
        with without_heads(model, [(17, 3)]):
            by_hook = model(ids).logits
    assert torch.equal(before, after)
    assert not torch.allclose(before, silenced, atol=1e-2)
    assert torch.allclose(by_weights, by_hook, atol=1e-4)


@pytest.mark.parametrize("pair", [(30, 0), (0, 9), (-1, 0)])
def test_without_heads_names_a_pair_that_does_not_exist(model, pair):
    with pytest.raises(ValueError, match=r"heads must be \(0-29, 0-8\) pairs"), without_heads(model, [pair]):
        pass


def test_two_links_make_the_copying_circuit(model, tokenizer):
    """The claim of lesson 2.2: no previous-token head, no induction."""
    text = "Seven purple violins argue under cold soup while Norway forgets its ladder."
    text = f"{text}\n{text}"
    with without_heads(model, [(16, 0)]):
        silenced = induction_score(trace(model, tokenizer, text))
    whole = induction_score(trace(model, tokenizer, text))
    assert whole[18, 6] == whole.max() > 0.7
    assert whole[17, 3:6].min() > 0.5
    assert silenced[17, 3:6].max() < 0.2


def wrong_answers():
    return [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_solution_passes_and_stub_is_not_attempted(exercise, seed):
    assert judge(exercise, exercise.solution, seed=seed).status == "passed"
    stub = ... if exercise.cases is None else lambda *arguments: None
    assert judge(exercise, stub, seed=seed).status == "not attempted"


@pytest.mark.parametrize(("exercise", "mistake"), wrong_answers(), ids=lambda value: getattr(value, "name", None))
@pytest.mark.parametrize("seed", [0, 1])
def test_every_misconception_is_recognised_by_name(exercise, mistake, seed):
    result = judge(exercise, mistake.answer, seed=seed)
    assert (result.status, result.mistake) == ("failed", mistake.name)


def test_there_are_enough_misconceptions():
    assert len(EXERCISES) >= 5
    assert all(len(exercise.mistakes) >= 3 for exercise in EXERCISES)
