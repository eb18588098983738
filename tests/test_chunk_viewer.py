"""ChunkViewer in Python: what it counts, what it refuses, and that the page cuts the same."""

import doctest
import io
import json
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import ChunkViewer, chunk_report, chunk_viewer
from llmcourse.chunk_report import chunk_flags, locate, phrase_places
from PIL import Image
from programs import need_program
from traitlets import TraitError
from vectors.make_chunk_viewer import MARKDOWN, TEXTS, cut, similarities, token_starts
from widget_examples import HOSTILE
from widget_examples.chunk_viewer import WordTokenizer, letter_counts

CUT = Path(__file__).parent / "javascript" / "cut_chunks.mjs"


@pytest.fixture
def viewer():
    return ChunkViewer(MARKDOWN, size=120, overlap=20, tokenizer=WordTokenizer(), embed=letter_counts)


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(chunk_viewer).failed == doctest.testmod(chunk_report).failed == 0


def test_chunks_are_exact_slices(viewer):
    for name, _ in viewer.choices:
        viewer.splitter = name
        assert viewer.chunks == [MARKDOWN[start:end] for start, end in viewer.spans]
        assert len(viewer.flags) == len(viewer.chunks) > (0 if name == "tokens" else 2)
        assert f"in {len(viewer.chunks)} chunk" in viewer.summary


def test_the_page_cuts_what_python_cuts():
    dice, alphabet = random.Random(5), 'abc. \n?!#1-🎉é。\u202eA\t\r"'
    cases = []
    for _ in range(150):
        text = "".join(dice.choices(alphabet, k=dice.randrange(160)))
        text += dice.choice(list(TEXTS.values()))
        size = dice.choice([1, 2, 9, 30, 80])
        name = dice.choice(["characters", "tokens", "recursive", "sentences", "headings", "semantic"])
        cases.append((text, name, size, dice.randrange(size), dice.choice(["a", "。", "# ", text[3:9]])))
    sent = [
        {
            "text": text, "splitter": name, "size": size, "overlap": overlap, "phrase": phrase,
            "token_starts": token_starts(text), "similarities": similarities(text),
        }
        for text, name, size, overlap, phrase in cases
    ]  # fmt: skip
    run = subprocess.run(
        [need_program("node"), str(CUT)], input=json.dumps(sent), capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    for (text, name, size, overlap, phrase), theirs in zip(cases, json.loads(run.stdout), strict=True):
        spans = cut(text, name, size, overlap)
        assert theirs["chunks"] == [place for span in spans for place in span], (text, name, size, overlap)
        assert theirs["flags"] == chunk_flags(text, spans, size, shortest=15)
        assert theirs["places"] == [list(one) for one in phrase_places(text, spans, phrase)]


def test_each_warning_is_counted():
    text = "# Head\n\nShort words. Another sentence here."
    flags = dict(zip(["head", "rest"], chunk_flags(text, [(0, 8), (8, 43)], size=20, shortest=10), strict=True))
    assert flags == {"head": 4 | 8, "rest": 16}
    viewer = ChunkViewer(text, splitter="characters", size=10, overlap=0, shortest=5)
    assert viewer.warnings == {"word": 5, "sentence": 5, "short": 1, "heading": 0, "long": 0}
    assert viewer.chunks[3:] == ["entence he", "re."]
    assert viewer.flags[3:] == [{"word", "sentence"}, {"word", "sentence", "short"}]
    assert chunk_flags("ab", [(0, 2)], size=5, shortest=1) == [0]
    assert chunk_flags("# A\n# B\ntext", [(0, 4), (4, 12)], size=50, shortest=1) == [0, 0], "a heading has no text"


def test_a_phrase_is_whole_in_a_chunk_or_cut():
    text, spans = "one two three two", [(0, 6), (4, 9), (9, 17)]
    assert phrase_places(text, spans, "two") == [(4, [1], [0]), (14, [2], [])]
    assert phrase_places(text, spans, "two three") == [(4, [], [0, 1, 2])]
    assert phrase_places(text, spans, "") == phrase_places(text, spans, "four") == []
    viewer = ChunkViewer(text, splitter=lambda text: spans, phrase="three")
    assert viewer.found == [(8, [], [1, 2])]


def test_tokens_are_counted_and_measured_in_tokens(tokenizer):
    viewer = ChunkViewer(MARKDOWN, splitter="tokens", size=16, overlap=4, tokenizer=tokenizer)
    assert viewer.warnings["long"] == 0
    starts = np.frombuffer(viewer.token_data, "<u4")
    assert len(starts) == len(tokenizer(MARKDOWN)["input_ids"])
    first = tokenizer(viewer.chunks[0])["input_ids"]
    assert first == tokenizer(MARKDOWN)["input_ids"][:16]


def test_own_splitter_must_give_slices_in_order():
    assert ChunkViewer("one two", splitter=lambda text: text.split()).spans == [(0, 3), (4, 7)]
    assert ChunkViewer("abab", splitter=lambda text: ["ab", "ab"]).spans == [(0, 2), (2, 4)]
    assert locate("abcd", ["abc", "bcd"]) == [(0, 3), (1, 4)], "overlapping texts"
    for bad, told in [
        (lambda text: ["One"], "exact slices"),
        (lambda text: [(0, 99)], "exact slices"),
        (lambda text: [(4, 7), (0, 3)], "in the order of the text"),
        (lambda text: [3], "texts or \\(start, end\\) pairs"),
        (lambda text: 1 / 0, "splitter failed: ZeroDivisionError"),
        (lambda text: None, "splitter failed: TypeError"),
    ]:
        with pytest.raises(ValueError, match=told):
            ChunkViewer("one two", splitter=bad)


def test_a_failing_callable_leaves_the_last_good_view():
    def embed(texts):
        if any("bad" in text for text in texts):
            raise RuntimeError("no such word")
        return letter_counts(texts)

    viewer = ChunkViewer("One. Two. Three.", splitter="semantic", embed=embed, size=100)
    before = viewer.spans
    viewer.text = "A bad text. Two."
    assert viewer.error == "embed failed: RuntimeError: no such word"
    assert (viewer.text, viewer.spans) == ("One. Two. Three.", before)
    viewer.splitter = "sentences"
    viewer.text = "A bad text. Two."
    assert viewer.error == "" and viewer.chunks == ["A bad text. Two."]
    viewer.splitter = "semantic"
    assert "no such word" in viewer.error and viewer.splitter == "sentences"


def test_overlap_follows_the_size_down(viewer):
    viewer.size = 15
    assert viewer.overlap == 14
    viewer.overlap = 40
    assert viewer.overlap == 14
    viewer.selected = 10**6
    viewer.size = 16
    assert viewer.selected == -1


@pytest.mark.parametrize(
    "arguments, error, told",
    [
        ({"text": 5}, TypeError, "text must be a string; got int"),
        ({"text": "a", "splitter": "tokens"}, ValueError, "needs tokenizer="),
        ({"text": "a", "splitter": "semantic"}, ValueError, "needs embed="),
        ({"text": "a", "splitter": "pages"}, TraitError, "splitter must be one of recursive, characters"),
        ({"text": "a", "size": 0}, ValueError, "size must be at least 1"),
        ({"text": "a", "size": 5, "overlap": 5}, ValueError, "overlap must be at least 0 and smaller than size, 5"),
        ({"text": "a" * 1_000_001}, TraitError, "at most 1,000,000 characters"),
        ({"text": "a", "size": 10**6}, TraitError, "size must lie between 1 and 100,000"),
        ({"text": "a", "threshold": float("nan")}, TraitError, "threshold must be a cosine"),
    ],
)
def test_bad_arguments(arguments, error, told):
    with pytest.raises(error, match=told):
        ChunkViewer(**arguments)


def test_the_exported_page_holds_what_it_may_switch_to(viewer):
    assert viewer.splitter == "recursive" and viewer.measured == ["tokens"]
    state = viewer.exported_state()
    assert state["measured"] == ["semantic", "tokens"]
    assert len(state["similarity_data"]) == 4 * len(similarities(MARKDOWN))
    assert viewer.threshold == 0.5


def test_the_threshold_starts_at_the_weakest_quarter():
    viewer = ChunkViewer(MARKDOWN, splitter="semantic", embed=letter_counts)
    values = np.frombuffer(viewer.similarity_data, "<f4")
    assert viewer.threshold == pytest.approx(np.quantile(values, 0.25), abs=0.01)


def test_half_a_character_is_replaced():
    assert ChunkViewer("a\ud83cb").text == "a\ufffdb"
    assert ChunkViewer("\ud83c\udf89").text == "🎉"


@settings(max_examples=25, deadline=None)
@given(
    text=st.one_of(st.text(max_size=200), st.sampled_from([HOSTILE, "", "🎉" * 50, "\ud800", "\x00"])),
    splitter=st.sampled_from(["recursive", "characters", "tokens", "sentences", "headings", "semantic"]),
    size=st.integers(1, 100),
    phrase=st.text(max_size=3),
    overlap=st.integers(0, 99),
)
def test_any_text_has_a_summary_a_picture_and_a_page(text, splitter, size, phrase, overlap):
    viewer = ChunkViewer(
        text, splitter, size, min(overlap, size - 1), tokenizer=WordTokenizer(), embed=letter_counts, phrase=phrase
    )
    assert viewer.summary
    assert Image.open(io.BytesIO(viewer.picture())).format == "PNG"
    page = viewer.to_html()
    assert "</script><script>document" not in page
    back, past = "", 0
    for start, end in viewer.spans:
        back, past = back + viewer.text[max(start, past) : end], end
    assert back == viewer.text
