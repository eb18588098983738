"""TokenView in Python: what it shows, and what it answers to bad input."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import TokenView, trace
from llmcourse.scratch.bpe import BPETokenizer
from llmcourse.token_comparison import token_spans
from llmcourse.tracing import encode
from tiny_tokenizer import byte_tokenizer


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


def test_several_tokenizers_cut_the_same_text(tokenizer):
    learnt = BPETokenizer().train("the cat sat on the mat", 262)
    view = TokenView(
        "the naïve 猫 🎉",
        tokenizers={"real": tokenizer, "ours": learnt, "characters": "characters", "bytes": "bytes"},
    )
    real, ours, characters, as_bytes = view.rows
    assert (real["tokens"], real["ids"]) == encode(tokenizer, view.text) == (view.tokens, view.ids)
    assert ours["ids"] == learnt.encode(view.text)
    assert characters["ids"] == [ord(character) for character in view.text]
    assert as_bytes["ids"] == list(view.text.encode())
    for row in view.rows:
        assert len(row["tokens"]) == len(row["ids"]) == len(row["spans"])
        covered = {place for start, end in row["spans"] for place in range(start, end)}
        assert covered == set(range(len(view.text))), "every character is covered by some token"
    offsets = tokenizer(view.text, return_offsets_mapping=True)["offset_mapping"]
    assert [end for _, end in real["spans"]] == [end for _, end in offsets]
    assert view.summary.startswith(f"13 characters: real {len(view.ids)} tokens")


def test_a_comparison_follows_a_new_text_and_keeps_the_last_good_one():
    view = TokenView("né", tokenizers={"bytes": "bytes", "characters": "characters"}, row=1, selected=1)
    view.row, view.selected = 0, 2
    assert (view.row, view.selected) == (0, 2)
    view.row, view.selected = 9, 2
    assert (view.row, view.selected) == (1, -1)
    view.text = "abc"
    assert [len(row["ids"]) for row in view.rows] == [3, 3]
    view.text = "a" * 2001
    assert "at most 2,000 are compared" in view.error
    assert view.tokens == ["a", "b", "c"]
    view.text = ""
    assert "empty" in view.error


@pytest.mark.parametrize(
    ("tokens", "spans"),
    [
        (["a", " b"], [[0, 1], [1, 3]]),
        (["[CLS]", "a", "b", "[SEP]"], [[0, 0], [0, 1], [2, 3], [3, 3]]),
        (["a b", "<0x8a>"], [[0, 3], [2, 3]]),
        (["", "a"], [[0, 0], [0, 1]]),
    ],
)
def test_spans_of_tokens(tokens, spans):
    assert token_spans("a b", tokens) == spans


def test_tokenizers_that_cannot_be_compared_are_named(tokenizer):
    with pytest.raises(TypeError, match="tokenizers must be a dictionary"):
        TokenView("a", tokenizers=[tokenizer])
    with pytest.raises(ValueError, match="1 to 6 tokenizers; it holds 0"):
        TokenView("a", tokenizers={})
    with pytest.raises(
        ValueError, match=r"tokenizers\['x'\] must be a tokenizer, 'bytes' or 'characters'; got 'words'"
    ):
        TokenView("a", tokenizers={"x": "words"})
    with pytest.raises(TypeError, match="needs a tokenizer"):
        TokenView("a", tokenizer, tokenizers={"x": "bytes"})


LEARNT = BPETokenizer().train("ab ab abc", 260)


@given(text=st.one_of(st.text(min_size=1, max_size=60), st.sampled_from(["</script>", "\x00<0x8a>", "\ud83c"])))
@settings(max_examples=25, deadline=None)
def test_any_text_can_be_compared(text):
    view = TokenView(text, tokenizers={"</script>": "bytes", "ours": LEARNT, "c": "characters", "t": byte_tokenizer()})
    assert view.error == ""
    assert view.rows[0]["tokens"] == view.rows[3]["tokens"], "bytes by hand and by a tokenizer of bytes"
    assert view.picture().startswith(b"\x89PNG")
    assert view.to_html()
