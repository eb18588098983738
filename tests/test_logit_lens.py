"""LogitLens: its last row is the model's own output, its figures are torch's, and it says what it cannot read."""

import doctest
import json

import numpy as np
import pytest
import torch
import traitlets
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import LogitLens, lens_columns, trace
from llmcourse.lens_columns import follow_token, pack_columns, ranks_of, read_column
from llmcourse.scratch import lens
from llmcourse.scratch.lens import final_norm, layer_stack, lens_logits, output_step
from tiny_models import SIZES, _build, tiny_bert, tiny_gpt2, tiny_llama, tiny_t5
from tiny_tokenizer import byte_tokenizer
from vectors.make_logit_lens import PATH, make_vectors

SMALL = {**SIZES, "vocab_size": 300}
CAUSAL = {
    "gpt2": (transformers.GPT2LMHeadModel, transformers.GPT2Config(vocab_size=300, n_embd=32, n_layer=3, n_head=4)),
    "llama": (transformers.LlamaForCausalLM, transformers.LlamaConfig(**SMALL, intermediate_size=64)),
    "opt": (
        transformers.OPTForCausalLM,
        transformers.OPTConfig(**SMALL, ffn_dim=64, word_embed_proj_dim=32, max_position_embeddings=64),
    ),
    "bloom": (
        transformers.BloomForCausalLM,
        transformers.BloomConfig(vocab_size=300, hidden_size=32, n_layer=2, n_head=4),
    ),
    "neox": (transformers.GPTNeoXForCausalLM, transformers.GPTNeoXConfig(**SMALL, intermediate_size=64)),
    "gemma2": (  # caps its logits after the output matrix
        transformers.Gemma2ForCausalLM,
        transformers.Gemma2Config(**SMALL, num_key_value_heads=2, head_dim=8, intermediate_size=64),
    ),
    "bert": (transformers.BertForMaskedLM, transformers.BertConfig(**SMALL, intermediate_size=64)),
    "distilbert": (
        transformers.DistilBertForMaskedLM,
        transformers.DistilBertConfig(vocab_size=300, dim=32, n_layers=2, n_heads=4, hidden_dim=64),
    ),
}


@pytest.fixture(scope="module")
def tiny():
    return tiny_gpt2(), byte_tokenizer()


@pytest.fixture
def small(tiny):
    return LogitLens(model=tiny[0], tokenizer=tiny[1], text="The cat sat.")


@pytest.mark.parametrize("family", CAUSAL)
def test_reading_as_the_model_does(family):
    """The last row is the model's own; and its own last layer, normed and read by our steps, gives the same."""
    kind, config = CAUSAL[family]
    model = _build(kind, config)
    ids = torch.arange(3, 10)[None]
    before = []
    blocks = next(part for part in layer_stack(model).children() if isinstance(part, torch.nn.ModuleList))
    hook = blocks[-1].register_forward_hook(
        lambda module, inputs, out: before.append(out[0] if isinstance(out, tuple) else out)
    )
    with torch.inference_mode():
        out = model(ids, output_hidden_states=True)
        hook.remove()
        own = output_step(model, final_norm(model)(before[0]))
    logits = lens_logits(model, torch.cat(out.hidden_states))
    assert logits.shape == (len(out.hidden_states), 7, 300)
    assert torch.allclose(logits[-1], out.logits[0], atol=1e-5)
    assert torch.allclose(own, out.logits, atol=1e-5)
    assert torch.equal(model(ids).logits, out.logits), "the model is as it was"


def test_an_early_row_is_the_model_cut_off_there(tiny):
    model, tokenizer = tiny
    seen = trace(model, tokenizer, "The cat sat.")
    cut = tiny_gpt2()
    cut.transformer.h = cut.transformer.h[:1]
    cut.config.num_hidden_layers = 1
    with torch.inference_mode():
        own = cut(torch.tensor([seen.ids])).logits[0]
    assert torch.allclose(lens_logits(model, seen.hidden)[1], own, atol=1e-5)


def test_the_real_model(model, tokenizer):
    seen = trace(model, tokenizer, "The capital of France is")
    shown = LogitLens(seen, model=model, tokenizer=tokenizer)
    probs = seen.logits.softmax(-1)
    for position in range(5):
        top = probs[position].topk(10)
        assert [name for name, _ in shown.top(30, position)] == [shown._names[one] for one in top.indices]
        assert np.allclose([p for _, p in shown.top(30, position)], top.values, atol=1e-5)
    by_hand = model.lm_head(model.model.norm(seen.hidden[20, -1])).detach().softmax(-1)
    assert shown.top(20)[0][1] == pytest.approx(float(by_hand.max()), abs=1e-5)
    assert shown.track()[-1] == (pytest.approx(float(probs[-1].max()), abs=1e-5), 1)
    assert "Paris" in shown.summary
    shown.target_text = " Rome"
    assert shown.target_name == " Rome"
    assert shown.track()[20][0] == pytest.approx(float(by_hand[shown.target]), rel=1e-3)


def test_the_figures_are_torchs():
    logits = torch.randn(4, 50) * 3
    column = read_column(logits)
    p = logits.double().softmax(-1)
    entropy = torch.distributions.Categorical(probs=p).entropy() / np.log(2)
    divergence = torch.stack([torch.nn.functional.kl_div(row.log(), p[-1], reduction="sum") for row in p]) / np.log(2)
    assert np.allclose(column.entropy, entropy, atol=1e-5)
    assert np.allclose(column.divergence, divergence, atol=1e-5)
    assert column.divergence[-1] == 0
    order = logits.argsort(-1, descending=True).argsort(-1) + 1
    for place, number in enumerate(column.followed):
        assert column.followed_ranks[place].tolist() == order[:, number].tolist()
        assert np.allclose(column.followed_probs[place], p[:, number], atol=1e-6)
    assert column.rank.tolist() == order[:, logits[-1].argmax()].tolist()


def test_a_token_that_is_ruled_out_counts_nothing():
    logits = torch.tensor([[1.0, 0.0, -torch.inf], [0.0, 1.0, -torch.inf]])
    column = read_column(logits)
    assert np.isfinite(column.entropy).all()
    assert np.isfinite(column.divergence).all()
    assert ranks_of(logits, [2]).tolist() == [[3, 3]]


def test_the_vectors_are_still_what_python_packs():
    assert json.loads(PATH.read_text(encoding="utf-8")) == make_vectors(), "run python tests/vectors/make_logit_lens.py"


def test_selecting_and_following(small):
    rows = len(small._columns[0].ids)
    assert (small.layer, small.position, small.target) == (rows - 1, 11, -1)
    assert small.track_data == b""
    small.layer, small.position = 1, 2
    assert small.summary.startswith("After layer 1 of 2 the model would say")
    stranger = next(one for one in range(49_152) if one not in small._columns[2].followed)
    small.target = stranger
    number, position, followed, count = np.frombuffer(small.track_data[:16], "<u4")
    assert (number, position, followed, count) == (small.lens_number, 2, stranger, rows)
    probs, ranks = follow_token(small._model, small._trace, 2, stranger)
    assert small.track_data[16:] == probs.tobytes() + ranks.tobytes()
    for name, wrong in [("layer", rows), ("position", 12), ("target", 49_152), ("layer", -1), ("target", -2)]:
        with pytest.raises(traitlets.TraitError, match=f"{name} must be between"):
            setattr(small, name, wrong)


def test_a_named_target(small):
    small.target_text = "cat"
    assert small.target_name == "c"
    assert small.error == ""
    small.target_text = ""
    assert small.target == -1


def test_new_text_and_what_cannot_be_read_in_it(small):
    first = small.columns_data
    small.text = "Dogs"
    assert len(small.tokens) == 4
    assert small.columns_data != first
    assert small.layer == 2, "the layer stays"
    shown = small.columns_data
    for text, told in [("", "text is empty"), ("a" * 65, "at most 64 fit"), ("b" * 400, "at most 256")]:
        small.text = text
        assert told in small.error
        assert small.columns_data == shown
    small.text = "Cats"
    assert small.error == ""


def test_a_longer_text_keeps_what_is_known(small, monkeypatch):
    asked = []
    real = lens_columns.read_token
    monkeypatch.setattr(
        "llmcourse.logit_lens.read_token", lambda *arguments: asked.append(arguments[2]) or real(*arguments)
    )
    small.text = "The cat sat. On"
    assert asked == [11, 12, 13, 14], "the last position of before now has a next token"
    fresh = LogitLens(model=small._model, tokenizer=small._tokenizer, text="The cat sat. On")
    for one, other in zip(small._columns, fresh._columns, strict=True):
        assert np.allclose(one.probs, other.probs, atol=1e-5)


def test_an_encoder_says_what_stands_here():
    model, tokenizer = tiny_bert(), byte_tokenizer()
    shown = LogitLens(model=model, tokenizer=tokenizer, text="The cat")
    assert not shown.causal
    assert "stands at" in shown.summary
    assert all(one in column.followed for one, column in zip(shown.ids, shown._columns, strict=True))


def test_what_cannot_be_read_is_said(tiny):
    model, tokenizer = tiny
    seen = trace(model, tokenizer, "The cat")
    for wrong in ({}, {"trace": seen}, {"model": model, "tokenizer": tokenizer}, {"trace": seen, "model": model}):
        with pytest.raises(TypeError, match="LogitLens needs a model, its tokenizer and a text"):
            LogitLens(**wrong)
    with pytest.raises(TypeError, match="trace must be a Trace"):
        LogitLens("The cat", model=model, tokenizer=tokenizer)
    with pytest.raises(TypeError, match="model must be a model of transformers"):
        LogitLens(seen, model=torch.nn.Linear(2, 2), tokenizer=tokenizer)
    with pytest.raises(ValueError, match="encoder-decoder"):
        LogitLens(model=tiny_t5(), tokenizer=tokenizer, text="The cat")
    with pytest.raises(ValueError, match="has no output matrix"):
        LogitLens(model=model.transformer, tokenizer=tokenizer, text="The cat")
    with pytest.raises(ValueError, match="trace must come from this model"):
        LogitLens(seen, model=tiny_llama(), tokenizer=tokenizer)


@settings(max_examples=12, deadline=None)
@given(st.text(min_size=1, max_size=12), st.sampled_from(["probability", "entropy", "rank", "divergence"]))
def test_any_text(tiny, text, colour):
    shown = LogitLens(model=tiny[0], tokenizer=tiny[1], text=text, colour=colour)
    assert shown.picture().startswith(b"\x89PNG")
    assert str(len(shown.tokens)) in shown.summary
    assert "</html>" in shown.to_html()


def test_the_bytes_are_small(small):
    columns = small._columns
    assert len(pack_columns(columns, 1)) < len(columns) * 3 * 400


def test_docstrings_run():
    assert doctest.testmod(lens_columns, extraglobs={"torch": torch}).failed == 0
    assert doctest.testmod(lens).failed == 0
