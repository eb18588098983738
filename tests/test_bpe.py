"""The course's byte-level BPE against Hugging Face tokenizers: same merges, same ids, same text back."""

import contextlib
import json
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch.bpe import BYTE_ORDER, BPETokenizer
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())  # in the order of BYTE_ORDER
# Letters that have been in Unicode for years: the two libraries carry different versions of its tables.
CHARACTERS = st.one_of(
    st.sampled_from("aabbcde  \n\t'012,.ſß½²Ⅷ你好مرحباé\u0301\u00a0\u0085\u2003\u200d\ufeff🎉\x00\x1c"),
    st.characters(max_codepoint=0x24F, exclude_categories=["Cs", "Cn"]),
)


def train_reference(text, vocab_size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=ALPHABET, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def written(token):
    return "".join(ALPHABET[BYTE_ORDER.index(byte)] for byte in token)


def assert_same(text, vocab_size):
    ours, reference = BPETokenizer().train(text, vocab_size), train_reference(text, vocab_size)
    model = json.loads(reference.to_str())["model"]
    assert [[written(left), written(right)] for left, right in ours.merges] == model["merges"]
    assert {written(token): number for token, number in ours.ids.items()} == model["vocab"]
    assert ours.encode(text) == reference.encode(text).ids
    assert ours.decode(ours.encode(text)) == text
    return ours, reference


@given(st.text(CHARACTERS, max_size=120), st.integers(256, 320))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_the_same_merges_and_ids(text, vocab_size):
    assert_same(text, vocab_size)


@pytest.mark.parametrize("alphabet", ["a", "ab", "abc"])
def test_few_letters_and_many_merges(alphabet):
    draw = random.Random(alphabet)
    words = ("".join(draw.choices(alphabet, k=draw.randint(1, 15))) for _ in range(60))
    assert_same(" ".join(words), 456)


def test_real_text_and_text_never_seen():
    standard_library = Path(random.__file__).parent
    text = "".join((standard_library / name).read_text(encoding="utf-8") for name in ("random.py", "heapq.py"))
    ours, reference = assert_same(text, 256 + 500)
    unseen = (standard_library / "bisect.py").read_text(encoding="utf-8") + " Ünïcödé 你好 🎉"
    assert ours.encode(unseen) == reference.encode(unseen).ids


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world! It's 2024; 1,000.5 ½ ² Ⅷ",
        "    def f(x):\n\treturn x  \n\n",
        "你好，世界 مرحبا بالعالم नमस्ते 🎉👩‍👩‍👧 e\u0301",
        "<|im_start|>user\nHi<|im_end|>\n<|im_end",
        "\x00\x01\x7f\u0085\u2028 \U0010ffff\U000e0041 </script>",
        "",
    ],
)
def test_the_real_tokenizers_merges_give_its_ids(text, tokenizer):
    ours = BPETokenizer.from_pretrained(tokenizer)
    assert ours.encode(text) == tokenizer(text)["input_ids"]


@given(text=st.text(CHARACTERS, max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_the_real_ids(text, tokenizer):
    ours = _copy_of(tokenizer)
    ids = ours.encode(text)
    assert ids == tokenizer(text)["input_ids"]
    assert ours.decode(ids) == tokenizer.decode(ids, clean_up_tokenization_spaces=False)


_COPIES = {}


def _copy_of(tokenizer):
    return _COPIES.setdefault(id(tokenizer), BPETokenizer.from_pretrained(tokenizer))


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_come_back(data):
    trained = BPETokenizer().train("the cat and the hat, naïve 你好 " * 3, 300)
    assert b"".join(trained.token_bytes(trained.encode_bytes(data))) == data
    with contextlib.suppress(UnicodeDecodeError):
        assert trained.encode_bytes(data) == trained.encode(data.decode("utf-8"))


def test_a_megabyte_gives_the_real_ids(tokenizer):
    """Prose, code and Chinese; and words without end, which need the heap: merge by merge they would take hours."""
    standard_library = Path(random.__file__).parent
    source = "".join((standard_library / name).read_text(encoding="utf-8") for name in ("random.py", "typing.py"))
    draw = random.Random(0)
    chinese = "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(50_000))
    text = (source + "🎉 naïve. " + chinese) * 4
    text = text[: 1_000_000 - 100_000] + "a" * 100_000
    assert len(text.encode()) > 1_000_000
    assert _copy_of(tokenizer).encode(text) == tokenizer.backend_tokenizer.encode(text).ids


def test_merging_by_rank_takes_the_steps_that_are_shown(tokenizer):
    ours = _copy_of(tokenizer)
    for piece in (" tokenization", "antidisestablishmentarianism", "aaaaaaa", "你好世界", " 🎉"):
        *_, (_, symbols) = ours.steps(piece)
        assert ours.token_bytes(ours.encode(piece)) == symbols


def test_special_tokens_can_be_switched_off(tokenizer):
    ours, text = _copy_of(tokenizer), "Hi<|im_end|>\n<|im_start|>system"
    assert 2 in ours.encode(text) and 2 not in ours.encode(text, special=False)
    assert ours.encode(text, special=False) == tokenizer(text, split_special_tokens=True)["input_ids"]
    assert ours.decode(ours.encode(text, special=False)) == text
    assert ours.encode_bytes(text.encode()) == ours.encode(text, special=False)


def test_half_a_surrogate_pair_is_a_question_mark():
    assert BPETokenizer().encode("\ud83c") == BPETokenizer().encode("?")


def test_nothing_to_learn_is_learnt():
    assert BPETokenizer().train("", 300).merges == []
    assert BPETokenizer().train("abc", 256).merges == []
    assert len(BPETokenizer().train("abc", 300).merges) == 2


def test_bad_arguments_are_named(tokenizer):
    with pytest.raises(TypeError, match="text must be a string; got int"):
        BPETokenizer().train(3, 300)
    with pytest.raises(TypeError, match="text must be a string; got bytes"):
        BPETokenizer().encode(b"x")
    with pytest.raises(ValueError, match="vocab_size must be at least 256"):
        BPETokenizer().train("abc", 100)
    with pytest.raises(ValueError, match="ids must be in the vocabulary; 256 is not"):
        BPETokenizer().decode([65, 256])
    with pytest.raises(TypeError, match="data must be bytes; got str"):
        BPETokenizer().encode_bytes("x")
    with pytest.raises(ValueError, match="must be a fast tokenizer"):
        BPETokenizer.from_pretrained("gpt2")


def test_a_tokenizer_of_another_kind_is_refused():
    from transformers import PreTrainedTokenizerFast

    word_level = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(ValueError, match="must be byte-level BPE"):
        BPETokenizer.from_pretrained(PreTrainedTokenizerFast(tokenizer_object=word_level))
    by_metaspace = Tokenizer(models.BPE())
    by_metaspace.pre_tokenizer = pre_tokenizers.Metaspace()
    with pytest.raises(ValueError, match="splits text by Metaspace"):
        BPETokenizer.from_pretrained(PreTrainedTokenizerFast(tokenizer_object=by_metaspace))


def test_training_again_forgets_what_was_learnt():
    tokenizer = BPETokenizer().train("aaaa", 257)
    assert tokenizer.encode("aa") == [256]
    assert tokenizer.train("bbbb", 257).encode("aa") == BPETokenizer().encode("aa")


def test_importing_it_loads_neither_torch_nor_transformers():
    import subprocess

    code = "import sys, llmcourse.scratch.bpe; print('torch' in sys.modules or 'transformers' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
