"""Workspace and LinkedParts: one channel for all parts, one forward pass for all views, every choice followed."""

import json

import numpy as np
import pytest
import torch
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import TokenView, Workspace, trace
from llmcourse.linked_parts import LinkedParts
from tiny_models import tiny_gpt2, tiny_llama, tiny_t5
from tiny_tokenizer import byte_tokenizer

TEXT = "The cat sat."


@pytest.fixture
def said(monkeypatch):
    """Every message of every widget of the test: (method, state)."""
    messages = []

    class Line:
        kernel, comm_id = True, "line"

        def send(self, data=None, metadata=None, buffers=None):
            messages.append((data["method"], data.get("state", data.get("content")), data.get("buffer_paths", [])))

        def on_msg(self, callback):
            pass

        def close(self):
            pass

    import comm

    monkeypatch.setattr(comm, "create_comm", lambda **arguments: Line())
    return messages


@pytest.fixture
def workspace(said):
    made = Workspace(tiny_llama(), byte_tokenizer(), TEXT)
    said.clear()
    return made


def test_one_forward_pass_serves_all_parts(monkeypatch):
    model, passes = tiny_llama(), []
    model.model.layers[0].register_forward_hook(lambda *_: passes.append(1))
    workspace = Workspace(model, byte_tokenizer(), TEXT)
    assert len(passes) == 1
    workspace.sampling.appended = [65]
    assert len(passes) == 2
    workspace.position = 3
    workspace.lens.layer = 1
    assert len(passes) == 2


def test_parts_open_no_channel_of_their_own(said):
    workspace = Workspace(tiny_llama(), byte_tokenizer(), TEXT)
    assert [list(state) for _, state, _ in said] == [["_sizes"]], "the first message, which opens the channel, has all"
    state = workspace.get_state()
    assert state["attention__layer"] == 1
    assert state["lens__tokens"] == workspace.tokens.tokens
    assert {"sampling__logits_data", "sampling__tokens", "tokens__layout", "tokens___esm"}.isdisjoint(state)
    assert state["attention___sizes"]["weights"] == len(state["attention__weights"])
    data = workspace.attention._repr_mimebundle_()[0]
    assert set(data) == {"text/plain", "text/html"}, "a part shown alone is its picture"


def test_selecting_a_token_anywhere_moves_all(workspace):
    places = [
        lambda to: setattr(workspace, "position", to),
        lambda to: setattr(workspace.tokens, "selected", to),
        lambda to: setattr(workspace.attention, "query_token", to),
        lambda to: setattr(workspace.lens, "position", to),
    ]
    for to, go in enumerate(places, start=2):
        go(to)
        assert workspace.position == to
        assert (workspace.tokens.selected, workspace.attention.query_token, workspace.lens.position) == (to, to, to)
        own = workspace._trace.logits[to]
        assert torch.equal(workspace.sampling.logits, own)
        assert workspace.sampling.kept_ids[0] == int(own.argmax())
    workspace.attention.key_token = 1
    workspace.position = 0
    assert workspace.attention.key_token == -1, "a key after the query is masked"
    workspace.tokens.selected = -1
    assert workspace.position == 0


def test_layers_and_targets_follow(workspace):
    assert (workspace.attention.layer, workspace.lens.layer) == (1, 2)
    workspace.attention.layer = 0
    assert workspace.lens.layer == 1
    workspace.lens.layer = 2
    assert workspace.attention.layer == 1
    workspace.lens.layer = 0
    assert workspace.attention.layer == 1, "the embedding has no attention"
    workspace.sampling.selected = 77
    assert workspace.lens.target == 77
    workspace.lens.target = 78
    assert workspace.sampling.selected == 78
    workspace.position = 3
    assert (workspace.lens.target, workspace.sampling.selected) == (-1, -1)


def test_a_drawn_token_is_appended_and_all_follow(workspace, said):
    drawn = workspace.sampling.draw()[0]
    said.clear()
    workspace.sampling.appended = [drawn]
    assert workspace.position == 12
    assert len(workspace.tokens.ids) == len(workspace.lens.ids) == len(workspace.attention.tokens) == 13
    assert workspace.tokens.ids[-1] == drawn
    fresh = tiny_llama()(torch.tensor([workspace.tokens.ids])).logits[0, -1]
    assert torch.allclose(workspace.sampling.logits, fresh, atol=1e-5)
    updates = [state for method, state, _ in said if method == "update" and "trace_number" in state]
    assert len(updates) == 1, "all views change in one message"
    for name in ("tokens__ids", "attention__trace_number", "lens__lens_number", "position"):
        assert name in updates[0]
    workspace.sampling.appended = []
    assert len(workspace.tokens.ids) == 12
    assert workspace.tokens.tokens == trace(tiny_llama(), byte_tokenizer(), TEXT).tokens


def test_text_that_cannot_be_read_is_told_once(workspace):
    for text, told in [("", "text is empty"), ("a" * 70, "at most 64 fit"), ("a" * 300, "at most 256")]:
        workspace.text = text
        assert told in workspace.error
        assert [part.error for part in workspace.parts.values()] == [""] * 4
        assert len(workspace.tokens.ids) == 12
    workspace.text = "Dogs"
    assert workspace.error == ""
    assert workspace.tokens.tokens == ["D", "o", "g", "s"]
    workspace.text = "a" * 64
    workspace.sampling.appended = [3]
    assert "at most 64 fit" in workspace.error
    assert workspace.sampling.appended == []


def test_what_the_page_says_is_taken_over_and_not_answered(workspace, said):
    change = {"position": 3, "tokens__selected": 3, "attention__query_token": 3, "lens__position": 3, "lens__layer": 1}
    workspace.set_state({**change, "attention__layer": 0, "sampling__temperature": 0.5, "sampling__draws": 4})
    assert (workspace.position, workspace.tokens.selected, workspace.sampling.draws) == (3, 3, 4)
    assert workspace.sampling.temperature == 0.5
    assert torch.equal(workspace.sampling.logits, workspace._trace.logits[3])
    for method, state, _ in said:
        for name in change:
            assert method == "echo_update" or name not in state, f"{name} came back as a change"
    updates = [state for method, state, _ in said if method == "update"]
    assert all(state.get("sampling__draws", 4) == 4 for state in updates)


def test_bytes_travel_with_their_paths_and_as_text(workspace, said):
    workspace.set_state({"lens__target": 4242, "sampling__selected": 4242})
    paths = [path for method, state, paths in said for path in paths]
    assert ["lens__track_data"] in paths
    workspace._handle_custom_msg({"part": "lens", "content": {"kind": "as-text", "name": "track_data"}}, [])
    assert "track_data" in workspace.lens._as_text
    assert any("lens___as_text" in state for _, state, _ in said)
    workspace._handle_custom_msg({"kind": "as-text", "name": "logits_data"}, [])
    assert "logits_data" in workspace._as_text
    workspace._handle_custom_msg("nonsense", [])
    workspace.lens.send({"kind": "hello"})
    assert said[-1][:2] == ("custom", {"part": "lens", "content": {"kind": "hello"}})


def test_logits_come_in_blocks(workspace, monkeypatch):
    monkeypatch.setattr("llmcourse.workspace.BLOCK", 3 * 4 * 49_152)
    for asked, first in [(0, 0), (6, 5), (11, 9)]:
        workspace._handle_custom_msg({"kind": "logits", "position": asked}, [])
        head = np.frombuffer(workspace.logits_data[:16], "<u4").tolist()
        assert head == [workspace.trace_number, first, 3, 49_152]
        sent = np.frombuffer(workspace.logits_data[16:], "<f4").reshape(3, -1)
        assert np.array_equal(sent, workspace._trace.logits[first : first + 3].numpy())
    before = workspace.logits_data
    for wrong in (-1, 12, "3", None):
        workspace._handle_custom_msg({"kind": "logits", "position": wrong}, [])
    assert workspace.logits_data == before


def test_the_page_holds_all_parts(workspace):
    state = workspace.exported_state()
    json.dumps({name: value for name, value in state.items() if not isinstance(value, bytes)}, allow_nan=False)
    assert not any(state[f"{part}__live"] for part in workspace.parts)
    assert len(state["attention__weights"]) == state["attention___sizes"]["weights"]
    assert workspace.picture().startswith(b"\x89PNG")


def test_closing_closes_the_parts(workspace):
    workspace.close()
    assert all(part.comm is None for part in workspace.parts.values())


def test_arguments():
    model, tokenizer = tiny_gpt2(), byte_tokenizer()
    with pytest.raises(TypeError, match="Workspace needs a model, its tokenizer and a text"):
        Workspace(model, tokenizer)
    with pytest.raises(ValueError, match="text is empty"):
        Workspace(model, tokenizer, "")
    with pytest.raises(ValueError, match="encoder-decoder"):
        Workspace(tiny_t5(), tokenizer, TEXT)
    made = Workspace(model, tokenizer, TEXT, layer=0, head=2)
    assert (made.attention.layer, made.attention.head, made.lens.layer) == (0, 2, 1)
    with pytest.raises(traitlets.TraitError, match="position must be between 0 and 11"):
        made.position = 12


def test_any_widget_can_be_a_part(said, tokenizer):
    class Pair(LinkedParts):
        stem = "token_view"

        def __init__(self):
            self.one = self.part("one", TokenView, "a b", tokenizer)
            self.other = self.part("other", TokenView, "c", tokenizer)
            super().__init__()

    pair = Pair()
    pair.one.selected = 1
    assert said[-1][:2] == ("update", {"one__selected": 1})
    with pair.hold_sync():
        pair.one.selected, pair.other.selected = 0, 0
    assert said[-1][1] == {"one__selected": 0, "other__selected": 0}
    pair.set_state({"other__text": "c d e"})
    assert len(pair.other.ids) == 3
    with pytest.raises(ValueError, match="name must not hold"):
        pair.part("a__b", TokenView, "a", tokenizer)


@settings(max_examples=10, deadline=None)
@given(st.text(min_size=1, max_size=8))
def test_any_text(text):
    made = Workspace(tiny_llama(), byte_tokenizer(), text)
    assert made.picture().startswith(b"\x89PNG")
    assert str(len(made.tokens.tokens)) in made.summary
    assert len(made.summary) < 1000
    assert "</html>" in made.to_html()
