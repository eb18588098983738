"""The course's Unigram against Hugging Face tokenizers: the same cuts from the same vocabulary; EM does its work."""

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.unigram import Unigram, best_paths, expected_counts, prune, train_unigram, words_of
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TEXT = "the united units unite the unions; the union undoes what it did. undo, undoing, undone " * 3


def reference(log_probs):
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), *log_probs.items()], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


@pytest.fixture(scope="module")
def trained():
    return train_unigram(TEXT, vocab_size=60)


@given(text=st.text(st.sampled_from("uniteds ▁.xé你  "), max_size=50))
@settings(max_examples=150, deadline=None)
def test_any_text_is_cut_as_the_library_cuts_it(text, trained):
    assert trained.tokenize(text) == reference(trained.log_probs).encode(text).tokens


def test_a_vocabulary_trained_by_the_library_is_cut_alike():
    twin = Tokenizer(models.Unigram())
    twin.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=60, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False)
    twin.train_from_iterator([TEXT], trainer)
    import json

    pieces = dict(json.loads(twin.to_str())["model"]["vocab"])
    ours = Unigram({piece: score for piece, score in pieces.items() if piece != "<unk>"})
    assert ours.tokenize(TEXT) == twin.encode(TEXT).tokens


def cuts(word):
    for marks in itertools.product([False, True], repeat=len(word) - 1):
        places = [0, *(at + 1 for at, mark in enumerate(marks) if mark), len(word)]
        yield [word[a:b] for a, b in itertools.pairwise(places)]


@given(st.text("ab", min_size=1, max_size=7), st.lists(st.floats(-9, -0.5), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_best_cut_and_the_expected_counts_agree_with_all_cuts_listed(word, scores):
    model = Unigram(dict(zip(["a", "b", "ab", "ba", "aa", "aba"], scores, strict=True)))
    listed = [(sum(map(model.log_probs.get, cut)), cut) for cut in cuts(word) if set(cut) <= model.log_probs.keys()]
    assert model.log_prob(model.segment(word)) == pytest.approx(max(score for score, _ in listed))
    counts, loss = expected_counts({word: 3}, model)
    total = sum(math.exp(score) for score, _ in listed)
    by_hand = Counter()
    for score, cut in listed:
        for piece in cut:
            by_hand[piece] += 3 * math.exp(score) / total
    assert loss == pytest.approx(-3 * math.log(total))
    assert all(counts[piece] == pytest.approx(by_hand[piece], abs=1e-9) for piece in model.log_probs)


def test_each_step_of_expectation_maximisation_makes_the_text_likelier():
    words, losses = Counter(words_of(TEXT)), []
    model = Unigram({piece: -6.0 for word in words for n in range(1, 6) for piece in (word[:n], word[-n:], *word)})
    for _ in range(5):
        counts, loss = expected_counts(words, model)
        total = math.log(sum(counts.values()))
        model = Unigram({piece: math.log(count) - total for piece, count in counts.items() if count > 0})
        losses.append(loss)
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.9 * losses[0]


def test_pruning_keeps_the_size_and_what_must_stay(trained):
    letters = set("".join(words_of(TEXT)))
    assert len(trained.log_probs) == 60 and letters <= trained.log_probs.keys()
    smaller = prune(Counter(words_of(TEXT)), trained, 40, letters)
    assert len(smaller.log_probs) == 40 and letters <= smaller.log_probs.keys()
    assert "▁the" in smaller.log_probs  # used most, and dear in parts


def test_ties_go_to_the_longest_last_piece_and_pieces_join_back():
    assert best_paths(2, [(0, 1, -1.0), (0, 2, -2.0), (1, 2, -1.0)])[1] == [0, 0, 0]
    model = Unigram({"▁": -1.0, "a": -1.0})
    assert "".join(model.tokenize("a xx a")).replace("▁", " ")[1:] == "a xx a"
    assert model.segment("▁xxa") == ["▁", "xx", "a"]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="log_probs must hold at least one piece"):
        Unigram({})
    with pytest.raises(ValueError, match="text must hold at least one word"):
        train_unigram("", 10)
