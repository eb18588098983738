"""trace(): what a Trace holds is what the model computed; every bad input is one clear sentence."""

import dataclasses

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llmcourse import Trace, trace
from llmcourse.tracing import encode
from llmcourse.visible_attention import visible_attention
from tiny_models import tiny_bert, tiny_gpt2, tiny_llama

TEXT = "The cat sat on the mat, didn't it?"


@pytest.fixture(scope="module")
def traced(model, tokenizer):
    return trace(model, tokenizer, TEXT)


def test_equals_the_models_own_output(model, tokenizer, traced):
    ids = torch.tensor([traced.ids])
    with torch.inference_mode():
        out = model(ids, output_attentions=True, output_hidden_states=True)
    torch.testing.assert_close(traced.attention, torch.cat(out.attentions))
    torch.testing.assert_close(traced.hidden, torch.cat(out.hidden_states))
    torch.testing.assert_close(traced.logits, out.logits[0])


def test_queries_and_keys_give_the_attention(traced):
    groups = traced.queries.shape[1] // traced.keys.shape[1]
    scores = traced.queries @ traced.keys.repeat_interleave(groups, 1).transpose(-1, -2) * traced.scaling
    scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf)
    torch.testing.assert_close(scores.softmax(-1), traced.attention, atol=1e-5, rtol=1e-4)


def test_a_model_that_hides_its_attention_is_switched_and_put_back(model, tokenizer, traced):
    model.set_attn_implementation("sdpa")
    try:
        again = trace(model, tokenizer, TEXT)
        assert model.config._attn_implementation == "sdpa"
    finally:
        model.set_attn_implementation("eager")
    torch.testing.assert_close(again.attention, traced.attention)


@pytest.mark.parametrize("build, causal", [(tiny_gpt2, True), (tiny_llama, True), (tiny_bert, False)])
def test_other_families(build, causal, tokenizer):
    result = trace(build(), tokenizer, TEXT)
    assert result.causal is causal
    assert result.attention.shape == (2, 4, len(result), len(result))
    torch.testing.assert_close(result.attention.sum(-1), torch.ones(2, 4, len(result)))
    assert result.queries is not None
    assert result.scaling == pytest.approx(8**-0.5)


def test_visible_attention_leaves_nothing_behind_after_an_error():
    model = tiny_llama()
    before = model.config._attn_implementation
    with pytest.raises(ZeroDivisionError), visible_attention(model):
        raise ZeroDivisionError
    assert model.config._attn_implementation == before


@pytest.mark.parametrize(
    "text, kind, words",
    [("", ValueError, "empty"), (None, TypeError, "string"), (["a"], TypeError, "list")],
)
def test_what_is_not_text_is_named(text, kind, words, tokenizer):
    with pytest.raises(kind, match=words):
        trace(tiny_llama(), tokenizer, text)


def test_longer_than_the_context(tokenizer):
    with pytest.raises(ValueError, match="at most 16 fit.*context"):
        trace(tiny_llama(context=16), tokenizer, "word " * 40)


def test_longer_than_a_trace_holds(tokenizer):
    with pytest.raises(ValueError, match="at most 8 fit.*memory"):
        trace(tiny_llama(), tokenizer, "word " * 20, max_tokens=8)


def test_a_model_without_attention_weights(tokenizer):
    model = tiny_llama()
    model.set_output_embeddings = None

    class Mute(torch.nn.Module):
        config, device, modules = model.config, torch.device("cpu"), model.modules
        set_attn_implementation = model.set_attn_implementation

        def forward(self, ids, **_):
            out = model(ids, output_hidden_states=True)
            out.attentions = None
            return out

    with pytest.raises(RuntimeError, match="attn='eager'"):
        trace(Mute(), tokenizer, TEXT)


@pytest.mark.parametrize(
    "change, words",
    [
        (dict(tokens=[]), "at least one token"),
        (dict(ids=[1]), "one id a token"),
        (dict(attention=torch.ones(2, 2, 3, 4)), r"attention must have the shape"),
        (dict(hidden=torch.ones(2, 3, 8)), "hidden must start"),
        (dict(logits=torch.ones(4, 9)), "logits must have the shape"),
        (dict(queries=None), "come together"),
        (dict(queries=torch.ones(2, 3, 3, 4)), "queries must have the shape"),
        (dict(keys=torch.ones(2, 3, 3, 4)), "keys must have the shape"),
    ],
)
def test_shapes_that_disagree_are_named(change, words):
    good = Trace(
        tokens=["a", "b", "c"],
        ids=[1, 2, 3],
        attention=torch.ones(2, 4, 3, 3),
        hidden=torch.ones(3, 3, 8),
        logits=torch.ones(3, 9),
        queries=torch.ones(2, 4, 3, 4),
        keys=torch.ones(2, 2, 3, 4),
        scaling=0.5,
    )
    with pytest.raises(ValueError, match=words):
        dataclasses.replace(good, **change)


def test_tokens_are_slices_of_the_source(tokenizer):
    text = "Grüße </script> 日本語 🎉 don't\n\tمرحبا"
    tokens, ids = encode(tokenizer, text)
    assert "".join(token for token in tokens if not token.startswith("<0x")) == text
    assert tokenizer.decode(ids) == text
    assert "<0x9f>" not in tokens[:3]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_nothing_of_any_text_is_lost(tokenizer, text):
    # A few bytes have no token in this vocabulary: the model never sees a character that needs one.
    clean = (one.encode("utf-8", "replace").decode() for one in text)
    text = "".join(one for one in clean if tokenizer.decode(tokenizer(one)["input_ids"]) == one) + "."
    tokens, ids = encode(tokenizer, text)
    assert len(tokens) == len(ids)
    left = text
    for token in tokens:
        if left.startswith(token):
            left = left[len(token) :]
        else:
            assert token.startswith("<"), "only pieces of a character and special tokens are not in the source"
    assert left == ""


def test_text_that_no_token_covers_is_named(tokenizer):
    with pytest.raises(ValueError, match="no token that the model knows"):
        encode(tokenizer, "\x06")


def test_a_character_whose_bytes_are_partly_unknown_does_not_rename_its_neighbours(tokenizer):
    tokens, ids = encode(tokenizer, "\U00040000:0")
    assert tokens[-2:] == [":", "0"]
    assert len(tokens) == len(ids)


def test_special_tokens_keep_their_name(tokenizer):
    assert encode(tokenizer, "<|im_end|>")[0] == ["<|im_end|>"]
