"""AttentionExplorer in Python: exact bytes, small messages, traits that follow, errors that say what is wrong."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llmcourse import AttentionExplorer, Trace, forward_pass, trace
from llmcourse.attention_on_demand import AttentionOnDemand, strongest
from llmcourse.attention_packing import LEVELS, pack_biases, pack_queries_keys, pack_thumbnails, pack_weights
from llmcourse.attention_picture import RAMP
from llmcourse.attention_stack import AttentionStack
from llmcourse.attention_state import AROUND, LONG
from llmcourse.attention_summary import attention_sentence
from llmcourse.front_end import STATIC, script
from programs import need_program
from tiny_models import tiny_bart, tiny_bert, tiny_gpt2, tiny_lfm2, tiny_llama, tiny_t5
from tiny_tokenizer import byte_tokenizer
from traitlets import TraitError

TEXT = "The cat sat on the mat because the cat was tired."


@pytest.fixture
def llama(tokenizer):
    return trace(tiny_llama(), tokenizer, TEXT)


@pytest.fixture
def bert(tokenizer):
    return trace(tiny_bert(), tokenizer, TEXT)


def made(count, layers=2, heads=3, size=4, key_heads=3):
    """A trace of random attention, for what no model is needed for."""
    torch.manual_seed(count)
    attention = torch.rand(layers, heads, count, count).tril()
    attention /= attention.sum(-1, keepdim=True)
    return Trace(
        tokens=[f" t{place}" for place in range(count)],
        ids=list(range(count)),
        attention=attention,
        hidden=torch.zeros(layers + 1, count, 1),
        logits=torch.zeros(count, 1),
        queries=torch.randn(layers, heads, count, size),
        keys=torch.randn(layers, key_heads, count, size),
        scaling=0.5,
    )


def unpacked(block, seen, square):
    """{(layer, head): (query, key)} read from a block of weights, written without a look at the packer."""
    _, count, is_square, heads = np.frombuffer(block, "<u4", 4).tolist()
    assert (count, is_square) == (len(seen), square)
    places = np.frombuffer(block, "<u4", 2 * heads, 16).reshape(heads, 2).tolist()
    whole = np.zeros((heads, count, count))
    query, key = np.indices((count, count))
    cells = np.frombuffer(block, "<u2", offset=16 + 8 * heads).reshape(heads, -1)
    whole[:, (key <= query) | bool(square)] = cells / LEVELS
    return {tuple(place): weights for place, weights in zip(places, whole, strict=True)}


def in_node(code, data):
    """What a module of the page makes of these bytes: run in Node, answered as JSON."""
    source = f"""
      import {{ readFileSync }} from "node:fs";
      import * as page from {json.dumps((STATIC / "attention_data.js").as_uri())};
      const bytes = new Uint8Array(readFileSync(0));
      console.log(JSON.stringify((() => {{ {code} }})()));"""
    command = [need_program("node"), "--input-type=module", "-e", source]
    return json.loads(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("build", ["llama", "bert"])
def test_weights_are_exact_to_five_digits(build, request):
    seen = request.getfixturevalue(build)
    view = AttentionExplorer(seen)
    assert view.square == (build == "bert")
    heads = unpacked(view.weights, seen, view.square)
    assert len(heads) == 8, "a small model travels whole"
    for place, weights in heads.items():
        assert np.abs(weights - seen.attention[place].numpy()).max() <= 1e-5


def test_attention_to_later_tokens_is_kept_whatever_the_trace_says(bert):
    view = AttentionExplorer(replace(bert, causal=True))
    assert view.square
    assert unpacked(view.weights, bert, True)[0, 0][0, -1] > 0


def test_the_page_reads_the_same_weights(llama, bert):
    for seen, square in [(llama, False), (bert, True)]:
        code = """
          const block = page.readWeights(bytes), one = block.heads.get("1.2"), rows = [];
          for (let query = 0; query < one.tokens; query += 1) {
            rows.push(Array.from({length: one.tokens}, (_, key) => page.weightAt(one, query, key)));
          }
          return [block.number, [...block.heads.keys()], rows];"""
        number, places, rows = in_node(code, pack_weights(seen, [(0, 3), (1, 2)], 7, square))
        assert (number, places) == (7, ["0.3", "1.2"])
        assert np.abs(np.array(rows) - seen.attention[1, 2].numpy()).max() <= 1e-5


def test_the_page_takes_every_weight_apart_as_the_model_made_it(llama):
    code = """
      const { number, found } = page.readQueriesKeys(bytes), pair = found.get("1.3"), rows = [];
      for (let query = 0; query * pair.size < pair.queries.length; query += 1) {
        const steps = page.weightSteps(pair, query, 0, %r, query + 1);
        rows.push([steps.dot, steps.scores[0], ...steps.weights]);
      }
      return [number, [...found.keys()], rows];"""
    data = pack_queries_keys(llama, [(0, 1), (1, 3)], 5)
    number, places, rows = in_node(code % llama.scaling, data)
    assert (number, places) == (5, ["0.1", "1.3"])
    key = llama.keys[1, 3 // 2]  # two heads share a key head
    dots = llama.queries[1, 3] @ key[0]
    for query, (dot, score, *weights) in enumerate(rows):
        assert dot == pytest.approx(float(dots[query]), abs=1e-5)
        assert score == pytest.approx(float(dots[query]) * llama.scaling, abs=1e-5)
        assert weights == pytest.approx(llama.attention[1, 3, query, : query + 1].tolist(), abs=1e-5)


@pytest.mark.parametrize("count", [1, 2, 24, 25, 47, 48, 49, 130])
def test_thumbnails_keep_the_strongest_weight_of_each_square(count):
    seen = made(count)
    data, side, pool = pack_thumbnails(seen.attention)
    assert side <= 24 and (side - 1) * pool < count <= side * pool
    shades = np.frombuffer(data, np.uint8).reshape(2, 3, side, side)
    for y in range(side):
        for x in range(side):
            square = seen.attention[:, :, y * pool : (y + 1) * pool, x * pool : (x + 1) * pool]
            expected = square.amax((2, 3)).sqrt() * 255
            assert np.abs(shades[:, :, y, x] - expected.numpy()).max() <= 0.501


def message_size(view):
    binary = sum(len(getattr(view, name)) for name in ("thumbnails", "scores", "weights", "queries_keys"))
    return binary + len(json.dumps(view.tokens))


@pytest.mark.parametrize(("count", "most"), [(64, 750_000), (512, 5_000_000)])
def test_the_first_message_is_small(count, most):
    view = AttentionExplorer(made(count, layers=30, heads=9))
    assert message_size(view) <= most


def test_a_head_is_sent_when_it_is_chosen():
    seen = made(100, layers=12, heads=9)
    view = AttentionExplorer(seen, layer=2, head=5)
    assert list(unpacked(view.weights, seen, False)) == [(2, 5)]
    view.layer = 7
    heads = unpacked(view.weights, seen, False)
    assert list(heads) == [(7, 5)]
    assert np.abs(heads[7, 5] - seen.attention[7, 5].numpy()).max() <= 1e-5


def test_queries_and_keys_are_sent_when_a_pair_is_selected(llama):
    view = AttentionExplorer(llama, layer=1, head=3)
    assert view.queries_keys == b""
    view.query_token = 4
    assert view.queries_keys == b""
    view.key_token = 2
    assert view.queries_keys == pack_queries_keys(llama, [(1, 3)], view.trace_number)
    view.head = 0
    assert view.queries_keys == pack_queries_keys(llama, [(1, 0)], view.trace_number)


def test_scores_reach_the_page(llama):
    from llmcourse.head_scores import SCORES

    values = np.frombuffer(AttentionExplorer(llama).scores, "<f4").reshape(3, 2, 4)
    for name, place in zip(SCORES, range(3), strict=True):
        assert np.allclose(values[place], SCORES[name](llama))
    assert np.isnan(np.frombuffer(AttentionExplorer(made(3)).scores, "<f4").reshape(3, 2, 3)[2]).all()


def test_live_text_is_traced_again(tokenizer):
    view = AttentionExplorer(model=tiny_llama(), tokenizer=tokenizer, text="one two three", query_token=2, key_token=1)
    first = view.weights
    view.text = "four five"
    assert view.tokens == ["four", " five"]
    assert (view.query_token, view.key_token, view.error, view.busy) == (-1, -1, "", False)
    assert view.weights != first and view.queries_keys == b""
    assert np.frombuffer(view.weights, "<u4", 1)[0] == view.trace_number == 2


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("word " * 1100, "at most 1,024")])
def test_bad_live_text_is_told_and_the_last_view_stays(tokenizer, text, reason):
    view = AttentionExplorer(model=tiny_llama(1024), tokenizer=tokenizer, text="good text")
    view.text = text
    assert reason in view.error
    assert view.tokens == ["good", " text"] and not view.busy
    view.text = "fine"
    assert view.error == "" and view.tokens == ["fine"]


def test_a_model_that_hides_its_attention_is_told_live_and_raised_at_once(tokenizer, monkeypatch):
    model = tiny_gpt2()
    view = AttentionExplorer(model=model, tokenizer=tokenizer, text="good text")
    forward = type(model).forward

    def hiding(self, *args, **kwargs):
        out = forward(self, *args, **kwargs)
        out.attentions = None
        return out

    monkeypatch.setattr(type(model), "forward", hiding)
    view.text = "other text"
    assert "attn='eager'" in view.error and view.tokens == ["good", " text"]
    with pytest.raises(RuntimeError, match="attn='eager'"):
        AttentionExplorer(model=model, tokenizer=tokenizer, text="other text")


def test_the_text_of_a_trace_is_fixed(llama):
    view = AttentionExplorer(llama)
    view.text = "other"
    assert "fixed" in view.error and view.tokens == llama.tokens


@pytest.mark.parametrize(
    ("arguments", "problem", "words"),
    [
        ({}, TypeError, "needs a trace"),
        ({"trace": "The cat"}, TypeError, "got str"),
        ({"model": 1, "tokenizer": None, "text": "a"}, TypeError, "needs a trace"),
    ],
)
def test_wrong_arguments(arguments, problem, words):
    with pytest.raises(problem, match=words):
        AttentionExplorer(**arguments)


def test_wrong_texts(tokenizer):
    model = tiny_llama(1024)
    for text, problem, words in [
        (None, TypeError, "needs a text"),
        (5, TypeError, "got int"),
        ("", ValueError, "empty"),
        ("word " * 1100, ValueError, "at most 1,024"),
    ]:
        with pytest.raises(problem, match=words):
            AttentionExplorer(model=model, tokenizer=tokenizer, text=text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.5, 3.0])
def test_attention_that_is_no_weight_is_named(value):
    seen = made(4)
    seen.attention[1, 2, 3, 0] = value
    with pytest.raises(ValueError, match="layer 1, head 2 gives .* from token 3 to token 0"):
        AttentionExplorer(seen)


@pytest.mark.parametrize(
    ("name", "value"),
    [("layer", 2), ("layer", -1), ("head", 3), ("query_token", 5), ("key_token", -2), ("view", "x"), ("sort", "x")],
)
def test_what_does_not_exist_cannot_be_selected(name, value):
    view = AttentionExplorer(made(5))
    before = getattr(view, name)
    with pytest.raises(TraitError, match=name):
        setattr(view, name, value)
    assert getattr(view, name) == before
    with pytest.raises(TraitError, match=name):
        AttentionExplorer(made(5), **{name: value})


def test_without_queries_and_in_half_precision():
    seen = made(5)
    view = AttentionExplorer(replace(seen, queries=None, keys=None, scaling=None), query_token=3, key_token=1)
    assert view.scaling is None and view.queries_keys == b""
    assert "queries_keys" in view.exported_state()
    half = replace(seen, attention=seen.attention.half(), queries=seen.queries.half(), keys=seen.keys.half())
    weights = unpacked(AttentionExplorer(half).weights, seen, False)[1, 2]
    assert np.abs(weights - half.attention[1, 2].float().numpy()).max() <= 1e-5


def test_the_exported_page_holds_what_fits(llama):
    small = AttentionExplorer(llama).exported_state()
    assert len(unpacked(small["weights"], llama, False)) == 8
    assert np.frombuffer(small["queries_keys"], "<u4", 4)[3] == 8, "all heads of a small model"
    seen = made(512, layers=12, heads=9, size=64, key_heads=3)
    state = AttentionExplorer(seen, layer=9, head=4).exported_state()
    included = list(unpacked(state["weights"], seen, False))
    assert included[0] == (9, 4) and {(9, head) for head in range(9)} < set(included), "the whole layer, and more"
    assert state["_sizes"]["weights"] == len(state["weights"])
    places = np.frombuffer(state["queries_keys"], "<u4", 2, 16)
    assert places.tolist() == [9, 4], "the selected head comes first"
    assert sum(len(value) for value in state.values() if isinstance(value, bytes)) < 6_000_000


@pytest.fixture
def t5(tokenizer):
    return trace(tiny_t5(), tokenizer, TEXT, target="Le chat dort.")


def test_every_stack_can_be_shown(t5):
    view = AttentionExplorer(t5, layer=1, head=3)
    assert view.stacks == ["encoder", "decoder", "cross"] and view.stack == "encoder"
    assert (view.layers, view.square, view.key_tokens) == (2, True, [])
    numbers = {view.trace_number}
    for name, stack in [("decoder", t5.stacks[1]), ("cross", t5.cross)]:
        view.query_token = 0
        view.stack = name
        assert (view.layer, view.head, view.query_token) == (1, 3, -1), "the head stays, the tokens are others"
        assert (view.layers, view.square) == (3, name == "cross")
        assert view.tokens == stack.query_tokens
        assert (view.key_tokens or view.tokens) == stack.key_tokens
        block = np.frombuffer(view.weights, "<u2", offset=16 + 8 * 12).reshape(12, -1)
        if name == "cross":
            assert np.abs(block[7] / LEVELS - stack.attention[1, 3].flatten().numpy()).max() <= 1e-5
        numbers.add(view.trace_number)
    assert len(numbers) == 3, "a page can never take one stack for another"
    view.layer = 2
    view.stack = "encoder"
    assert view.layer == 0, "the encoder has no third layer"


def test_a_stack_is_chosen_at_the_start_or_refused(t5, llama):
    view = AttentionExplorer(t5, stack="cross", query_token=2, key_token=9)
    assert view.summary.startswith("Cross-attention of 3 layers")
    with pytest.raises(TraitError, match="key_token must be between -1 and 11"):
        view.key_token = 12
    with pytest.raises(TraitError, match="stack must be one of self; got 'cross'"):
        AttentionExplorer(llama, stack="cross")
    with pytest.raises(TraitError, match="stack must be one of encoder, decoder, cross"):
        view.stack = "self"
    assert view.stack == "cross"


def test_the_page_takes_the_weights_of_t5_apart_with_their_bias(t5):
    stack = t5.encoder
    pairs, biases = (pack(stack, [(1, 2)], 3) for pack in (pack_queries_keys, pack_biases))
    code = """
      const { found } = page.readQueriesKeys(bytes.subarray(0, %d));
      const bias = page.readBiases(bytes.subarray(%d)).found.get("1.2"), pair = { ...found.get("1.2"), bias };
      return Array.from({length: 12}, (_, query) => page.weightSteps(pair, query, 0, 1, 12).weights);"""
    rows = in_node(code % (len(pairs), len(pairs)), pairs + biases)
    assert np.abs(np.array(rows) - stack.attention[1, 2].numpy()).max() <= 1e-6
    assert pack_biases(AttentionExplorer(made(3))._stack, [(0, 0)], 1) == b"", "a trace by hand has none"


def test_live_text_and_target(tokenizer):
    view = AttentionExplorer(model=tiny_bart(), tokenizer=tokenizer, text="one two", target="un deux", stack="cross")
    assert view.two_texts and "".join(view.tokens[1:]) == "un deux" and view.key_tokens == ["one", " two"]
    view.target = "trois"
    assert "".join(view.tokens[1:]) == "trois" and view.stack == "cross"
    view.target = ""
    assert view.error == "" and len(view.tokens) >= 1, "the model's own answer"
    view.text = "four five six"
    assert view.key_tokens == ["four", " five", " six"]
    plain = AttentionExplorer(model=tiny_llama(), tokenizer=tokenizer, text="one")
    plain.target = "deux"
    assert "encoder-decoder" in plain.error and plain.tokens == ["one"]


def test_layers_are_named_by_the_models_own_numbers(tokenizer):
    view = AttentionExplorer(trace(tiny_lfm2(), tokenizer, TEXT), layer=1)
    assert view.layer_numbers == [1, 3] and "In layer 3" in view.summary


def test_all_stacks_are_in_the_exported_page(t5):
    state = AttentionExplorer(t5, stack="cross").exported_state()
    assert list(state["saved_stacks"]) == ["encoder", "decoder", "cross"]
    saved = state["saved_stacks"]["encoder"]
    assert saved["state"]["tokens"] == t5.encoder.query_tokens and saved["binary"]["weights"]


@pytest.fixture(scope="module")
def long_text():
    """A text of 1,100 tokens, traced twice: whole, and with weights on demand."""
    model, text = tiny_llama(2048), "the cat sat on the mat, " * 50
    text = text[:1100]
    whole = trace(model, byte_tokenizer(), text)
    before, forward_pass.WHOLE = forward_pass.WHOLE, 0
    try:
        return whole, trace(model, byte_tokenizer(), text)
    finally:
        forward_pass.WHOLE = before


def test_a_long_text_travels_coarsely_and_its_parts_exactly(long_text):
    whole, on_demand = long_text
    assert isinstance(on_demand.attention, AttentionOnDemand) and isinstance(whole.attention, torch.Tensor)
    views = [AttentionExplorer(seen, layer=1, head=3) for seen in long_text]
    weights = whole.attention[1, 3]
    for view in views:
        assert view.long and view.weights == b"" and message_size(view) + len(view.overviews) < 1_000_000
        number, rows, columns, pool, count, layer, head = np.frombuffer(view.overviews, "<u4", 7).tolist()
        assert (number, pool, count, layer, head) == (1, 3, 1, 1, 3)
        coarse = np.frombuffer(view.overviews, np.uint8, offset=28).reshape(rows, columns)
        assert np.abs(coarse - strongest(weights[None], 3)[0].sqrt().numpy() * 255).max() <= 0.501
        view.wanted = [view.trace_number, 1, 3, 700, 0, 64, 1100]
        assert np.frombuffer(view.exact, "<u4", 7).tolist() == [1, 1, 3, 700, 0, 64, 1100]
        exact = np.frombuffer(view.exact, "<u2", offset=28).reshape(64, 1100) / LEVELS
        assert np.abs(exact - weights[700:764].numpy()).max() <= 1e-5
        view.query_token, view.key_token = 900, 700
        assert f"weight {float(weights[900, 700]):.4f}" in view.summary
    assert views[0].summary == views[1].summary
    assert np.allclose(*(np.frombuffer(view.scores, "<f4") for view in views), atol=1e-6)
    # A thumbnail of what is on demand pools the coarse pictures, so its squares may be a little larger.
    assert views[1].pool % 3 == 0 and abs(views[0].pool - views[1].pool) <= 2


def test_what_a_page_asks_wrongly_is_not_answered(long_text):
    view = AttentionExplorer(long_text[1])
    for wanted in [
        [],
        [9, 0, 0, 0, 0, 1, 1],
        [1, 5, 0, 0, 0, 1, 1],
        [1, 0, 0, 1100, 0, 1, 1],
        [1, 0, 0, 0, 0, 0, 5],
        [1],
    ]:
        view.wanted = wanted
        assert view.exact == b""
    view.wanted = [1, 0, 0, 1000, 800, 5000, 5000]
    assert np.frombuffer(view.exact, "<u4", 7).tolist()[5:] == [100, 300], "cut at the end of the text"


def test_the_saved_page_of_a_long_text_holds_the_exact_part_around_the_pair(long_text):
    whole, on_demand = long_text
    state = AttentionExplorer(on_demand, layer=1, head=2, query_token=600, key_token=500).exported_state()
    _, layer, head, query, key, rows, columns = np.frombuffer(state["exact"], "<u4", 7).tolist()
    assert (layer, head, rows, columns) == (1, 2, AROUND, AROUND)
    assert query < 600 < query + AROUND and key < 500 < key + AROUND
    code = """
      const one = page.readOverviews(new Uint8Array(), 5, 5, false);
      const part = page.readExact(bytes), head = {tokens: 1100, keys: 1100, square: false, parts: []};
      page.keepPart(head, part);
      const weights = [page.weightAt(head, 600, 500), page.weightAt(head, 5, 4)];
      return [...weights, page.isExact(head, 600, 500), page.isExact(head, 0, 0)];"""
    weight, unknown, here, there = in_node(code, state["exact"])
    assert weight == pytest.approx(float(whole.attention[1, 2, 600, 500]), abs=1e-5)
    assert (unknown, here, there) == (None, True, False)
    assert sum(len(value) for value in state.values() if isinstance(value, bytes)) < 6_000_000


def test_two_thousand_tokens_open_in_little_memory():
    """8 heads of 2,048 tokens would be 134 MB in float32: as many more as the real model has cannot be held."""
    model, text = tiny_llama(2048), "abcdefgh" * 256
    before, forward_pass.WHOLE = forward_pass.WHOLE, 100_000_000
    try:
        view = AttentionExplorer(model=model, tokenizer=byte_tokenizer(), text=text)
    finally:
        forward_pass.WHOLE = before
    assert len(view.tokens) == 2048 and isinstance(view._trace.attention, AttentionOnDemand)
    assert view._trace.attention.overview.nbytes == 8 * 512 * 512
    assert view.picture().startswith(b"\x89PNG") and "2048 tokens" in view.summary
    assert len(view.to_html()) < 9_000_000


def test_attention_on_demand_that_is_no_weight_is_named():
    model = tiny_llama(64)
    model.model.layers[1].self_attn.q_proj.weight.data[:] = float("nan")
    before, forward_pass.WHOLE = forward_pass.WHOLE, 0
    try:
        with pytest.raises(ValueError, match="layer 1 holds others"):
            AttentionExplorer(model=model, tokenizer=byte_tokenizer(), text="abc")
    finally:
        forward_pass.WHOLE = before


def test_the_pictures_ramp_is_the_pages():
    vectors = json.loads((Path(__file__).parent / "vectors" / "colour_ramp.json").read_text(encoding="utf-8"))
    assert RAMP.tolist() == vectors["light"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_stacks_are_shown(data):
    number = lambda most: data.draw(st.integers(1, most))  # noqa: E731
    tokens = [data.draw(st.lists(st.text(max_size=30), min_size=1, max_size=30)) for _ in range(2)]
    layers, heads = number(3), number(3)

    def weights(queries, keys):
        return torch.rand(layers, heads, queries, keys, generator=torch.Generator().manual_seed(queries)).softmax(-1)

    target, source = map(len, tokens)
    seen = Trace(
        tokens[0],
        attention=weights(target, target),
        causal=False,
        encoder=AttentionStack("encoder", tokens[1], tokens[1], weights(source, source)),
        cross=AttentionStack("cross", *tokens, weights(target, source)),
    )
    view = AttentionExplorer(seen, stack=data.draw(st.sampled_from(["encoder", "decoder", "cross"])))
    view.stack = data.draw(st.sampled_from(["encoder", "decoder", "cross"]))
    view.query_token = data.draw(st.integers(-1, len(view.tokens) - 1))
    assert "attends most" in view.summary and view.picture().startswith(b"\x89PNG")
    assert "<script" not in view.to_html().split('id="state">')[1].split("</script>")[0]


def test_hostile_tokens_are_harmless(tokenizer):
    text = "</script><script>alert(1)</script> مرحبا 🎉 \ud83d" + "a" * 300
    view = AttentionExplorer(model=tiny_llama(512), tokenizer=tokenizer, text=text)
    json.dumps(view.tokens, ensure_ascii=False).encode("utf-8")
    page = view.to_html()
    assert "</script><script>alert" not in page
    assert view.picture().startswith(b"\x89PNG")


@pytest.mark.parametrize("count", [1, 2, 30, 300])
def test_the_picture_shows_the_selected_head(count, tmp_path):
    from PIL import Image

    seen = made(count)
    views = [AttentionExplorer(seen, layer=1, head=head, query_token=0, key_token=0) for head in (0, 2)]
    images = [Image.open(view.to_png(tmp_path / f"{place}.png")) for place, view in enumerate(views)]
    assert images[0].size == images[1].size and images[0].width > 500
    assert images[0].tobytes() != images[1].tobytes()


def test_the_summary_says_what_is_attended_to_most(llama):
    view = AttentionExplorer(llama, layer=1, head=2)
    weights = llama.attention[1, 2, -1]
    assert "layer 1, head 2" in view.summary.lower()
    assert "The cat sat on the mat" in view.summary
    assert f"weight {float(weights.max()):.4f}" in view.summary
    view.query_token, view.key_token = 3, 1
    assert f"weight {float(llama.attention[1, 2, 3, 1]):.4f}" in view.summary


def test_the_sentence_names_the_strongest_or_the_selected_key(llama):
    stack = llama.stacks[0]
    best = int(stack.attention[0, 1, 4].argmax())
    token = stack.key_tokens[best].replace(" ", "·")
    assert f"attends most to “{token}”" in attention_sentence(stack, {}, 0, 1, 4, -1)
    assert "attends to “The”" in attention_sentence(stack, {}, 0, 1, 4, 0)


@pytest.mark.parametrize(("count", "long"), [(LONG, False), (LONG + 1, True)])
def test_from_where_on_a_text_is_long(count, long):
    view = AttentionExplorer(made(count, layers=1, heads=1, key_heads=1))
    assert (view.long, view.weights == b"", view.overviews != b"") == (long, long, long)


def test_two_explorers_share_nothing(llama):
    one, other = AttentionExplorer(llama), AttentionExplorer(llama)
    one.layer, one.view = 1, "lines"
    assert (other.layer, other.view) == (0, "matrix")


def test_the_front_end_is_one_module_without_two_equal_names(tmp_path):
    module = Path(tmp_path / "explorer.mjs")
    module.write_text(script("attention_explorer"), encoding="utf-8")
    subprocess.run([need_program("node"), "--check", module], check=True, capture_output=True)
