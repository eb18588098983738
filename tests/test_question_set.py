"""The course's questions over the encyclopedia: every gold passage exists and holds its answer, as its kind says."""

from collections import Counter

import pytest
from llmcourse.model_error import ModelError
from llmcourse.question_set import KINDS, LONGEST, first_sentences, load_passages, load_questions
from llmcourse.scratch.rag_metrics import contains
from llmcourse.scratch.retrieval import terms

QUESTIONS = load_questions()


@pytest.fixture(scope="module")
def passages():
    try:
        return {passage.title: passage.text for passage in load_passages()}
    except ModelError as problem:
        pytest.skip(f"the encyclopedia cannot be fetched here: {problem}")


@pytest.fixture(scope="module")
def holding(passages):
    """In how many passages each word stands."""
    return Counter(word for text in passages.values() for word in set(terms(text)))


def test_there_are_questions_of_every_kind():
    kinds = Counter(question.kind for question in QUESTIONS)
    assert set(kinds) == set(KINDS) and min(kinds.values()) >= 8
    assert 60 <= len(QUESTIONS) <= 100
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text[:40])
def test_every_gold_passage_holds_what_its_kind_promises(question, passages, holding):
    assert question.text.endswith("?")
    assert len(question.gold) == {"two": 2, "unanswerable": 0}.get(question.kind, 1)
    assert bool(question.answers) == (question.kind != "unanswerable")
    texts = [passages[title] for title in question.gold]  # KeyError: no such passage
    if question.kind == "two":  # the answer names one of the two
        assert any(contains(title, question.answers) for title in question.gold)
    elif texts:
        assert contains(texts[0], question.answers), texts[0]
    if question.kind == "number":
        assert any(letter.isdigit() for letter in question.answer)
    if question.kind == "paraphrase":  # no word in common but those that stand in every tenth passage
        shared = set(terms(question.text)) & set(terms(texts[0]))
        assert not [word for word in shared if holding[word] < len(passages) / 20], texts[0]
    if question.kind == "shared":
        assert set(terms(question.text)) & set(terms(texts[0])) - {"the", "a", "of", "in"}


def test_passages_are_short_and_whole(passages):
    assert len(passages) == 10_033
    assert all(text.strip() for text in passages.values())
    long = [text for text in passages.values() if len(text.split()) > LONGEST]
    assert len(long) < 30  # only where the first sentence alone is longer


def test_a_sample_is_the_same_each_time_and_keeps_what_it_must(passages):
    sample = load_passages(50, keep=["Tower Bridge", "Tower Bridge"], seed=3)
    assert sample == load_passages(50, keep=["Tower Bridge"], seed=3)
    assert len({passage.title for passage in sample}) == 50
    assert "Tower Bridge" in [passage.title for passage in sample]
    assert sample != load_passages(50, keep=["Tower Bridge"], seed=4)


def test_what_cannot_be_had_is_named(passages):
    with pytest.raises(ValueError, match="keep names 'No Such Bridge'"):
        load_passages(5, keep=["No Such Bridge"])
    with pytest.raises(ValueError, match=r"between 2 \(those to keep\) and 10033; got 1"):
        load_passages(1, keep=["Tower Bridge", "Sitar"])


def test_a_passage_is_cut_between_sentences():
    assert first_sentences("One two three. Four.", longest=2) == "One two three."  # never empty
    assert first_sentences("One.\nTwo  three.", longest=9) == "One. Two three."
