"""The course's WordPiece against Hugging Face tokenizers, words and pieces, on MiniLM's vocabulary too."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.wordpiece import WordPiece, longest_match, pair_scores, train_wordpiece
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

# Signs and scripts that BERT's words treat apart, and letters that have been in Unicode for years.
CHARACTERS = st.one_of(
    st.sampled_from("aabcdeABÉİ  \n\t\r'012,.ſß½²你好مرé\u0301\u00a0\u2003🎉\x00\x85$^`|\u200d\ufeff\u2028ﬁ가𠀀\ue000"),
    st.characters(max_codepoint=0x24F, exclude_categories=["Cs", "Cn"]),
)
TEXT = "Unable to unite, the united united units untied. Café au lait, naïve: l'été 2024."


def reference(vocabulary):
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    return tokenizer


@pytest.fixture(scope="module")
def trained():
    return train_wordpiece(TEXT, merges=40)


@given(text=st.text(CHARACTERS, max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_the_same_pieces(text, trained):
    twin = reference(trained.ids).encode(text)
    assert trained.tokenize(text) == twin.tokens
    assert trained.encode(text) == twin.ids


@pytest.fixture(scope="module")
def minilm_file():
    from llmcourse.packaged_data import PACKAGED

    path = PACKAGED["minilm"].target / "tokenizer.json"
    if not path.exists():
        pytest.skip("MiniLM is not in the cache: python -m llmcourse.packaged_data")
    return path


@given(text=st.text(CHARACTERS, max_size=60))
@settings(max_examples=100, deadline=None)
def test_minilms_vocabulary_gives_minilms_ids(text, minilm_file):
    ours, twin = _minilm(minilm_file)
    assert ours.encode(text) == twin.encode(text, add_special_tokens=False).ids


_READ = {}


def _minilm(path):
    if path not in _READ:
        twin = Tokenizer.from_file(str(path))
        twin.no_padding()
        twin.no_truncation()
        _READ[path] = WordPiece.from_file(path), twin
    return _READ[path]


def test_words_too_long_are_unknown_as_in_the_library(trained):
    for length in (100, 101):
        word = "u" * length
        assert trained.tokenize(word) == reference(trained.ids).encode(word).tokens


def test_the_longest_piece_wins_even_where_another_cut_would_do():
    assert longest_match("abc", {"ab", "a", "##bc"}) == ["[UNK]"]
    assert longest_match("abc", {"ab", "a", "##bc", "##c"}) == ["ab", "##c"]


def test_scores_divide_by_what_the_halves_are_used_for_elsewhere():
    scores = pair_scores([["q", "##u"], ["e", "##s"], ["e"], ["t", "##s"]], [2, 2, 6, 2])
    assert scores["q", "##u"] == 2 / (2 * 2) and scores["e", "##s"] == 2 / (8 * 4)


def test_training_begins_with_letters_and_merges_by_score():
    text = "ab " * 5 + "cb cb " + "ad " * 3 + "xy"  # ab is the most frequent; x and y never stand apart
    assert train_wordpiece(text, merges=1).tokenize("xy ab ad") == ["xy", "a", "##b", "a", "##d"]
    assert train_wordpiece(text, merges=1, least=3).tokenize("xy ab ad") == ["x", "##y", "a", "##b", "ad"]
    assert train_wordpiece("aa aa", merges=5, least=3).tokenize("aa") == ["a", "##a"]


def test_decoding_joins_pieces_to_words(trained):
    assert trained.decode(trained.encode("United, units!")).startswith("united , units")


def test_bad_vocabularies_are_named(tmp_path):
    with pytest.raises(ValueError, match="must hold the unknown token"):
        WordPiece({"a": 0})
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"type": "BPE"}}))
    with pytest.raises(ValueError, match="must name a WordPiece tokenizer; .* holds BPE"):
        WordPiece.from_file(path)
