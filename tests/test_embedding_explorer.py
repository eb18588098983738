"""EmbeddingExplorer in Python: PCA against torch's SVD, neighbours against torch, and what it answers to bad input."""

import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import EmbeddingExplorer
from llmcourse.embedding_input import MOST_FLOAT16, MOST_FLOAT32, check_vectors
from llmcourse.embedding_map import principal_plane
from llmcourse.embedding_picture import point_label
from llmcourse.embedding_space import EmbeddingSpace
from llmcourse.embedding_words import embedding_summary
from traitlets import TraitError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "embedding_explorer.json").read_text(encoding="utf-8"))
GIVEN = np.array(VECTORS["vectors"], dtype=np.float32).reshape(-1, VECTORS["width"])
WORDS = ["king", "queen", "man", "woman", "prince", "princess", "boy", "girl", "father", "mother", "uncle", "aunt"]


def random_vectors(count, width, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


@pytest.fixture
def small():
    return EmbeddingExplorer([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]], ["cat", "dog", "car", "bus"])


@pytest.mark.parametrize("shape", [(50, 8), (8, 50), (3, 3), (200, 2)])
def test_pca_is_torchs_svd_up_to_the_sign_which_is_fixed(shape):
    vectors = random_vectors(*shape)
    plane = principal_plane(vectors)
    centred = torch.from_numpy(vectors).double()
    centred = centred - centred.mean(0)
    _, singular, right = torch.linalg.svd(centred, full_matrices=False)
    for component, expected in zip(plane.components, right[:2].numpy(), strict=True):
        assert component[np.abs(component).argmax()] > 0
        expected = expected * np.sign(expected[np.abs(expected).argmax()])
        np.testing.assert_allclose(component, expected, atol=1e-9)
    np.testing.assert_allclose(plane.explained, (singular**2 / (singular**2).sum())[:2], rtol=1e-9)
    np.testing.assert_allclose(plane.project(vectors), centred.numpy() @ plane.components.T, atol=1e-9)


def test_pca_of_what_has_no_two_directions():
    assert principal_plane(np.ones((5, 3))).explained == (0.0, 0.0)
    line = principal_plane(np.outer(np.arange(4), [3.0, 4.0]))
    np.testing.assert_allclose(line.components, [[0.6, 0.8], [0, 0]], atol=1e-12)
    np.testing.assert_allclose(line.explained, (1, 0), atol=1e-12)
    tiny = principal_plane(np.array([[0, 0, 0], [1e-30, 0, 0], [0, 1e-35, 0]], dtype=np.float32))
    assert tiny.explained[0] == pytest.approx(1)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_neighbours_are_torchs(case):
    found = EmbeddingSpace(GIVEN).nearest(case["query"], case["metric"], 10)
    assert [index for index, _ in found] == case["indices"]
    np.testing.assert_allclose([value for _, value in found], case["values"], atol=1e-12)


@pytest.mark.parametrize("case", VECTORS["analogies"], ids=lambda case: case["metric"])
def test_analogies_are_torchs(case):
    vector = EmbeddingSpace(GIVEN).analogy(*case["terms"], case["metric"])
    np.testing.assert_allclose(vector, case["vector"], atol=1e-14)


def test_the_vectors_file_is_up_to_date():
    path = Path(__file__).parent / "vectors" / "make_embedding_explorer.py"
    spec = importlib.util.spec_from_file_location("make_embedding_explorer", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    new = made.make_vectors()
    assert new["vectors"] == VECTORS["vectors"]
    for one, other in zip(new["cases"], VECTORS["cases"], strict=True):
        assert one["indices"] == other["indices"]
        np.testing.assert_allclose(one["values"], other["values"], atol=1e-12)


def test_large_random_neighbours_are_brute_force_torch():
    vectors = random_vectors(3000, 96)
    explorer = EmbeddingExplorer(vectors, range(3000), selected=17, k=25)
    similarity = torch.nn.functional.cosine_similarity(torch.from_numpy(vectors), torch.from_numpy(vectors[17])[None])
    similarity[17] = -2
    assert [one.index for one in explorer.neighbours()] == similarity.topk(25).indices.tolist()
    explorer.metric = "euclidean"
    distance = (torch.from_numpy(vectors) - torch.from_numpy(vectors[17])).norm(dim=1)
    distance[17] = torch.inf
    assert [one.index for one in explorer.neighbours()] == distance.topk(25, largest=False).indices.tolist()


def test_reads_back_what_is_chosen(small):
    assert small.neighbours() == []
    small.selected = 0
    assert [one.label for one in small.neighbours()] == ["dog", "car", "bus"]
    assert small.neighbours("bus", k=1, metric="euclidean") == [(2, "car", pytest.approx(2**0.5))]
    assert small.neighbours([0, 5], k=1)[0].label == "car"
    assert small.neighbours(2, k=1)[0].label == "dog"
    assert small.summary == embedding_summary(small)
    assert "“cat”" in small.summary and "“dog” 0.9939" in small.summary


def test_an_analogy_leaves_its_three_out(small):
    assert small.analogy("cat", "dog", "car")[0].label == "bus"
    assert (small.mode, small.terms) == ("analogy", [0, 1, 2])
    assert "“cat” − “dog” + “car”" in small.summary


def test_the_query_moves_on_the_plane_or_is_any_vector(small):
    small.query = [0, 3]
    assert small.mode == "query"
    assert small.neighbours()[0].label == "car"
    np.testing.assert_array_equal(small.query, [0, 3])
    x, y = small._plane.project([-2.0, 0.0])
    small.query_at = [x, y]
    np.testing.assert_allclose(small.query, [-2, 0], atol=1e-12)
    assert small.neighbours()[0].label == "bus"


def test_of_two_dimensions_the_map_tells_the_truth_and_of_many_it_does_not():
    flat = EmbeddingExplorer(random_vectors(60, 2), range(60), selected=5, metric="euclidean")
    assert flat.overlap == (10, 10)
    deep = EmbeddingExplorer(random_vectors(200, 100), range(200), selected=5)
    same, of = deep.overlap
    assert same < of == 10
    deep.projection, deep.mode = "pca", "analogy"
    assert deep.overlap is None


def test_a_text_becomes_a_query_or_an_error():
    def embed(text):
        return torch.tensor([[len(text), 1.0]])

    explorer = EmbeddingExplorer([[1, 1], [9, 1]], ["short", "long"], embed=embed, metric="euclidean")
    explorer.query_text = "long text"
    assert explorer.neighbours(k=1)[0].label == "long"
    explorer._embed = lambda text: [1, 2, 3]
    explorer.query_text = "no"
    assert "shape (2,)" in explorer.error
    assert explorer.neighbours(k=1)[0].label == "long"
    explorer._embed = embed
    explorer.query_text = "a"
    assert explorer.error == ""


def test_tsne_asks_for_scikit_learn_in_a_sentence(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)  # whether it is installed or not
    small.projection = "t-sne"
    assert "pip install scikit-learn" in small.error
    assert (small.projection, small.maps) == ("pca", ["pca"])
    with pytest.raises(ValueError, match="scikit-learn"):
        EmbeddingExplorer(random_vectors(5, 2), range(5), projection="t-sne")


def test_tsne_is_a_further_map_where_scikit_learn_is(small, monkeypatch):
    class TSNE:
        def __init__(self, dimensions, perplexity, init, random_state):
            assert (dimensions, perplexity, init) == (2, 1.0, "pca")

        def fit_transform(self, vectors):
            return vectors[:, :2] * 3

    module = types.ModuleType("sklearn.manifold")
    module.TSNE = TSNE
    monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.manifold", module)
    small.projection = "t-sne"
    assert small.maps == ["pca", "t-sne"]
    coordinates = np.frombuffer(small.maps_data).reshape(2, 4, 2)
    np.testing.assert_allclose(coordinates[1], small.vectors * 3)
    assert "t-SNE" in small.summary
    assert small.picture().startswith(b"\x89PNG")


def test_coordinates_of_ones_own():
    explorer = EmbeddingExplorer(random_vectors(3, 4), ["abc"] * 3, coordinates=[[0, 0], [1, 1], [2, 0]])
    assert (explorer.projection, explorer.maps) == ("given", ["pca", "given"])
    with pytest.raises(ValueError, match=r"coordinates must be finite and have the shape \(3, 2\)"):
        EmbeddingExplorer(random_vectors(3, 4), range(3), coordinates=[[0, 0]])


def test_the_models_own_token_embeddings(model, tokenizer):
    explorer = EmbeddingExplorer.of_tokens(model, tokenizer, WORDS + ["antidisestablishment"], selected=0)
    table = model.get_input_embeddings().weight.detach()
    (king,) = tokenizer(" king")["input_ids"]
    np.testing.assert_array_equal(explorer.vectors[0], table[king].numpy())
    several = tokenizer(" antidisestablishment")["input_ids"]
    assert len(several) > 1
    np.testing.assert_allclose(explorer.vectors[-1], table[several].mean(0).numpy(), atol=1e-6)
    assert "queen" in [one.label for one in explorer.neighbours()[:2]]
    with pytest.raises(TypeError, match="words must be a list"):
        EmbeddingExplorer.of_tokens(model, tokenizer, "king")


def test_many_vectors_travel_as_float16_and_python_computes_with_the_same():
    count = MOST_FLOAT32 // 1000 + 1
    kept, number_format = check_vectors(np.full((count, 1000), 0.1, np.float32))
    assert number_format == "float16"
    assert float(kept[0, 0]) == float(np.float16(0.1))
    with pytest.raises(ValueError, match="Choose fewer rows"):
        check_vectors(np.broadcast_to(np.float32(0), (MOST_FLOAT16 // 1000 + 1, 1000)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], []), r"shape \(n, d\)"),
        (([1, 2], ["a", "b"]), r"shape \(n, d\)"),
        (([[1, 2]], ["a", "b"]), "1 vectors, but 2 labels"),
        (([[1, 2], [float("nan"), 1]], ["a", "b"]), "row 1 is not"),
        (([[1, 1e300]], ["a"]), "finite in float32; row 0"),
        (([[1, 2]], ["a"], ["g", "h"]), "groups must hold one text a vector"),
    ],
)
def test_bad_values_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        EmbeddingExplorer(*arguments)


def test_bad_kinds_are_named(small):
    with pytest.raises(TypeError, match="vectors must be an array of numbers"):
        EmbeddingExplorer([["x"]], ["a"])
    with pytest.raises(TypeError, match="labels must be a list"):
        EmbeddingExplorer([[1.0]], "a")
    with pytest.raises(TypeError, match="groups must be a list"):
        EmbeddingExplorer([[1.0]], ["a"], "g")
    with pytest.raises(TypeError, match="embed must be a function"):
        EmbeddingExplorer([[1.0]], ["a"], embed=3)
    with pytest.raises(TraitError, match="between 1 and 50"):
        small.k = 51
    with pytest.raises(TraitError, match="cosine"):
        small.metric = "hamming"
    with pytest.raises(ValueError, match="no label is 'tiger'"):
        small.neighbours("tiger")
    with pytest.raises(ValueError, match="a row must be from 0 to 3"):
        small.analogy(0, 1, 9)
    with pytest.raises(ValueError, match="metric must be one of"):
        small.neighbours(0, metric="l1")
    small.selected = 99
    assert small.selected == -1


def test_a_label_keeps_its_spaces_but_shows_the_first():
    assert point_label(" New York\n") == "·New York↵"


labels_of_any_kind = st.text(st.characters(codec=None, exclude_categories=()), max_size=30) | st.just(
    "\ud83c" + "x" * 400
)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_vectors_have_a_picture_and_a_page(data):
    count, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    number = st.floats(width=32, allow_nan=False, allow_infinity=False)
    rows = data.draw(st.lists(st.lists(number, min_size=width, max_size=width), min_size=count, max_size=count))
    labels = data.draw(st.lists(labels_of_any_kind, min_size=count, max_size=count))
    groups = data.draw(st.none() | st.lists(labels_of_any_kind, min_size=count, max_size=count))
    explorer = EmbeddingExplorer(
        np.array(rows, dtype=np.float32),
        labels,
        groups,
        selected=data.draw(st.integers(-1, count)),
        mode=data.draw(st.sampled_from(["point", "analogy", "query"])),
        metric=data.draw(st.sampled_from(["cosine", "euclidean", "dot"])),
        terms=data.draw(st.lists(st.integers(-1, count), min_size=3, max_size=3)),
    )
    assert f"{width} dimension" in explorer.summary
    assert all(np.isfinite(one.value) for one in explorer.neighbours())
    assert explorer.picture().startswith(b"\x89PNG")
    assert "</html>" in explorer.to_html()
