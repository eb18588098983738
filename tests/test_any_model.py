"""trace() for every family of models: what it holds is what output_attentions of the model itself says."""

import pytest
import torch
import transformers
from llmcourse import AttentionExplorer, Trace, forward_pass, trace
from llmcourse.attention_on_demand import AttentionOnDemand
from llmcourse.target_text import ANSWER
from tiny_models import (
    tiny_bart,
    tiny_bert,
    tiny_bloom,
    tiny_gemma2,
    tiny_gpt2,
    tiny_gpt_oss,
    tiny_lfm2,
    tiny_llama,
    tiny_mistral,
    tiny_t5,
)

TEXT = "The cat sat on the mat because the cat was tired."
TARGET = "Le chat dort, fatigué."
ONE_TEXT = [tiny_gpt2, tiny_llama, tiny_bert, tiny_mistral, tiny_gemma2, tiny_gpt_oss, tiny_lfm2, tiny_bloom]
TWO_TEXTS = [tiny_t5, tiny_bart]
# BLOOM came before transformers' attention interface: its queries and keys stay hidden. Gemma 2 and GPT-OSS do more to
# their scores than scale and add.
PLAIN = [tiny_gpt2, tiny_llama, tiny_bert, tiny_mistral, tiny_lfm2]


def own_output(model, **inputs):
    """What the model itself returns, by its own eager attention."""
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        return model(**{name: torch.tensor([ids]) for name, ids in inputs.items()}, output_attentions=True)


def remade(stack):
    """The weights made again from queries, keys, scaling and bias: what the page shows inside a weight."""
    heads, keys = stack.queries.shape[1], stack.keys
    count, key_count = stack.attention.shape[2:]
    scores = stack.queries @ keys.repeat_interleave(heads // keys.shape[1], 1).transpose(-1, -2) * stack.scaling
    distance = torch.arange(key_count) - torch.arange(count)[:, None] + count - 1
    return (scores + stack.bias[..., distance]).softmax(-1)


@pytest.mark.parametrize("build", ONE_TEXT, ids=lambda build: build.__name__)
@pytest.mark.parametrize("before", ["eager", "sdpa"])
def test_one_text(build, before, tokenizer):
    model = build()
    if build not in (tiny_gpt_oss, tiny_gemma2, tiny_bloom):  # they have no sdpa, which hides its weights
        model.set_attn_implementation(before)
        assert model.config._attn_implementation == before
    implementation = model.config._attn_implementation
    seen = trace(model, tokenizer, TEXT)
    assert model.config._attn_implementation == implementation
    own = torch.cat([layer for layer in own_output(model, input_ids=seen.ids).attentions if layer is not None])
    torch.testing.assert_close(seen.attention, own)
    assert [stack.name for stack in seen.stacks] == ["self"]
    assert seen.stacks[0].query_tokens is seen.tokens
    assert AttentionExplorer(seen).picture().startswith(b"\x89PNG")


@pytest.mark.parametrize("build", PLAIN, ids=lambda build: build.__name__)
def test_queries_keys_and_bias_make_the_weights(build, tokenizer):
    stack = trace(build(), tokenizer, TEXT).stacks[0]
    torch.testing.assert_close(remade(stack), stack.attention, atol=1e-6, rtol=1e-4)
    assert stack.note == ""


def test_a_sliding_window_is_in_the_bias(tokenizer):
    seen = trace(tiny_mistral(window=4), tokenizer, TEXT)
    count = len(seen)
    assert (seen.bias[0, 0] == 0).nonzero().flatten().tolist() == list(range(count - 4, count))
    assert seen.attention[0, :, -1, :-4].max() == 0


def test_what_cannot_be_shown_is_said(tokenizer):
    gemma = tiny_gemma2()
    for layer in gemma.model.layers:
        layer.self_attn.q_proj.weight.data *= 100  # scores so high that the cap matters
    capped, sink = trace(gemma, tokenizer, TEXT), trace(tiny_gpt_oss(), tokenizer, TEXT)
    assert "caps" in capped.note and "sink" in sink.note
    assert not torch.allclose(remade(capped.stacks[0]), capped.attention, atol=1e-4)
    assert sink.attention.sum(-1).max() < 1
    bloom = trace(tiny_bloom(), tokenizer, TEXT)
    assert (bloom.queries, bloom.keys, bloom.bias) == (None, None, None)


def test_layers_without_attention_keep_the_models_numbers(tokenizer):
    seen = trace(tiny_lfm2(), tokenizer, TEXT)
    assert seen.attention.shape[0] == 2 and seen.layer_numbers == [1, 3]
    assert seen.hidden.shape[0] == 5, "one state more than the model has layers"
    assert "In layer 3, head 0" in AttentionExplorer(seen, layer=1).summary


@pytest.mark.parametrize("build", TWO_TEXTS, ids=lambda build: build.__name__)
@pytest.mark.parametrize("target", [TARGET, None])
def test_two_texts(build, target, tokenizer):
    model = build()
    seen = trace(model, tokenizer, TEXT, target=target)
    out = own_output(model, input_ids=seen.encoder.key_ids, decoder_input_ids=seen.ids)
    torch.testing.assert_close(seen.encoder.attention, torch.cat(out.encoder_attentions))
    torch.testing.assert_close(seen.attention, torch.cat(out.decoder_attentions))
    torch.testing.assert_close(seen.cross.attention, torch.cat(out.cross_attentions))
    torch.testing.assert_close(seen.logits, out.logits[0])
    assert [stack.name for stack in seen.stacks] == ["encoder", "decoder", "cross"]
    assert "".join(seen.encoder.query_tokens) == TEXT == seen.text
    assert seen.cross.query_tokens == seen.tokens and seen.cross.key_tokens == seen.encoder.query_tokens
    assert [stack.causal for stack in seen.stacks] == [False, True, False]
    for stack in seen.stacks:
        torch.testing.assert_close(remade(stack), stack.attention, atol=1e-6, rtol=1e-4)
    if target:
        assert "".join(seen.tokens[1:]) == TARGET


def test_t5_has_a_bias_by_distance_and_no_scaling(tokenizer):
    seen = trace(tiny_t5(), tokenizer, TEXT, target=TARGET)
    assert [stack.scaling for stack in seen.stacks] == [1, 1, 1]
    for stack, block in [(seen.encoder, "encoder"), (seen.stacks[1], "decoder")]:
        assert stack.bias.isfinite().any() and stack.bias[stack.bias.isfinite()].abs().max() > 0, block
    assert seen.cross.bias.abs().max() == 0


@pytest.mark.parametrize("build", TWO_TEXTS, ids=lambda build: build.__name__)
def test_without_a_target_the_model_answers(build, tokenizer):
    model = build()
    seen = trace(model, tokenizer, TEXT)
    ids = torch.tensor([seen.encoder.query_ids])
    written = model.generate(ids, do_sample=False, max_new_tokens=ANSWER, use_cache=False)[0].tolist()
    assert seen.ids == (written[:-1] if written[-1] == model.config.eos_token_id else written)
    for place in range(1, len(seen.ids)):
        if build is tiny_t5:  # BART's last token is forced
            assert seen.logits[place - 1].argmax() == seen.ids[place]


def test_a_target_for_a_model_that_reads_one_text(tokenizer):
    with pytest.raises(TypeError, match="target is for encoder-decoder"):
        trace(tiny_llama(), tokenizer, TEXT, target=TARGET)
    with pytest.raises(ValueError, match="target has .* at most 64"):
        trace(tiny_bart(), tokenizer, TEXT, target="word " * 80)
    with pytest.raises(ValueError, match="target is empty"):
        trace(tiny_bart(), tokenizer, TEXT, target="")


def test_a_pair_of_texts():
    vocabulary = {
        name: place for place, name in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cats", "sleep", "dogs"])
    }
    tokenizer = transformers.BertTokenizer(vocab=vocabulary)
    model = tiny_bert()
    seen = trace(model, tokenizer, "Cats sleep", pair="Dogs sleep")
    assert seen.tokens == ["[CLS]", "Cats", "sleep", "[SEP]", "Dogs", "sleep", "[SEP]"]
    own = own_output(model, input_ids=seen.ids, token_type_ids=[0, 0, 0, 0, 1, 1, 1])
    torch.testing.assert_close(seen.attention, torch.cat(own.attentions))
    alone = trace(model, tokenizer, "Cats sleep")
    assert alone.tokens == ["[CLS]", "Cats", "sleep", "[SEP]"]


def test_a_model_in_training_mode_is_traced_without_dropout_and_put_back(tokenizer):
    model = tiny_bert()
    expected = trace(model, tokenizer, TEXT).attention
    model.train()
    model.bert.encoder.layer[0].eval()
    torch.testing.assert_close(trace(model, tokenizer, TEXT).attention, expected)
    assert model.training and not model.bert.encoder.layer[0].training


@pytest.mark.parametrize("build", [*ONE_TEXT[:-1], *TWO_TEXTS], ids=lambda build: build.__name__)
def test_weights_on_demand_are_those_of_the_whole(build, tokenizer, monkeypatch):
    model = build()
    whole = trace(model, tokenizer, TEXT).stacks
    monkeypatch.setattr(forward_pass, "WHOLE", 0)
    monkeypatch.setattr("llmcourse.visible_attention.BLOCK", 200)  # so that a text has several blocks
    on_demand = trace(model, tokenizer, TEXT).stacks
    for one, other in zip(whole, on_demand, strict=True):
        assert isinstance(other.attention, AttentionOnDemand)
        assert (one.name, one.causal, one.layer_numbers) == (other.name, other.causal, other.layer_numbers)
        for layer in range(one.attention.shape[0]):
            torch.testing.assert_close(other.attention[layer], one.attention[layer], atol=1e-6, rtol=1e-5)
            torch.testing.assert_close(other.rows(layer, 2, 1, 2), one.rows(layer, 2, 1, 2), atol=1e-6, rtol=1e-5)


def test_attention_only_leaves_the_rest_out(tokenizer):
    whole, seen = trace(tiny_llama(), tokenizer, TEXT), trace(tiny_llama(), tokenizer, TEXT, attention_only=True)
    assert (seen.hidden, seen.logits) == (None, None)
    torch.testing.assert_close(seen.attention, whole.attention)
    two = trace(tiny_t5(), tokenizer, TEXT, target=TARGET, attention_only=True)
    assert (two.hidden, two.logits) == (None, None)


class Letters:
    """A learner's tokenizer: one token a letter."""

    def encode(self, text):
        return [ord(letter) % 64 for letter in text]

    def decode(self, ids):
        return "".join(chr(number + 64) for number in ids)


class Learners(torch.nn.Module):
    """A learner's model, which offers itself to trace()."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed = torch.nn.Embedding(64, 8)

    def traced(self, ids):
        states = self.embed(ids)[0]
        scores = (states @ states.T / 8**0.5).masked_fill(
            torch.ones(len(states), len(states)).triu(1).bool(), -torch.inf
        )
        weights = scores.softmax(-1)
        return {"attention": weights[None, None], "hidden": torch.stack([states, weights @ states])}


def test_a_learners_own_model_offers_itself():
    seen = trace(Learners(), Letters(), "ABBA")
    assert seen.tokens == list("ABBA") and seen.ids == [1, 2, 2, 1]
    assert seen.causal and seen.attention.shape == (1, 1, 4, 4) and not seen.attention.requires_grad
    assert AttentionExplorer(model=Learners(), tokenizer=Letters(), text="ABBA").tokens == list("ABBA")


def test_a_model_that_offers_nothing_is_named():
    with pytest.raises(TypeError, match=r"traced\(ids\).*Linear is neither"):
        trace(torch.nn.Linear(2, 2), Letters(), "ABBA")
    silent = Learners()
    silent.traced = lambda ids: torch.zeros(1)
    with pytest.raises(TypeError, match="dict of fields"):
        trace(silent, Letters(), "ABBA")


def test_a_trace_by_hand_needs_only_tokens_and_attention():
    seen = Trace(["a", "b", "a"], attention=torch.full((1, 2, 3, 3), 1 / 3), causal=False)
    assert (seen.ids, seen.hidden, seen.logits) == ([0, 1, 0], None, None)
    assert AttentionExplorer(seen).heads == 2
    with pytest.raises(ValueError, match="attention is missing"):
        Trace(["a", "b"])
