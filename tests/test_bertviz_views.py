"""bertviz's views get exactly the numbers of the Trace, shut away in a frame; sizes they cannot draw are refused."""

import base64
import dataclasses
import hashlib
import html
import json
import re
import sys
import zlib

import numpy as np
import pytest
import torch
from llmcourse import Trace, bertviz_head_view, bertviz_model_view, bertviz_neuron_view, trace
from llmcourse import bertviz_views as views
from llmcourse.front_end import STATIC
from tiny_models import tiny_bert, tiny_gpt2, tiny_llama

TEXT = "The keys to the cabinet in the old house are on the table"
HOSTILE = "</script><script>document.title='pwned'</script>"
ALL = (bertviz_head_view, bertviz_model_view, bertviz_neuron_view)


@pytest.fixture(scope="module")
def traced(tokenizer):
    return trace(tiny_llama(), tokenizer, TEXT)


def made_up(count, layers=1, heads=1, size=4):
    """A Trace of the given shape, with even attention."""
    attention = torch.full((layers, heads, count, count), 1 / count)
    vectors = torch.zeros(layers, heads, count, size)
    return Trace(
        ["a"] * count, [1] * count, attention, None, None, queries=vectors, keys=vectors, scaling=0.5, causal=False
    )


def params(view):
    """What the view hands to bertviz's script."""
    packed = re.search(r'id="program">([^<]*)<', view.page).group(1)
    program = zlib.decompress(base64.b64decode(packed)).decode()
    return json.loads(re.search(r"^;window\.bertviz_params = (.*)$", program, re.MULTILINE).group(1))


def test_head_view_holds_the_attention_of_its_layers(traced):
    shown = params(bertviz_head_view(traced, layer=1, heads=[0, 2]))
    sent = shown["attention"][0]
    torch.testing.assert_close(torch.tensor(sent["attn"]), traced.attention, atol=5.1e-5, rtol=0)
    assert (shown["layer"], shown["heads"], shown["include_layers"]) == (1, [0, 2], [0, 1])
    assert sent["left_text"] == sent["right_text"]
    assert sent["left_text"][:2] == ["The", "·keys"]
    only = params(bertviz_head_view(traced, layers=[1]))
    assert (only["layer"], only["include_layers"]) == (1, [1])
    torch.testing.assert_close(torch.tensor(only["attention"][0]["attn"]), traced.attention[1:], atol=5.1e-5, rtol=0)


def test_model_view_holds_the_chosen_heads_of_the_chosen_layers(traced):
    shown = params(bertviz_model_view(traced, layers=[1], heads=[3, 0]))
    sent = torch.tensor(shown["attention"][0]["attn"])
    torch.testing.assert_close(sent, traced.attention[1:][:, [3, 0]], atol=5.1e-5, rtol=0)
    assert (shown["include_layers"], shown["include_heads"], shown["total_heads"]) == ([1], [3, 0], 4)


@pytest.mark.parametrize("build", [tiny_llama, tiny_gpt2, tiny_bert])
def test_neuron_view_scores_are_the_models_scores(build, tokenizer):
    model = build()
    with torch.no_grad():
        for weight in model.parameters():
            weight *= 8  # random small weights attend evenly; these do not
    traced = trace(model, tokenizer, TEXT)
    shown = params(bertviz_neuron_view(traced, layer=1, head=3))
    sent = {name: torch.tensor(shown["attention"]["all"][name]) for name in ("attn", "queries", "keys")}
    assert (shown["layer"], shown["head"]) == (0, 3), "positions among what was sent"
    scores = sent["queries"] @ sent["keys"].mT / sent["queries"].shape[-1] ** 0.5  # as neuron_view.js computes them
    if traced.causal:
        scores += torch.full_like(scores, -torch.inf).triu(1)
    torch.testing.assert_close(scores.softmax(-1), traced.attention[1:], atol=2e-3, rtol=0)
    torch.testing.assert_close(sent["attn"], traced.attention[1:], atol=5.1e-5, rtol=0)
    assert shown["bidirectional"] is not traced.causal
    assert traced.attention[1].max() > 3 / len(traced), "a check on even attention would prove little"


def test_neuron_view_keeps_a_scaling_of_the_models_own(traced):
    twice = dataclasses.replace(traced, scaling=2 * traced.scaling)
    plain, scaled = (params(bertviz_neuron_view(one))["attention"]["all"]["queries"] for one in (traced, twice))
    torch.testing.assert_close(torch.tensor(scaled), 2 * torch.tensor(plain), atol=1.6e-4, rtol=0)


def test_a_shared_key_is_repeated_for_its_query_heads(traced):
    sent = params(bertviz_neuron_view(traced, layers=[0]))["attention"]["all"]["keys"]
    assert traced.keys.shape[1] == 2
    assert sent[0][0] == sent[0][1] != sent[0][2] == sent[0][3]


@pytest.mark.parametrize("draw", ALL)
def test_nothing_hostile_reaches_the_markup(draw, traced):
    hostile = dataclasses.replace(traced, tokens=[HOSTILE, "\u202e", *traced.tokens[2:]])
    view, harmless = draw(hostile), draw(traced)
    assert "pwned" not in view.page
    assert re.sub('id="program">[^<]*<', "", view.page) == re.sub('id="program">[^<]*<', "", harmless.page)
    sent = params(view)["attention"]
    sent = sent["all"] if isinstance(sent, dict) else sent[0]
    assert sent["left_text"][0].startswith("</script")
    assert sent["left_text"][1] == "‹U+202E›"


@pytest.mark.parametrize("draw", ALL)
def test_the_frame_is_shut(draw, traced):
    view = draw(traced)
    shown = view._repr_html_()
    assert shown.count("<iframe") == 1
    assert re.search(r'sandbox="([^"]*)"', shown).group(1) == "allow-scripts"
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', shown).group(1)) == view.page
    policy = re.search(r'Content-Security-Policy"\s+content="([^"]*)"', view.page).group(1)
    assert policy == "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
    assert html.escape(view.summary) in shown.split("</iframe>")[1], "a reader without scripts reads what it shows"
    assert repr(view) == view.summary
    assert view._repr_html_() == draw(traced)._repr_html_(), "a lesson run again has the same output"


@pytest.mark.parametrize("draw", ALL)
def test_a_view_of_a_short_text_fits_into_a_lesson(draw, traced):
    assert len(draw(traced, layers=[0])._repr_html_()) <= 160_000


def test_to_html_saves_the_page(traced, tmp_path):
    view = bertviz_head_view(traced)
    path = view.to_html(tmp_path / "views" / "head.html")
    assert path.read_text(encoding="utf-8") == view.to_html() == view.page
    assert [file.name for file in path.parent.iterdir()] == ["head.html"]


def test_numpy_numbers_and_repeats_are_welcome(traced):
    assert params(bertviz_head_view(traced, layer=np.int64(1), layers=np.array([1, 0, 1])))["include_layers"] == [1, 0]


@pytest.mark.parametrize(
    ("draw", "arguments", "sentence"),
    [
        (bertviz_head_view, {"layer": 2}, r"layer must be 0 to 1; got 2\."),
        (bertviz_head_view, {"layer": -1}, r"layer must be 0 to 1; got -1\."),
        (bertviz_head_view, {"layer": 0, "layers": [1]}, r"layer must be in layers=\[1\]; got 0\."),
        (bertviz_head_view, {"heads": [4]}, r"heads must name some of 0 to 3; got \[4\]\."),
        (bertviz_model_view, {"layers": []}, r"layers must name some of 0 to 1; got \[\]\."),
        (bertviz_model_view, {"heads": range(5)}, r"heads must name some of 0 to 3"),
        (bertviz_neuron_view, {"head": 4}, r"head must be 0 to 3; got 4\."),
        (bertviz_neuron_view, {"layer": 2}, r"layer must be 0 to 1; got 2\."),
    ],
)
def test_wrong_numbers_are_named(draw, arguments, sentence, traced):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        draw(traced, **arguments)


@pytest.mark.parametrize("wrong", [3, "3", [0.5]])
def test_layers_must_be_a_list_of_whole_numbers(wrong, traced):
    with pytest.raises(TypeError, match="^layers must be a list of whole numbers"):
        bertviz_model_view(traced, layers=wrong)


def test_a_trace_without_queries_is_refused(traced):
    with pytest.raises(ValueError, match="^trace holds no queries and keys"):
        bertviz_neuron_view(dataclasses.replace(traced, queries=None, keys=None))


@pytest.mark.parametrize("draw", ALL)
def test_too_long_a_text_names_the_length_that_fits(draw):
    with pytest.raises(ValueError, match="draws at most 150,000 shapes") as problem:
        draw(made_up(400))
    longest = int(re.search(r"shorten the text to (\d+) tokens", str(problem.value)).group(1))
    assert draw(made_up(longest)).page
    with pytest.raises(ValueError, match="shapes"):
        draw(made_up(longest + 1))


def test_too_many_layers_are_refused():
    many = made_up(64, layers=30, heads=9)
    with pytest.raises(ValueError, match=r"takes at most 1,000,000 numbers.*layers=\[…\]"):
        bertviz_head_view(many)
    assert bertviz_head_view(many, layers=[0, 1]).page
    with pytest.raises(ValueError, match=r"layers=\[…\] and heads=\[…\]"):
        bertviz_model_view(many)


def test_without_bertviz_the_command_is_named(traced, monkeypatch):
    monkeypatch.setitem(sys.modules, "bertviz", None)
    with pytest.raises(ModuleNotFoundError, match="pip install 'bertviz"):
        bertviz_head_view(traced)


def test_vendored_files_are_the_published_ones():
    folder = STATIC / "vendor"
    listed = dict(re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.M))
    assert listed == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.js")}
    for name in listed:
        assert (folder / f"{name.split('.')[0]}.LICENSE.txt").stat().st_size > 500


def test_bertviz_still_asks_for_the_libraries_we_hand_over():
    for name in ("head_view.js", "model_view.js", "neuron_view.js"):
        source = views._bertviz(name)
        assert re.search(r"requirejs\(\['jquery', 'd3'\],\s*function\s*\(\$, d3\)", source), name
        assert "d3/5.7.0/" in source and ".html(" not in source and "innerHTML" not in source, name
