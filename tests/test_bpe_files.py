"""The readers of real vocabularies: the same ids as the libraries that the files were made for."""

import base64
import json

import pytest
from llmcourse.scratch.bpe import BPETokenizer
from llmcourse.scratch.bpe_files import (
    BYTE_ORDER,
    GPT2_SPLIT,
    JoinedRanks,
    from_gpt2,
    from_json,
    from_tiktoken,
    to_bytes,
)
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

TEXT = "the lowest of the low; the newest of the new. 12 345\n\n  Über naïve 你好 🎉 low lower lowest"
UNSEEN = "the lower, newest naïve\tüber 你们 3456 🎉"
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def trained(pre_tokenizer):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=ALPHABET, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer


@pytest.fixture(scope="module")
def gpt2_like():
    return trained(pre_tokenizers.ByteLevel(add_prefix_space=False))


def test_json_of_several_splits_like_deepseeks():
    split = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}{1,3}"), "isolated"),
            pre_tokenizers.Split(Regex("[一-龥]+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    reference = trained(split)
    state = json.loads(reference.to_str())
    state["normalizer"] = {"type": "Sequence", "normalizers": []}
    ours = BPETokenizer(**from_json(state))
    assert ours.encode(UNSEEN) == reference.encode(UNSEEN).ids


def test_json_with_merges_as_text_of_older_files(gpt2_like):
    state = json.loads(gpt2_like.to_str())
    state["model"]["merges"] = [" ".join(pair) for pair in state["model"]["merges"]]
    assert BPETokenizer(**from_json(state)).encode(UNSEEN) == gpt2_like.encode(UNSEEN).ids


def test_gpt2s_two_files(gpt2_like, tmp_path):
    model = json.loads(gpt2_like.to_str())["model"]
    names = {**model["vocab"], "<|endoftext|>": len(model["vocab"])}
    (tmp_path / "encoder.json").write_text(json.dumps(names), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in model["merges"])]
    (tmp_path / "vocab.bpe").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ours = BPETokenizer(**from_gpt2(tmp_path))
    assert ours.encode(UNSEEN) == gpt2_like.encode(UNSEEN).ids
    assert ours.encode("a<|endoftext|>")[-1] == names["<|endoftext|>"]


def test_a_tiktoken_file_needs_no_merges(gpt2_like, tmp_path):
    vocabulary = json.loads(gpt2_like.to_str())["model"]["vocab"]
    rows = [f"{base64.b64encode(to_bytes(name)).decode()} {number}" for name, number in vocabulary.items()]
    path = tmp_path / "made.tiktoken"
    path.write_text("\n".join(rows) + "\n", encoding="ascii")
    ours = BPETokenizer(**from_tiktoken(path, GPT2_SPLIT, special={"<|end|>": 1000}))
    assert ours.encode(UNSEEN) == gpt2_like.encode(UNSEEN).ids
    assert ours.encode("low<|end|>")[-1] == 1000
    assert [symbols for _, symbols in ours.steps("low")][-1] == ours.token_bytes(ours.encode("low"))


def test_joined_ranks_answer_as_a_dictionary_would():
    ranks = JoinedRanks({b"a": 0, b"b": 1, b"ab": 2})
    assert ranks[b"a", b"b"] == ranks.get((b"a", b"b")) == 2
    assert (b"b", b"a") not in ranks and ranks.get((b"b", b"a"), 9) == 9


def test_bytes_are_written_as_the_library_writes_them():
    assert [to_bytes(letter)[0] for letter in ALPHABET] == BYTE_ORDER
    decoder = decoders.ByteLevel()
    assert all(decoder.decode([letter]) == chr(to_bytes(letter)[0]) for letter in ALPHABET if to_bytes(letter)[0] < 128)


def test_what_is_not_byte_level_is_refused(gpt2_like):
    state = json.loads(gpt2_like.to_str())
    for change in ({"normalizer": {"type": "NFC"}}, {"model": {**state["model"], "byte_fallback": True}}):
        with pytest.raises(ValueError, match="must be byte-level BPE"):
            from_json({**state, **change})
