"""RankExplorer in Python: errors against torch's SVD, LoRA's parameters against layers that were really built."""

import doctest
import json

import llmcourse
import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import low_rank, rank_explorer, rank_explorer_picture
from llmcourse.low_rank import decompose, evenly_spaced, linear_targets, lora_parameters, relative_errors
from llmcourse.rank_explorer import RankExplorer
from llmcourse.rank_explorer_picture import shown_values
from tiny_models import tiny_gpt2, tiny_llama
from vectors.make_rank_explorer import PATH, make_vectors
from widget_examples import HOSTILE


@pytest.fixture(scope="module")
def llama():
    return tiny_llama()


@pytest.mark.parametrize("module", [low_rank, rank_explorer, rank_explorer_picture])
def test_the_examples_of_the_docstrings(module):
    assert doctest.testmod(module, extraglobs={"np": np, "decompose": decompose}).failed == 0


def test_the_vectors_are_still_what_torch_computes():
    stored, made = json.loads(PATH.read_text(encoding="utf-8")), make_vectors()
    assert stored["parameters"] == made["parameters"]
    for old, new in zip(stored["cases"], made["cases"], strict=True):
        assert (old["name"], old["rank_90"]) == (new["name"], new["rank_90"])
        assert np.allclose(old["errors"], new["errors"], atol=1e-7)
        assert np.allclose(relative_errors(old["singular"]), old["errors"], atol=1e-7)


@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (9, 5), (80, 70)])
def test_the_error_is_that_of_the_rebuilt_matrix(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    explorer = RankExplorer({"W": matrix})
    left, singular, right = torch.linalg.svd(matrix, full_matrices=False)
    for rank in (0, 1, min(shape) // 2, min(shape)):
        explorer.rank = rank
        rebuilt = (left[:, :rank] * singular[:rank]) @ right[:rank]
        assert explorer.relative_error == pytest.approx(float((matrix - rebuilt).norm() / matrix.norm()), abs=1e-7)
        assert explorer.energy == pytest.approx(float(rebuilt.norm() ** 2 / matrix.norm() ** 2), abs=1e-12)
        assert torch.allclose(explorer.approximation().double(), rebuilt, atol=1e-6)


def test_no_other_matrix_of_that_rank_comes_closer():
    generator = torch.Generator().manual_seed(2)
    matrix = torch.randn(12, 10, generator=generator, dtype=torch.float64)
    best = RankExplorer({"W": matrix}, rank=3).relative_error
    left = torch.randn(12, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    right = torch.randn(3, 10, generator=generator, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([left, right], lr=0.05)
    for _ in range(800):
        loss = (matrix - left @ right).norm() / matrix.norm()
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert best - 1e-9 <= loss.item() < best + 0.01


def test_what_is_shown_is_the_matrix_itself_at_evenly_spaced_places():
    matrix = torch.randn(200, 30, generator=torch.Generator().manual_seed(3))
    one = decompose(matrix)
    assert one.row_places.tolist() == evenly_spaced(200).tolist()
    assert (one.row_places[0], one.row_places[-1], len(one.row_places)) == (0, 199, 64)
    assert np.allclose(shown_values(one, 30), matrix[one.row_places].numpy(), atol=1e-5)
    explorer = RankExplorer({"W": matrix})
    size = 8 * 30 + 4 * 30 * (64 + 30)
    assert len(explorer.factors) == size
    assert np.array_equal(np.frombuffer(explorer.factors[: 8 * 30], "<f8"), one.singular)


def lora_layers(model, targets, rank):
    """A LoRA built by hand: the two factors beside each target layer."""
    for name, module in model.named_modules():
        if name.rpartition(".")[2] in targets:
            yield torch.nn.Linear(module.in_features, rank, bias=False)
            yield torch.nn.Linear(rank, module.out_features, bias=False)


@pytest.mark.parametrize("targets", [["q_proj", "v_proj"], ["q_proj", "k_proj", "v_proj", "o_proj"], ["down_proj"]])
def test_lora_trains_what_its_layers_hold(targets, llama):
    explorer = RankExplorer(model=llama, rank=4, targets_on=targets)
    built = sum(parameter.numel() for layer in lora_layers(llama, targets, 4) for parameter in layer.parameters())
    assert explorer.trainable == built
    assert explorer.total_parameters == sum(parameter.numel() for parameter in llama.parameters())


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2])
def test_lora_trains_what_peft_trains(make):
    peft = pytest.importorskip("peft")
    model = make()
    targets = ["q_proj", "v_proj"] if make is tiny_llama else ["c_attn"]
    explorer = RankExplorer(model=model, rank=8, targets_on=targets)
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=8, target_modules=targets))
    assert explorer.trainable == adapted.get_nb_trainable_parameters()[0]


def test_a_models_layers_can_be_chosen_from(llama):
    explorer = RankExplorer(model=llama)
    assert "lm_head" not in " ".join(explorer.names)
    assert explorer.targets_on == ["q_proj", "v_proj"]
    assert len(explorer.names) == 2 * 7
    before = explorer.factors
    explorer.matrix = 3
    assert explorer.shown["matrix"] == 3
    assert explorer.factors != before
    assert explorer.names[3] in explorer.summary


def test_gpt2_keeps_its_weights_turned():
    targets = linear_targets(tiny_gpt2())
    assert targets["c_attn"]["shapes"] == [(96, 32, 2)]
    assert lora_parameters(targets["c_attn"]["shapes"], 2) == 2 * 2 * (96 + 32)


def test_names_of_weights_in_a_state_dict_find_their_targets(llama):
    state = {name: value for name, value in llama.state_dict().items() if name.endswith("_proj.weight")}
    explorer = RankExplorer(state)
    assert {one["name"] for one in explorer.targets} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip


def test_an_exported_page_takes_its_matrices_along(llama):
    few = RankExplorer({"a": torch.eye(3), "b": torch.ones(2, 5)})
    state = few.exported_state()
    assert sorted(state["stored"]) == ["0", "1"]
    assert len(state["factors_1"]) == 8 * 2 + 4 * 2 * (2 + 5)
    many = RankExplorer(model=llama, matrix=2)
    many.matrix = 5
    assert sorted(many.exported_state()["stored"]) == ["2", "5"]


def test_a_matrix_with_nan_is_told_and_the_last_one_stays():
    explorer = RankExplorer({"good": torch.eye(2), "bad": torch.full((2, 2), torch.nan)})
    explorer.matrix = 1
    assert "bad" in explorer.error and "finite" in explorer.error
    assert explorer.matrix == explorer.shown["matrix"] == 0
    assert explorer.picture()
    with pytest.raises(ValueError, match="finite"):
        RankExplorer({"bad": torch.full((2, 2), torch.inf)})


@pytest.mark.parametrize(
    ("make", "kind", "match"),
    [
        (lambda: RankExplorer(), TypeError, "needs matrices"),
        (lambda: RankExplorer({}, model=torch.nn.Linear(2, 2)), TypeError, "needs matrices"),
        (lambda: RankExplorer({}), ValueError, "no matrix"),
        (lambda: RankExplorer([torch.eye(2)]), TypeError, "dictionary"),
        (lambda: RankExplorer({"W": torch.ones(3)}), ValueError, "rows and columns"),
        (lambda: RankExplorer({"W": torch.ones(0, 3)}), ValueError, "rows and columns"),
        (lambda: RankExplorer({"W": [["a"]]}), ValueError, "matrix must be"),
        (lambda: RankExplorer(model=torch.nn.ReLU()), ValueError, "no linear layer"),
        (lambda: RankExplorer({"W": torch.eye(2)}, rank=-1), ValueError, "rank must be"),
        (lambda: RankExplorer({"W": torch.eye(2)}, alpha=0), ValueError, "alpha must be"),
    ],
)
def test_bad_arguments_are_named(make, kind, match):
    with pytest.raises(kind, match=match):
        make()


def test_half_precision_and_large_ranks():
    explorer = RankExplorer({"W": torch.eye(3, dtype=torch.bfloat16)}, rank=500)
    assert explorer.relative_error == 0
    assert explorer.trainable == 500 * 6
    assert isinstance(explorer, llmcourse.RankExplorer)


def test_of_the_embedded_model(model):
    explorer = RankExplorer(model=model, rank=8)
    assert explorer.trainable == 8 * 30 * ((576 + 576) + (192 + 576))
    assert isinstance(model, transformers.PreTrainedModel)
    weight = model.get_submodule(explorer.names[0]).weight.detach().double()
    near = explorer.approximation().double()
    assert explorer.relative_error == pytest.approx(float((weight - near).norm() / weight.norm()), abs=1e-6)


NUMBERS = st.floats(-1e30, 1e30)
MATRICES = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(NUMBERS, min_size=columns, max_size=columns), min_size=1, max_size=4)
)


@settings(max_examples=12, deadline=None)
@given(values=MATRICES, rank=st.integers(0, 6), name=st.sampled_from(["W", "", HOSTILE, "$a$", "\ud83c", "a.b.weight"]))
def test_any_finite_matrix_can_be_explored(values, rank, name):
    explorer = RankExplorer({name: values}, rank=rank)
    assert 0 <= explorer.relative_error <= 1
    assert explorer.summary
    assert explorer.picture().startswith(b"\x89PNG")
    assert "</html>" in explorer.to_html()
