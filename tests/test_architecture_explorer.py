"""ArchitectureExplorer in Python: what it takes, what it reads back, and its answers to bad input."""

import doctest
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import ArchitectureExplorer, architecture_explorer, architecture_facts, architecture_parts, model_shapes
from llmcourse.architecture_facts import facts_of
from llmcourse.model_shapes import PRESETS
from tiny_models import tiny_bert, tiny_gpt2, tiny_llama
from vectors.make_architecture_explorer import PATH, make_vectors
from widget_examples import HOSTILE
from widget_examples.architecture_explorer import example


def test_the_vectors_are_still_what_python_counts():
    stored, made = json.loads(PATH.read_text(encoding="utf-8")), json.loads(json.dumps(make_vectors()))
    assert stored == made, "run python tests/vectors/make_architecture_explorer.py"


@pytest.mark.parametrize("module", [architecture_explorer, architecture_facts, architecture_parts, model_shapes])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module, extraglobs=vars(architecture_explorer)).failed == 0


def test_the_embedded_model_is_shown_first(model):
    by_name, by_model = ArchitectureExplorer(), ArchitectureExplorer(model)
    assert by_name.shown == "smollm2-135m"
    assert by_name.parameters == by_model.parameters == model.num_parameters()
    assert "134,515,008 parameters" in by_name.summary
    assert by_model.models[-1]["title"] == "your model (llama)"
    assert by_model.models[-1]["facts"][:-1] == by_model.models[0]["facts"][:-1], "all but the source"


def test_the_length_changes_the_cost_as_attention_does():
    view = ArchitectureExplorer("gpt2", length=1)
    short = view.flops
    view.length = 1001
    assert view.flops - short == 1000 * 12 * 2 * 2 * 768
    assert "1,001 in view" in view.summary


def test_two_models_side_by_side():
    view = ArchitectureExplorer("gpt2", "llama-3-8b")
    assert (view.shown, view.compare) == ("gpt2", "llama-3-8b")
    assert "Beside it: Llama 3 8B: 8,030,261,248 parameters" in view.summary
    changed = [
        ours[0] for ours, theirs in zip(facts_of(PRESETS["gpt2"]), facts_of(PRESETS["llama-3-8b"]), strict=True)
        if ours != theirs
    ]  # fmt: skip
    assert set(changed) >= {"Normalisation", "MLP", "Positions", "Attention", "Context", "Vocabulary"}
    view.compare = ""
    assert "Beside" not in view.summary


def test_what_changed_from_one_llama_to_the_next():
    one, two, three = (dict(facts_of(PRESETS[name])) for name in ("llama-1-7b", "llama-2-7b", "llama-3-8b"))
    assert {name for name in one if one[name] != two[name]} == {"Context", "Source"}
    assert {"Attention", "Vocabulary", "KV cache, 16 bits", "Positions"} < {n for n in two if two[n] != three[n]}
    assert (two["KV cache, 16 bits"], three["KV cache, 16 bits"]) == ("512.0 KiB a token", "128.0 KiB a token")


def test_models_of_ones_own():
    for own in (tiny_llama(), tiny_gpt2(), tiny_bert(), torch.nn.Linear(3, 2)):
        view = ArchitectureExplorer(own, compare=tiny_gpt2())
        assert view.shown == "your model"
        assert view.parameters == sum(weight.numel() for weight in own.parameters())
        assert view.compare == "your other model"
    assert ArchitectureExplorer(tiny_bert()).models[-1]["facts"] == [], "an architecture known by its modules only"
    assert ArchitectureExplorer(PRESETS["gpt2"]).shown == "gpt2"


def test_a_part_is_read_back():
    view = ArchitectureExplorer("gpt2", selected="block.mlp.up")
    assert view.part.parameters == 768 * 3072 + 3072
    assert dict(view.part.weights)["transformer.h.{n}.mlp.c_fc.weight"] == (768, 3072)
    view.selected = "nonsense"
    assert view.selected == "" and view.part is None


def test_bad_arguments_are_told():
    with pytest.raises(ValueError, match="no preset is called 'gpt-5'"):
        ArchitectureExplorer("gpt-5")
    with pytest.raises(TypeError, match="got list"):
        ArchitectureExplorer([1])
    with pytest.raises(ValueError, match="length must be from 1 to 1048576; got 0"):
        ArchitectureExplorer(length=0)
    view = ArchitectureExplorer()
    with pytest.raises(ValueError, match="shown must be one of smollm2-135m, gpt2"):
        view.shown = "x" * 500
    assert view.shown == "smollm2-135m"


def test_hostile_names_have_a_picture_and_a_page():
    view = example(hostile=True)
    assert view.picture().startswith(b"\x89PNG")
    assert HOSTILE[:20] not in view.to_html()


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(sorted(PRESETS)),
    st.sampled_from(["", *sorted(PRESETS)]),
    st.integers(1, 2**20),
    st.integers(1, 2**20),
    st.text(max_size=20),
)
def test_any_choice_has_a_picture_and_a_page(shown, compare, batch, length, selected):
    view = ArchitectureExplorer(shown, compare, batch=batch, length=length, source_length=batch, selected=selected)
    assert f"{view.parameters:,} parameters" in view.summary
    assert view.picture().startswith(b"\x89PNG")
    assert view.to_html()
