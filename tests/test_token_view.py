"""TokenView in Python: what it shows, and what it answers to bad input."""

import pytest
from llmcourse import TokenView, trace
from llmcourse.tracing import encode


def test_shows_the_tokens_of_the_text(tokenizer):
    view = TokenView("don't panic", tokenizer)
    assert (view.tokens, view.ids) == encode(tokenizer, "don't panic")
    assert view.summary.startswith("4 tokens for 11 characters") or len(view.ids) != 4


def test_a_new_text_is_cut_again(tokenizer):
    view = TokenView("one", tokenizer, selected=0)
    view.text = "one two three"
    assert view.tokens == ["one", " two", " three"]
    assert view.selected == -1


def test_bad_text_is_told_and_the_last_good_view_stays(tokenizer):
    view = TokenView("good", tokenizer)
    view.text = ""
    assert "empty" in view.error
    assert view.tokens == ["good"]
    view.text = "fine"
    assert view.error == ""


def test_a_selection_outside_is_none(tokenizer):
    view = TokenView("one two", tokenizer)
    view.selected = 1
    assert view.selected == 1
    view.selected = 7
    assert view.selected == -1


def test_needs_a_tokenizer_or_a_trace():
    with pytest.raises(TypeError, match="needs a tokenizer"):
        TokenView("text")


def test_of_a_trace_the_text_is_fixed(model, tokenizer):
    view = TokenView(trace=trace(model, tokenizer, "The cat"))
    assert view.tokens == ["The", " cat"]
    assert not view.editable


@pytest.mark.parametrize("text", ["a" * 3000, "🎉" * 50, "\u202e\u200f مرحبا", "\x00\x01", "\ud83c"])
def test_strange_text_has_a_picture_and_a_page(text, tokenizer):
    view = TokenView(text, tokenizer)
    assert view.error == ""
    assert view.picture().startswith(b"\x89PNG")
    assert view.to_html()
