"""Rounding against torch's own quantizers, perplexity that leaves the model alone, and QuantizationExplorer."""

import hashlib
import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import QuantizationExplorer
from llmcourse.quantized_perplexity import linear_layers, perplexity
from llmcourse.scratch.quantize import absmax, zeropoint
from tiny_models import tiny_llama
from vectors.make_quantization_explorer import matrices, vectors
from widget_examples import HOSTILE
from widget_examples.quantization_explorer import POINTS, example

METHODS = {"absmax": absmax, "zeropoint": zeropoint}


def codes_range(method, bits):
    return (-(2 ** (bits - 1)) + 1, 2 ** (bits - 1) - 1) if method == "absmax" else (0, 2**bits - 1)


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", matrices())
def test_round_trips_equal_torchs_quantizers(name, method, bits):
    weights = matrices()[name]
    low, high = codes_range(method, bits)
    whole = METHODS[method](weights, bits)
    if whole.scale.item() > 0:  # torch takes no scale of 0
        zero = 0 if whole.zero is None else int(whole.zero)
        theirs = torch.fake_quantize_per_tensor_affine(weights, whole.scale.item(), zero, low, high)
        assert torch.equal(whole.dequantize(), theirs)
    rows = METHODS[method](weights, bits, "channel")
    if (rows.scale > 0).all():
        zeros = torch.zeros(len(weights), dtype=torch.int32) if rows.zero is None else rows.zero.flatten().int()
        theirs = torch.fake_quantize_per_channel_affine(weights, rows.scale.flatten(), zeros, 0, low, high)
        assert torch.equal(rows.dequantize(), theirs)
    groups = METHODS[method](weights, bits, 32)
    per_group = METHODS[method](weights.reshape(-1, 32), bits, "channel")
    assert torch.equal(groups.dequantize(), per_group.dequantize().reshape(weights.shape)), "a group is a short row"
    assert groups.codes.min() >= low and groups.codes.max() <= high


@pytest.mark.filterwarnings("ignore:.*quantize_per_:UserWarning")
def test_eight_bits_are_torchs_quantized_tensors():
    weights = matrices()["spiked"]
    small = zeropoint(weights, 8)
    theirs = torch.quantize_per_tensor(weights, small.scale.item(), int(small.zero), torch.quint8)
    assert torch.equal(theirs.int_repr().flatten().short(), small.codes.flatten())
    rows = absmax(weights, 8, "channel")
    theirs = torch.quantize_per_channel(weights, rows.scale.flatten(), torch.zeros(len(weights)), 0, torch.qint8)
    assert torch.equal(theirs.dequantize(), rows.dequantize())


def test_scales_are_float16_and_counted():
    weights = matrices()["spiked"]
    for group, size in (("tensor", 384), ("channel", 96), (16, 16)):
        small = absmax(weights, 4, group)
        assert torch.equal(small.scale, small.scale.half().float())
        assert small.bits_per_weight == 4 + 16 / size
        assert zeropoint(weights, 4, group).bits_per_weight == 4 + 20 / size


def test_zero_stays_zero_and_clipping_narrows_the_range():
    weights = matrices()["spiked"].clone()
    weights[0, :5] = 0
    for method in METHODS.values():
        for clip in (0.0, 0.05):
            assert (method(weights, 3, "channel", clip).dequantize()[0, :5] == 0).all()
    whole, clipped = absmax(weights, 4), absmax(weights, 4, clip=0.02)
    assert clipped.scale < whole.scale
    outside = (weights.abs() > clipped.scale * 7.5).sum()
    assert 2 <= outside <= 0.03 * weights.numel()


@pytest.mark.parametrize(
    ("weights", "arguments", "error", "words"),
    [
        ([1.0], {}, TypeError, "weights must be a tensor of floats"),
        (torch.ones(3, dtype=torch.int32), {}, TypeError, "weights must be a tensor of floats"),
        (torch.tensor(1.0), {}, ValueError, "at least one number in at least one row"),
        (torch.ones(0, 4), {}, ValueError, "at least one number"),
        (torch.tensor([math.nan]), {}, ValueError, "finite and at most 65,504"),
        (torch.tensor([1e6]), {}, ValueError, "finite and at most 65,504"),
        (torch.ones(4), {"bits": 9}, ValueError, "bits must be a whole number from 2 to 8"),
        (torch.ones(4), {"bits": True}, ValueError, "bits must be"),
        (torch.ones(2, 4), {"group": 3}, ValueError, "divides the 4 weights of a row"),
        (torch.ones(2, 4), {"group": "row"}, ValueError, "group must be 'tensor'"),
        (torch.ones(4), {"clip": 0.6}, ValueError, "clip must lie between 0 and 0.5"),
    ],
)
def test_bad_arguments_are_named(weights, arguments, error, words):
    for method in METHODS.values():
        with pytest.raises(error, match=words):
            method(weights, **arguments)


def test_the_vectors_are_those_of_the_code():
    stored = json.loads((Path(__file__).parent / "vectors" / "quantization_explorer.json").read_text(encoding="utf-8"))
    fresh = json.loads(json.dumps(vectors()))
    assert [case["sha256"] for case in stored["cases"]] == [case["sha256"] for case in fresh["cases"]]
    assert stored["matrices"] == fresh["matrices"]
    for ours, theirs in zip(stored["cases"], fresh["cases"], strict=True):
        assert ours["errors"] == pytest.approx(theirs["errors"], rel=1e-9)


def fingerprint(model):
    return hashlib.sha256(b"".join(one.detach().numpy().tobytes() for one in model.state_dict().values())).hexdigest()


def test_perplexity_is_that_of_a_model_with_rounded_weights(tokenizer):
    model = tiny_llama(context=256)
    before = fingerprint(model)
    calls = []
    ours = perplexity(model, tokenizer, "A short text.", lambda w: absmax(w, 3, 16).dequantize(), calls.append)
    assert fingerprint(model) == before
    assert calls[-1] == 1.0 and calls == sorted(calls) and len(calls) == len(linear_layers(model)) == 14
    plain = perplexity(model, tokenizer, "A short text.")
    with torch.no_grad():
        for layer in linear_layers(model).values():
            layer.weight.copy_(absmax(layer.weight, 3, 16).dequantize())
    assert perplexity(model, tokenizer, "A short text.") == pytest.approx(ours, rel=1e-6)
    assert plain != pytest.approx(ours, rel=1e-6)


def test_an_interrupt_leaves_the_model_bit_for_bit(tokenizer):
    model = tiny_llama(context=256)
    before, text = fingerprint(model), "A short text."
    plain = perplexity(model, tokenizer, text)
    explorer = QuantizationExplorer(model=model, tokenizer=tokenizer, text=text, group="16", bits=2)
    done = []

    def interrupt(change):
        done.append(change["new"])
        if change["new"] > 0.3:
            raise KeyboardInterrupt

    explorer.observe(interrupt, names="progress")
    explorer._asked(explorer, {"kind": "measure"}, [])
    assert "interrupted" in explorer.error and max(done) > 0.3
    assert explorer.progress == -1 and explorer.points == []
    assert fingerprint(model) == before
    assert perplexity(model, tokenizer, text) == plain
    explorer.unobserve(interrupt, names="progress")
    explorer._asked(explorer, {"kind": "measure"}, [])
    assert explorer.error == "" and [point["method"] for point in explorer.points] == ["none", "absmax"]


def test_measured_points_are_kept_once_each(tokenizer):
    model = tiny_llama(context=256)
    explorer = QuantizationExplorer(model=model, tokenizer=tokenizer, text="A short text.", group="16", bits=8)
    for bits in (8, 4, 8):
        explorer.bits = bits
        assert explorer.measure() == explorer.points[-1]["perplexity"]
    assert [(point["method"], point["bits"]) for point in explorer.points] == [
        ("none", 32),
        ("absmax", 4),
        ("absmax", 8),
    ]
    assert explorer.points[-1]["bits_per_weight"] == 9
    assert QuantizationExplorer(torch.ones(2, 4), perplexity=explorer.points).points == explorer.points


def test_the_real_models_perplexity_falls_with_bits(model, tokenizer):
    explorer = QuantizationExplorer(model=model, tokenizer=tokenizer, group="32", bits=8)
    eight = explorer.measure()
    explorer.bits = 4
    four = explorer.measure()
    plain = explorer.points[0]["perplexity"]
    assert plain * 0.98 < eight < plain * 1.05
    assert plain * 1.05 < four < plain * 2, "what 4 bits lose on top of the file's own Q4_1"
    assert len(explorer.matrices) == 210


def test_measuring_needs_a_model_and_a_group_that_fits(tokenizer):
    with pytest.raises(ValueError, match="measure needs a model and a tokenizer"):
        example().measure()
    explorer = QuantizationExplorer(model=tiny_llama(), tokenizer=tokenizer, matrix="model.layers.0.mlp.down_proj")
    explorer.group = "64"
    explorer._asked(explorer, {"kind": "measure"}, [])
    assert "divides the 32 weights of a row" in explorer.error
    with pytest.raises(ValueError, match="at least two tokens"):
        perplexity(tiny_llama(), tokenizer, "A")


def test_another_matrix_is_shown():
    model = tiny_llama()
    explorer = QuantizationExplorer(model=model, row=31, column=31, group="32")
    assert explorer.name == explorer.matrices[0] == "model.layers.0.self_attn.q_proj"
    explorer.matrix = "model.layers.1.self_attn.k_proj"
    assert (explorer.rows, explorer.columns, explorer.row, explorer.column) == (16, 32, 15, 31)
    assert torch.equal(explorer.weights, model.model.layers[1].self_attn.k_proj.weight.detach())
    with pytest.raises(ValueError, match="matrix must be one of"):
        explorer.matrix = "model.layers.9"
    assert not explorer.measurable


def test_errors_and_the_planted_outlier():
    explorer = example()
    moved = explorer.restored - explorer.weights
    errors = explorer.errors()
    assert errors["rmse"] == pytest.approx(moved.double().square().mean().sqrt().item())
    assert errors["largest"] == moved.abs().max().item()
    assert errors["snr"] == pytest.approx(-20 * math.log10(errors["relative"]))
    explorer.group, explorer.row, explorer.outlier = "tensor", 2, 50.0
    assert explorer.weights[2, 0] == pytest.approx(50 * explorer.deviation, rel=1e-6)
    assert explorer.errors()["rmse"] > 2 * errors["rmse"], "one outlier costs all the others their precision"
    explorer.outlier = 0.0
    zeros = QuantizationExplorer(torch.zeros(2, 4))
    assert zeros.errors() == {"rmse": 0.0, "relative": 0.0, "largest": 0.0, "snr": math.inf}


def test_a_large_matrix_is_sampled_and_says_so():
    weights = torch.randn(3000, 512, generator=torch.Generator().manual_seed(0))
    explorer = QuantizationExplorer(weights, "large")
    assert (explorer.rows, explorer.all_rows) == (2048, 3000)
    assert "2,048 of 3,000 rows" in explorer.summary or "2,048 × 512" in explorer.summary
    assert torch.equal(explorer.weights[-1], weights[-1])
    wide = QuantizationExplorer(torch.ones(1, 2**21))
    assert wide.columns == 2**20


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: QuantizationExplorer(), TypeError, "needs weights"),
        (lambda: QuantizationExplorer(torch.ones(2), model=tiny_llama()), TypeError, "needs weights"),
        (lambda: QuantizationExplorer(torch.ones(2, 4), bits=1), ValueError, "bits must be"),
        (lambda: QuantizationExplorer(torch.ones(2, 4), method="gptq"), ValueError, "method must be"),
        (lambda: QuantizationExplorer(torch.ones(2, 4), group="3"), ValueError, "group must be"),
        (lambda: QuantizationExplorer(torch.ones(2, 4), clip=0.2), ValueError, "clip must be from 0 to 0.1"),
        (lambda: QuantizationExplorer(torch.ones(2, 4), outlier=-1.0), ValueError, "outlier must be"),
        (lambda: QuantizationExplorer(torch.ones(2, 4), perplexity=[{"bits": 4}]), ValueError, "list of points"),
        (
            lambda: QuantizationExplorer(torch.ones(2, 4), perplexity=[POINTS[0] | {"perplexity": math.inf}]),
            ValueError,
            "finite",
        ),
    ],
)
def test_bad_arguments_of_the_widget_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_weights_with_any_settings(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.sampled_from([1, 3, 16, 32, 96]))
    size = data.draw(st.sampled_from([0.0, 1e-9, 1e-3, 1.0, 1e4]))
    weights = torch.randn(rows, columns, generator=torch.Generator().manual_seed(data.draw(st.integers(0, 99)))) * size
    explorer = QuantizationExplorer(
        weights,
        data.draw(st.sampled_from(["w", "", HOSTILE, "$x", "\ud83c"])),
        bits=data.draw(st.integers(2, 8)),
        method=data.draw(st.sampled_from(sorted(METHODS))),
        clip=data.draw(st.floats(0, 0.1)),
        outlier=data.draw(st.floats(0, 100)),
        row=data.draw(st.integers(-2, 9)),
    )
    explorer.group = data.draw(st.sampled_from(explorer.groups))
    assert torch.isfinite(explorer.restored).all()
    assert "bits a weight" in explorer.summary
    assert explorer.picture().startswith(b"\x89PNG")
    assert "quantization" in explorer.to_html()
