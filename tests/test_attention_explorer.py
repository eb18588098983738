"""AttentionExplorer in Python: exact bytes, small messages, traits that follow, errors that say what is wrong."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from llmcourse import AttentionExplorer, Trace, trace
from llmcourse.attention_packing import LEVELS, pack_queries_keys, pack_thumbnails, pack_weights
from llmcourse.front_end import STATIC, script
from programs import need_program
from tiny_models import tiny_bert, tiny_gpt2, tiny_llama
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


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("word " * 600, "at most 512")])
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
        ("word " * 600, ValueError, "at most 512"),
    ]:
        with pytest.raises(problem, match=words):
            AttentionExplorer(model=model, tokenizer=tokenizer, text=text)
    with pytest.raises(ValueError, match="at most 512"):
        AttentionExplorer(made(513))


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


def test_two_explorers_share_nothing(llama):
    one, other = AttentionExplorer(llama), AttentionExplorer(llama)
    one.layer, one.view = 1, "lines"
    assert (other.layer, other.view) == (0, "matrix")


def test_the_front_end_is_one_module_without_two_equal_names(tmp_path):
    module = Path(tmp_path / "explorer.mjs")
    module.write_text(script("attention_explorer"), encoding="utf-8")
    subprocess.run([need_program("node"), "--check", module], check=True, capture_output=True)
