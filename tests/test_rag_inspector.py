"""RAGInspector in Python: scores, prompt, answer and its traces, and what happens when something fails."""

import doctest
import io
import json
import re
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import RAGInspector, rag_answer, rag_inspector, rag_prompt, rag_retrieval, text_stamp
from llmcourse.rag_prompt import TEMPLATE, shared_words
from llmcourse.rag_retrieval import PassageScores
from llmcourse.scratch.retrieval import bm25, terms
from PIL import Image
from traitlets import TraitError
from vectors.make_rag_inspector import PATH, make_vectors
from widget_examples import HOSTILE
from widget_examples.chunk_viewer import WordTokenizer, letter_counts
from widget_examples.rag_inspector import ANSWER, PASSAGES, QUERY, example

MODULES = [rag_inspector, rag_prompt, rag_retrieval, rag_answer, text_stamp]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def test_the_vectors_still_say_the_same():
    ours, theirs = json.loads(json.dumps(make_vectors())), json.loads(PATH.read_text(encoding="utf-8"))
    for one, other in zip(ours.pop("cases"), theirs.pop("cases"), strict=True):
        for column, expected in zip(one.pop("columns"), other.pop("columns"), strict=True):
            assert (column["name"], column["ranking"]) == (expected["name"], expected["ranking"])
            np.testing.assert_allclose(column["scores"], expected["scores"], atol=1e-12)
        np.testing.assert_allclose(one.pop("parts"), other.pop("parts"), atol=1e-12)
        assert one == other
    assert ours == theirs


def test_scores_are_those_of_the_functions():
    inspector = RAGInspector(PASSAGES, query=QUERY, embed=letter_counts, k1=0.9, b=0.3, weight=0.25)
    np.testing.assert_array_equal(inspector.scores("BM25"), bm25(QUERY, PASSAGES, 0.9, 0.3))
    vectors = np.array(letter_counts([QUERY, *PASSAGES]))
    cosine = vectors[1:] @ vectors[0] / np.linalg.norm(vectors[1:], axis=1) / np.linalg.norm(vectors[0])
    np.testing.assert_allclose(inspector.scores("dense"), cosine)
    first, second = inspector.scores("BM25"), inspector.scores("dense")
    joined = 0.75 * first / first.max() + 0.25 * (second - second.min()) / np.ptp(second)
    np.testing.assert_allclose(inspector.scores("weighted sum"), joined)
    words, parts = inspector.parts
    np.testing.assert_array_equal(sum(parts), first)
    assert words == ["how", "does", "a", "cat", "purr"]
    with pytest.raises(ValueError, match="name must be one of BM25, dense, weighted sum, rank fusion; got 'TF-IDF'"):
        inspector.scores("TF-IDF")


def test_the_prompt_is_what_generate_gets():
    seen = []
    inspector = RAGInspector(PASSAGES, None, lambda prompt: seen.append(prompt) or "Yes [1].", QUERY, k=2)
    assert inspector.ask() == "Yes [1]."
    assert seen == [inspector.prompt]
    first, second = inspector.in_prompt
    assert f"[1] {PASSAGES[first]}\n\n[2] {PASSAGES[second]}\n\nQuestion: {QUERY}" in inspector.prompt
    assert inspector.answer == {"text": "Yes [1].", "query": QUERY, "passages": [first, second], "state": "done"}
    inspector.k = 1
    assert inspector.in_prompt == [first] and inspector.answer["passages"] == [first, second]


def test_the_worst_passages_fall_out_of_a_short_context(tokenizer):
    whole = RAGInspector(PASSAGES, query=QUERY, k=5, tokenizer=tokenizer)
    assert whole.in_prompt == whole.ranking()[:5]
    tokens = len(tokenizer(whole.prompt)["input_ids"])
    assert whole.counted == [text_stamp.text_stamp(whole.prompt), tokens]
    short = RAGInspector(PASSAGES, query=QUERY, k=5, tokenizer=tokenizer, context=tokens, answer_tokens=20)
    assert 0 < len(short.in_prompt) < 5
    assert short.in_prompt == whole.ranking()[: len(short.in_prompt)]
    assert short.counted[1] <= tokens - 20
    none = RAGInspector(PASSAGES, query=QUERY, tokenizer=tokenizer, context=10, answer_tokens=2)
    assert none.in_prompt == [] and "holds no passage" in none.summary


def test_evaluation_over_gold_passages():
    inspector = RAGInspector(PASSAGES, query="dogs", k=1, gold={"dogs": [2], "roar lion": [3, 4], "zebra": [5]})
    assert inspector.evaluation == {"BM25": {"recall": pytest.approx((1 + 0.5 + 0) / 3), "mrr": pytest.approx(2 / 3)}}
    assert RAGInspector(PASSAGES, query="x", gold=[1]).gold == {"x": [1]}
    assert RAGInspector(PASSAGES, query="x").evaluation == {}


def test_shared_words_measure_wording():
    rows = example().traced
    assert [sentence for sentence, _ in rows] == [part.strip() for part in ANSWER.replace("]. ", "]. |").split("|")]
    passage = PASSAGES[example().answer["passages"][1]]
    said, held = set(terms("A cat purrs with the muscles of its larynx")), set(terms(passage))
    assert rows[0][1][1] == len(said & held) / 9
    assert shared_words("[1] [2]", ["x"]) == shared_words("", ["x"]) == []


def test_an_empty_query_leaves_the_last_good_view():
    inspector = RAGInspector(PASSAGES, query=QUERY)
    before = inspector.ranking(), inspector.prompt
    inspector.query = "  "
    assert inspector.error == "query is empty: write at least one word."
    assert (inspector.ranking(), inspector.prompt) == before
    inspector.query = "dogs"
    assert inspector.error == "" and inspector.ranking() == [2]


@pytest.mark.parametrize(
    "scores, told",
    [
        ([1.0], r"retriever 'mine' must return 8 finite scores, one a passage; got the shape \(1,\)"),
        ([np.nan] * 8, "got NaN or infinity"),
        ([np.inf] * 8, "got NaN or infinity"),
        ("no", "retriever 'mine' must return numbers; got str"),
        (None, r"retriever 'mine' must return 8 finite scores, one a passage; got the shape \(\)"),
    ],
)
def test_a_retriever_that_fails_leaves_the_rest(scores, told):
    good = list(range(8))
    inspector = RAGInspector(PASSAGES, {"mine": lambda query: scores if query == "bad cat" else good}, query=QUERY)
    assert inspector.ranked_by == "rank fusion"
    inspector.query = "bad cat"
    assert re.search(told, inspector.error)
    assert np.isnan(inspector.scores("mine")).all() and np.isnan(inspector.scores("rank fusion")).all()
    assert inspector.ranked_by == "BM25" and inspector.in_prompt == inspector.ranking("BM25")[:4]
    inspector.to_html()
    inspector.query = QUERY
    assert inspector.error == "" and inspector.ranked_by == "rank fusion"


def test_a_failing_generate_is_one_sentence():
    def broken(prompt):
        yield "Half an "
        raise RuntimeError("out of memory")

    inspector = RAGInspector(PASSAGES, None, broken, QUERY)
    with pytest.raises(RuntimeError, match="generate failed: RuntimeError: out of memory"):
        inspector.ask()
    assert inspector.answer["text"] == "Half an " and inspector.answer["state"] == "failed"
    assert inspector.error == "generate failed: RuntimeError: out of memory" and not inspector.asking
    for wrong, told in [(lambda prompt: [3], "it must give text, got int"), (lambda prompt: None, "TypeError")]:
        inspector._generate = wrong
        with pytest.raises(RuntimeError, match=told):
            inspector.ask()
    with pytest.raises(ValueError, match="ask needs a generate="):
        RAGInspector(PASSAGES, query=QUERY).ask()


def test_the_button_asks_in_a_thread_and_stops():
    going, stopped = threading.Event(), threading.Event()

    def endless(prompt):
        yield "first "
        going.set()
        stopped.wait(20)
        yield "never"

    inspector = RAGInspector(PASSAGES, None, endless, QUERY)
    over = threading.Event()
    inspector.observe(lambda change: over.set() if inspector.answer["state"] == "stopped" else None, names="answer")
    inspector.asking = True
    assert going.wait(20)
    inspector.asking = False
    stopped.set()
    assert over.wait(20)
    assert inspector.answer["text"] == "first "
    silent = RAGInspector(PASSAGES, query=QUERY)
    silent.asking = True
    assert not silent.asking, "nothing to ask"


@pytest.mark.parametrize(
    "arguments, error, told",
    [
        ({"passages": []}, ValueError, "passages must be a list of at least one text"),
        ({"passages": [3]}, ValueError, "passages must be a list of at least one text"),
        ({"query": " "}, ValueError, "query is empty"),
        ({"context": 100}, ValueError, "context needs a tokenizer"),
        ({"context": 50, "tokenizer": WordTokenizer()}, ValueError, "answer_tokens must lie between 0 and context"),
        ({"template": "{passages}"}, ValueError, "template must hold {passages} and {question}, once each"),
        ({"gold": [9]}, ValueError, r"gold must name passages by their numbers, 0 to 1; got \[9\]"),
        ({"retrievers": {"BM25": len}}, TypeError, "with names other than 'BM25'"),
        ({"retrievers": {"mine": 3}}, TypeError, "got 'mine': int"),
        ({"embed": lambda texts: [[1.0]]}, ValueError, "embed must return the shape"),
        ({"rank_by": "dense"}, TraitError, "rank_by must be one of BM25; got 'dense'"),
        ({"k": 0}, TraitError, "k must be from 1 to 2; got 0"),
        ({"k1": float("nan")}, TraitError, "k1 must be from 0 to 100"),
        ({"b": 1.5}, TraitError, "b must be from 0 to 1"),
    ],
)
def test_bad_arguments(arguments, error, told):
    with pytest.raises(error, match=told):
        RAGInspector(**{"passages": ["One.", "Two."], "query": "one", **arguments})


def test_scores_of_old_queries_are_forgotten():
    asked = []
    scores = PassageScores(["a", "b"], None, {"mine": lambda query: asked.append(query) or [1, 2]})
    for query in ("x", "x", "y"):
        assert scores.measure(query) == []
    assert asked == ["x", "y"]
    scores.forget(["y"])
    scores.measure("x")
    assert asked == ["x", "y", "x"]


@settings(max_examples=25, deadline=None)
@given(
    passages=st.lists(
        st.one_of(st.text(max_size=40), st.sampled_from([HOSTILE, "\ud800", TEMPLATE])), min_size=1, max_size=5
    ),
    query=st.one_of(st.text(min_size=1, max_size=20), st.just(HOSTILE)).filter(lambda text: text.strip()),
    answer=st.text(max_size=40),
    k=st.integers(1, 9),
    dense=st.booleans(),
)
def test_any_texts_have_a_summary_a_picture_and_a_page(passages, query, answer, k, dense):
    inspector = RAGInspector(
        passages, None, lambda prompt: answer, query, k, embed=letter_counts if dense else None, gold=[0]
    )
    inspector.ask()
    assert inspector.summary
    assert Image.open(io.BytesIO(inspector.picture())).format == "PNG"
    assert "</script><script>document" not in inspector.to_html()
    assert all(inspector.passages[number] in inspector.prompt for number in inspector.in_prompt)
