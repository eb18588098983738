"""encode(): tokens as they stand in the text, whatever kind of tokenizer does it."""

import tokenizers
import transformers
from llmcourse.tracing import encode


def test_a_tokenizer_written_in_python_has_no_offsets():
    tokenizer = transformers.ByT5Tokenizer()
    tokens, ids = encode(tokenizer, "Cat")
    assert tokens[:3] == ["C", "a", "t"] and len(tokens) == len(ids) == 4
    assert tokens[3] == "</s>"
    tokens, ids = encode(tokenizer, "é")
    assert len(tokens) == len(ids) == 3 and all(tokens), "a letter of two bytes and the end, each with a name"


def test_a_tokenizer_of_the_tokenizers_library():
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    assert encode(words, "a b c") == (["a", "b", "?"], [0, 1, 2])


def test_a_tokenizer_of_the_learner():
    class Words:
        def encode(self, text):
            return [len(word) for word in text.split(" ")]

        def decode(self, ids):
            return " ".join("x" * number for number in ids)

    assert encode(Words(), "xx x") == (["xx", "x"], [2, 1])


def test_each_text_of_a_pair_is_sliced_by_itself(tokenizer):
    tokens, ids = encode(tokenizer, "one two", pair="three")
    assert tokens == ["one", " two", "three"] and len(ids) == 3
