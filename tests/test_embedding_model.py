"""load_embedder: the recipe of sentence-transformers, rebuilt; what goes in, what is kept, what goes wrong."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import load_embedder, paths
from llmcourse.embedding_model import Embedder, mean_pooling
from llmcourse.model_error import ModelError

TEXTS = ["A cat sat on the mat.", "", "Naïve café 東京 🙂", "one two " * 400, "A cat sat on the mat."]


@pytest.fixture(scope="module")
def embedder():
    return load_embedder(device="cpu")


def recipe(embedder, texts, pooling="mean", longest=256):
    """Reimers & Gurevych's recipe, one text at a time, so without any padding."""
    rows = []
    for text in texts:
        batch = embedder.tokenizer(text, truncation=True, max_length=longest, return_tensors="pt")
        with torch.inference_mode():
            hidden = embedder.model(**batch).last_hidden_state[0]
        row = hidden.mean(0) if pooling == "mean" else hidden[0]
        rows.append((row / row.norm()).numpy())
    return np.stack(rows)


def write_tiny(folder, pooling="mean_tokens", longest=16):
    """A random BERT with the files that sentence-transformers publishes beside one."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz"]))
    BertTokenizerFast(str(vocabulary)).save_pretrained(folder)
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": longest}))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}))
    return folder


def test_it_is_the_recipe_of_sentence_transformers(embedder):
    vectors = embedder.embed(TEXTS, batch_size=2)
    assert vectors.shape == (5, 384) and vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, recipe(embedder, TEXTS), atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert (embedder.longest, embedder.pooling, embedder.width) == (256, "mean", 384)
    assert not embedder.model.training


def test_it_equals_the_library_itself(embedder):
    library = pytest.importorskip("sentence_transformers")
    modules = library.models.Transformer(str(embedder.folder), max_seq_length=256)
    pooling = library.models.Pooling(modules.get_word_embedding_dimension(), pooling_mode="mean")
    model = library.SentenceTransformer(modules=[modules, pooling, library.models.Normalize()], device="cpu")
    np.testing.assert_allclose(embedder.embed(TEXTS), model.encode(TEXTS), atol=2e-6)


def test_meaning_counts_and_words_do_not(embedder):
    question, right, wrong = embedder.embed(
        ["How do plants feed themselves?", "Photosynthesis turns light into sugar.", "How do students pay for rent?"]
    )
    assert question @ right > question @ wrong


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_order_and_batches_change_nothing(embedder, batch_size):
    texts = ["b " * 30, "a", "c " * 5, "a"]
    vectors = embedder.embed(texts, batch_size=batch_size)
    np.testing.assert_allclose(vectors, embedder.embed(texts[::-1])[::-1], atol=2e-6)
    np.testing.assert_allclose(vectors[1], embedder.embed("a"), atol=2e-6)


def test_the_same_call_gives_the_same_bytes(embedder):
    assert embedder.embed(TEXTS).tobytes() == embedder(TEXTS).tobytes()


def test_nothing_gives_no_rows(embedder):
    assert embedder.embed([]).shape == (0, 384)


def test_tokens_are_what_pooling_starts_from(embedder):
    hidden, mask = embedder.tokens(["a cat", "a cat on a mat"])
    assert hidden.shape == (2, 7, 384) and mask.sum(1).tolist() == [4, 7]
    pooled = torch.nn.functional.normalize(mean_pooling(hidden, mask), dim=-1)
    np.testing.assert_allclose(pooled, embedder.embed(["a cat", "a cat on a mat"]), atol=2e-6)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 3), st.integers(0, 2**31 - 1))
@settings(deadline=None)
def test_padding_never_counts(count, length, padding, seed):
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(count, length + padding, 3, generator=generator)
    mask = torch.cat([torch.ones(count, length), torch.zeros(count, padding)], dim=1).long()
    torch.testing.assert_close(mean_pooling(hidden, mask), hidden[:, :length].mean(1))


@pytest.mark.parametrize(("mode", "pooling"), [("mean_tokens", "mean"), ("cls_token", "cls")])
def test_pooling_and_length_are_read_from_the_models_files(tmp_path, mode, pooling):
    embedder = load_embedder(write_tiny(tmp_path, mode), device="cpu")
    assert (embedder.pooling, embedder.longest, embedder.width) == (pooling, 16, 16)
    texts = ["a b c", "d " * 60]
    np.testing.assert_allclose(embedder.embed(texts), recipe(embedder, texts, pooling, 16), atol=2e-6)


def test_what_the_cache_holds_is_read_and_what_is_damaged_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "cache_folder", lambda: tmp_path / "cache")
    (tmp_path / "model").mkdir()
    embedder = Embedder(write_tiny(tmp_path / "model"))
    first = embedder.embed_cached(["a", "b c"])
    computed = []
    monkeypatch.setattr(embedder, "embed", lambda *given: computed.append(given) or first)
    assert (embedder.embed_cached(["a", "b c"]) == first).all() and not computed
    (file,) = (tmp_path / "cache" / "embeddings").iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    assert (embedder.embed_cached(["a", "b c"]) == first).all() and len(computed) == 1
    assert embedder.embed_cached(["a", "b c"]).shape == (2, 16) and len(computed) == 1
    embedder.embed_cached(["a b", "c"])  # the same characters, cut elsewhere
    embedder.longest = 3
    embedder.embed_cached(["a", "b c"])
    assert len(computed) == 3


def test_bad_input_is_named(embedder, tmp_path):
    with pytest.raises(TypeError, match="one of them is int"):
        embedder.embed(["a", 3])
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        embedder.embed(["a"], batch_size=0)
    with pytest.raises(TypeError, match="name must be"):
        load_embedder(3)
    with pytest.raises(ModelError, match="There is no folder"):
        load_embedder(tmp_path / "none")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(tmp_path)
    with pytest.raises(ModelError, match="pools by pooling_mode_max_tokens"):
        load_embedder(write_tiny(tmp_path, "max_tokens"))


def test_a_model_that_the_hub_does_not_give_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="neither a folder here nor to be had from the hub"):
        load_embedder("org/none-such")


def test_it_says_nothing_and_imports_nothing_early(embedder, capfd):
    embedder.embed(["a"])
    load_embedder(device="cpu")
    assert capfd.readouterr() == ("", "")
    code = "import sys, llmcourse.embedding_model; assert not {'torch', 'transformers'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
