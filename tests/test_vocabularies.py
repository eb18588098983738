"""The vocabularies of known models: which there are, what is told where one cannot be had, and that they read."""

import pytest
from llmcourse import vocabularies as module
from llmcourse.model_error import ModelError
from llmcourse.packaged_data import PACKAGED
from llmcourse.vocabularies import READERS, english_text, vocabularies, vocabulary_size


def missing(name):
    raise ModelError(f"{name} cannot be fetched.")


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr(module, "packaged_folder", missing)


def test_without_a_network_each_is_left_out_in_a_sentence(no_network, tokenizer, capsys):
    assert list(vocabularies(tokenizer)) == ["SmolLM2"]
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(READERS) and told[0].startswith("GPT-2's vocabulary is left out below: ")


def test_without_a_network_there_is_text_to_train_on(no_network, capsys):
    text = english_text(5_000)
    assert len(text) == 5_000 and " the " in text
    assert "stands in for the encyclopedia" in capsys.readouterr().out


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match="names must be among GPT-2, GPT-4, .*; got 'GPT-9'"):
        vocabularies(names=["GPT-9"])


KNOWN_IDS = {  # published examples: 'hello world' in each
    "GPT-2": [31373, 995],
    "GPT-4": [15339, 1917],
    "Qwen": [14990, 1879],
    "MiniLM": [7592, 2088],
}
PACKAGES = {
    "GPT-2": "gpt2-vocabulary",
    "GPT-4": "gpt4-vocabulary",
    "Qwen": "qwen-vocabulary",
    "DeepSeek": "deepseek-vocabulary",
    "MiniLM": "minilm",
}


@pytest.mark.parametrize("name", READERS)
def test_real_vocabularies_read_and_give_text_back(name):
    if not PACKAGED[PACKAGES[name]].target.exists():
        pytest.skip(f"{name}'s vocabulary is not in the cache: python -m llmcourse.packaged_data")
    found = vocabularies(names=[name])[name]
    assert found.encode("hello world") == KNOWN_IDS.get(name, found.encode("hello world"))
    assert found.decode(found.encode("hello world")) == "hello world"
    assert vocabulary_size(found) > 30_000


def test_deepseeks_ids_are_the_librarys():
    from tokenizers import Tokenizer

    folder = PACKAGED["deepseek-vocabulary"].target
    if not folder.exists():
        pytest.skip("DeepSeek's vocabulary is not in the cache: python -m llmcourse.packaged_data")
    twin = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in (
        "It's 2024; 1,000.5 ½",
        "你好，世界 こんにちは",
        "    def f(x):\n\treturn x  \n\n",
        "🎉👩‍👩‍👧 e\u0301",
    ):
        assert (
            vocabularies(names=["DeepSeek"])["DeepSeek"].encode(text) == twin.encode(text, add_special_tokens=False).ids
        )
