"""scratch/splitters.py: exact slices of the text, and the chunks of independent implementations."""

import doctest
import json
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from llmcourse.scratch import splitters
from vectors.make_chunk_viewer import MARKDOWN, PATH, cut, make_vectors

TEXT = st.text(st.sampled_from("ab. \n?!#🎉é\u202e。-1"), max_size=120)
NAMES = st.sampled_from(["characters", "tokens", "recursive", "sentences", "headings", "semantic"])


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(splitters).failed == 0


def test_the_vectors_still_say_the_same():
    assert json.loads(PATH.read_text(encoding="utf-8")) == json.loads(json.dumps(make_vectors()))


@settings(max_examples=300, deadline=None)
@given(text=TEXT, name=NAMES, size=st.integers(1, 60), share=st.floats(0, 0.99))
def test_chunks_are_slices_and_without_overlaps_give_the_text_back(text, name, size, share):
    overlap = int(share * size)
    spans = cut(text, name, size, overlap)
    back, past = "", 0
    for start, end in spans:
        assert 0 <= start <= past < end <= len(text), "no gap, and each chunk adds something"
        back += text[past:end]
        past = end
    assert back == text
    assert all(a < c for (a, _), (c, _) in pairwise(spans))
    if name in ("characters", "recursive", "headings"):
        assert all(end - start <= size for start, end in spans)
        assert all(max(0, end - start) <= overlap for (_, end), (start, _) in pairwise(spans))


def recursive_by_hand(text, size, overlap, marks):
    """The published recursive character splitter on plain strings: split, keep the mark at the end, merge, recurse."""
    mark = next((one for one in marks if one == "" or one in text), marks[-1])
    rest = marks[marks.index(mark) + 1 :]
    if mark == "":
        pieces = list(text)
    else:
        parts = text.split(mark)
        pieces = [part + mark for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    chunks, waiting = [], []
    for piece in pieces:
        if len(piece) < size or not rest and len(piece) <= size:
            waiting.append(piece)
            continue
        chunks += merged(waiting, size, overlap)
        waiting = []
        chunks += recursive_by_hand(piece, size, overlap, rest) if rest else [piece]
    return chunks + merged(waiting, size, overlap)


def merged(pieces, size, overlap):
    chunks, current = [], []
    for piece in pieces:
        if current and len("".join(current)) + len(piece) > size:
            chunks.append("".join(current))
            while len("".join(current)) > overlap or (current and len("".join(current)) + len(piece) > size):
                current.pop(0)
        current.append(piece)
    return chunks + (["".join(current)] if current else [])


@settings(max_examples=300, deadline=None)
@given(text=TEXT, size=st.integers(1, 60), share=st.floats(0, 0.99))
@example(text=MARKDOWN, size=80, share=0.25)
@example(text=MARKDOWN * 3, size=200, share=0.1)
@example(text="word " * 100, size=20, share=0.5)
def test_recursive_is_the_published_algorithm(text, size, share):
    overlap = int(share * size)
    ours = [text[start:end] for start, end in splitters.recursive(text, size, overlap)]
    assert ours == recursive_by_hand(text, size, overlap, list(splitters.SEPARATORS))


@given(length=st.integers(0, 200), size=st.integers(1, 30), data=st.data())
def test_fixed_characters_are_a_sliding_window(length, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    starts = [start for start in range(0, length, size - overlap) if start == 0 or start + overlap < length]
    assert splitters.by_characters("x" * length, size, overlap) == [(s, min(s + size, length)) for s in starts]


def test_own_separators_may_lack_the_last_resort():
    text = "aaaa,bb,cc"
    assert [text[a:b] for a, b in splitters.recursive(text, 3, separators=[","])] == ["aaaa,", "bb,", "cc"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
        ("Dr. Who met Mr. X, e.g. here. Then 3.5 left.", ["Dr. Who met Mr. X, e.g. here. ", "Then 3.5 left."]),
        ('He said "No." Then left.', ['He said "No." ', "Then left."]),
        ("# Title\nText goes on\nhere.", ["# Title\n", "Text goes on\nhere."]),
        ("- one\n- two\n1. three", ["- one\n", "- two\n", "1. three"]),
        ("これは文。次の文。", ["これは文。", "次の文。"]),
        ("No end\n\nnext", ["No end\n\n", "next"]),
        ("and so on... but it goes on", ["and so on... but it goes on"]),
    ],
)
def test_sentences(text, expected):
    assert [text[a:b] for a, b in pairwise(splitters.sentence_bounds(text))] == expected


def test_headings_inside_fenced_code_are_none():
    found = [MARKDOWN[start:end] for start, end in splitters.headings(MARKDOWN)]
    assert found == ["# Coffee at altitude", "## Pressure", "### Last"]
    chunks = [MARKDOWN[a:b] for a, b in splitters.by_headings(MARKDOWN, size=10_000)]
    assert [re.match(r"#+ \w+", chunk)[0] for chunk in chunks] == ["# Coffee", "## Pressure", "### Last"]


def test_tokens_of_the_real_tokenizer(tokenizer):
    text = "Naïve café 🎉, don't!"
    starts = splitters.token_starts(tokenizer, text)
    assert len(starts) == len(tokenizer(text)["input_ids"])
    for size in (1, 3, 7):
        spans = splitters.by_tokens(starts, len(text), size)
        assert "".join(text[a:b] for a, b in spans) == text
    assert splitters.tokens_between(starts, 0, len(text)) == len(starts)
    assert splitters.token_starts(tokenizer, "") == []


def test_meaning_cuts_where_the_cosine_drops():
    text = "It rains. It pours. Buy gold. Sell gold."
    vectors = {"It rains. ": [1, 0], "It pours. ": [0.8, 0.6], "Buy gold. ": [0, 1], "Sell gold.": [0, 2]}
    similar = splitters.neighbour_similarities(text, lambda texts: [vectors[one] for one in texts])
    np.testing.assert_allclose(similar, [0.8, 0.6, 1.0], atol=1e-6)
    chunks = [text[a:b] for a, b in splitters.semantic(text, similar, threshold=0.7, size=100)]
    assert chunks == ["It rains. It pours. ", "Buy gold. Sell gold."]
    with pytest.raises(ValueError, match="similarities must hold one number .* 3; got 1"):
        splitters.semantic(text, [1.0], 0.5, size=100)
    assert splitters.neighbour_similarities("One.", None) == [], "one sentence has no neighbour"
    for bad in (lambda texts: [[1.0]], lambda texts: np.full((4, 2), np.nan), lambda texts: [["a"]] * 4):
        with pytest.raises(ValueError, match="embed must return"):
            splitters.neighbour_similarities(text, bad)


@pytest.mark.parametrize("size, overlap", [(0, 0), (5, 5), (5, -1)])
@pytest.mark.parametrize("way", [splitters.by_characters, splitters.recursive, splitters.by_sentences])
def test_bad_sizes(way, size, overlap):
    with pytest.raises(ValueError, match="size must be at least 1|overlap must be at least 0 and smaller than size"):
        way("some text", size, overlap)
