"""scratch/positions.py against transformers' own code, and the properties that lesson 2.2 shows."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import trace
from llmcourse.scratch.attention import attention_weights, causal_mask, split_heads
from llmcourse.scratch.position_task import SCHEMES, RecallHead, recall_accuracy, train_recall
from llmcourse.scratch.positions import (
    LearnedPositions,
    alibi_bias,
    alibi_slopes,
    rope,
    rope_angles,
    sinusoidal,
)
from tiny_models import tiny_llama
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_sinusoidal_is_the_papers_formula():
    table = sinusoidal(50, 8)
    for position in (0, 1, 17, 49):
        for i in range(4):
            angle = position / 10_000 ** (2 * i / 8)
            assert table[position, 2 * i] == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[position, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-5)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_sinusoidal_products_know_only_the_distance(one, other, shift):
    table = sinusoidal(261, 16)
    assert table[one] @ table[other] == pytest.approx((table[one + shift] @ table[other + shift]).item(), abs=1e-3)


def test_rope_equals_transformers():
    model = tiny_llama()
    query, key = random(1, 4, 9, 8, seed=1), random(1, 2, 9, 8, seed=2)
    cos, sin = model.model.rotary_emb(query, torch.arange(9)[None])
    theirs = apply_rotary_pos_emb(query, key, cos, sin)
    for x, expected in zip((query, key), theirs, strict=True):
        assert torch.allclose(rope(x, torch.arange(9)), expected, atol=1e-6)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.sampled_from([2, 4, 64]))
@settings(max_examples=40, deadline=None)
def test_rope_scores_know_only_the_distance(one, other, shift, size):
    query, key = random(1, size, seed=1), random(1, size, seed=2)

    def score(query_position, key_position):
        turned = rope(query, torch.tensor([query_position])) @ rope(key, torch.tensor([key_position])).T
        return turned.item()

    assert score(one, other) == pytest.approx(score(one + shift, other + shift), abs=2e-3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_rope_keeps_lengths_and_dtype(dtype):
    x = random(3, 5, 8).to(dtype)
    turned = rope(x, torch.arange(5))
    assert turned.dtype == dtype
    assert torch.allclose(turned.norm(dim=-1).float(), x.norm(dim=-1).float(), rtol=2e-2)
    assert torch.equal(turned[:, 0], x[:, 0])  # position 0 stays


def test_queries_of_the_embedded_model_come_from_hidden_states_by_our_rope(model, tokenizer):
    seen = trace(model, tokenizer, "Positions turn queries and keys.")
    layer = model.model.layers[5]
    place = torch.arange(len(seen))
    with torch.inference_mode():
        x = layer.input_layernorm(seen.hidden[5])
        query = rope(split_heads(layer.self_attn.q_proj(x), 9), place, base=100_000.0)
        key = rope(split_heads(layer.self_attn.k_proj(x), 3), place, base=100_000.0)
    assert torch.allclose(query, seen.queries[5], atol=1e-4)
    assert torch.allclose(key, seen.keys[5], atol=1e-4)
    assert torch.allclose(attention_weights(query, key, causal_mask(len(seen))), seen.attention[5], atol=1e-5)


def test_odd_sizes_are_refused():
    with pytest.raises(ValueError, match="size must be even"):
        rope_angles(torch.arange(3), size=5)
    with pytest.raises(ValueError, match="width must be even"):
        sinusoidal(3, 5)


@pytest.mark.parametrize("heads", [1, 2, 4, 8, 9, 12, 16, 20])
def test_alibi_equals_transformers_up_to_a_constant_of_each_row(heads):
    tokens = 7
    theirs = build_alibi_tensor(torch.ones(1, tokens), heads, torch.float32).view(heads, 1, tokens)
    scores = random(heads, tokens, tokens).masked_fill(~causal_mask(tokens), -math.inf)
    assert torch.allclose((scores + theirs).softmax(-1), (scores + alibi_bias(heads, tokens)).softmax(-1), atol=1e-6)
    assert torch.equal(alibi_bias(heads, tokens).isfinite().all(0), causal_mask(tokens))
    assert (alibi_slopes(heads) > 0).all()


def test_learned_positions_end():
    table = LearnedPositions(4, 2)
    assert torch.equal(table(torch.zeros(4, 2)), table.table)
    with pytest.raises(ValueError, match="5 tokens, but only 4 positions were learned"):
        table(torch.zeros(5, 2))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_scheme_sees_the_future(scheme):
    torch.manual_seed(0)
    head = RecallHead(scheme, length=6)
    ids = torch.tensor([[1, 2, 3, 4, 5, 6]])
    changed = ids.clone()
    changed[:, 4:] = 0
    assert torch.allclose(head(ids)[:, :4], head(changed)[:, :4], atol=1e-5)
    assert not torch.allclose(head(ids)[:, 4:], head(changed)[:, 4:])


def test_an_unknown_scheme_is_named():
    with pytest.raises(ValueError, match="scheme must be one of none, sinusoidal, .*; got 'magic'"):
        RecallHead("magic", length=4)


def test_the_task_needs_positions():
    """What lesson 2.2 says of the five schemes, with room for other machines."""
    accuracy = {scheme: recall_accuracy(train_recall(scheme, back=1), back=1, length=16) for scheme in SCHEMES}
    assert accuracy["none"] < 0.6
    assert min(accuracy[scheme] for scheme in SCHEMES[1:]) > 0.85
    learned = train_recall("learned", back=1, steps=1)
    assert math.isnan(recall_accuracy(learned, back=1, length=17))
