"""Tensors rounded to a format: equal to torch's own casts, and to the decoder that reads one number at a time."""

import pytest
import torch
from llmcourse.scratch.number_formats import KINDS, decode, encode, limits
from llmcourse.scratch.number_rounding import round_to, scaled_cast

CASTS = {
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
    "fp8_e5m2": torch.float8_e5m2,
    "fp8_e4m3": torch.float8_e4m3fn,
}


def numbers():
    """From far below the smallest subnormal to far above the largest number of each format, ties and zeros too."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.randn(4000, generator=generator) * 10 ** (torch.rand(4000, generator=generator) * 18 - 10)
    ties = torch.arange(-64, 65) / 16
    return torch.cat([spread, ties, torch.tensor([0.0, 1e-30, 65504.0, 65519.9, 65520.0, 464.0, -464.1, torch.inf])])


@pytest.mark.parametrize("format", CASTS)
def test_rounding_equals_torchs_casts(format):
    x = numbers()
    if format == "fp8_e4m3":  # before torch 2.12 too large numbers became NaN
        x = x.clamp(-448, 448)
    assert torch.equal(round_to(x, format), x.to(CASTS[format]).float())


@pytest.mark.parametrize("format", ["fp32", "tf32", "fp4_e2m1", "fp8_e4m3"])
def test_rounding_equals_encode_and_decode(format):
    x = numbers()[::20]
    assert round_to(x, format).tolist() == [decode(encode(value, format), format) for value in x.tolist()]


@pytest.mark.parametrize("format", ["fp32", "tf32", "fp16", "bf16", "fp8_e5m2", "fp8_e4m3", "fp4_e2m1"])
def test_infinities_double_precision_and_columns(format):
    for infinite in (torch.inf, -torch.inf):
        expected = decode(encode(infinite, format), format)
        assert round_to(torch.tensor([infinite, 1.0]), format).tolist() == [expected, 1.0]
    just_above = 1 + 2.0 ** -(KINDS[format].fraction + 1) * (1 + 2.0**-26)  # a float32 would make it a tie
    assert round_to(torch.tensor([just_above], dtype=torch.float64), format).item() == 1 + limits(format)["epsilon"]
    x = torch.arange(6.0).reshape(2, 3) / 7
    assert torch.equal(round_to(x.T, format), round_to(x, format).T)
    assert x[0, 1] == torch.tensor(1 / 7), "the argument is not changed"


def test_nan_stays_and_a_wrong_format_is_named():
    assert round_to(torch.tensor([torch.nan]), "bf16").isnan().all()
    with pytest.raises(ValueError, match="format must be one of fp32.*got 'int8'"):
        round_to(torch.ones(2), "int8")


def test_scaled_cast_fills_the_range():
    weights = torch.randn(4, 64, generator=torch.Generator().manual_seed(0)) * torch.tensor([[1e-4], [1], [10], [0]])
    for dtype, step in ((torch.float8_e4m3fn, 2**-4), (torch.float8_e5m2, 2**-3)):
        rows = scaled_cast(weights, dtype)
        sizes = weights.abs().amax(1)
        assert torch.allclose(rows.abs().amax(1), sizes), "the largest of each row is kept"
        large = weights.abs() > sizes[:, None] / 100
        assert ((rows - weights).abs()[large] <= weights.abs()[large] * step).all()
        assert (rows[3] == 0).all()
    one = scaled_cast(weights, group="tensor")
    assert (one[0] - weights[0]).norm() > 3 * (scaled_cast(weights)[0] - weights[0]).norm()
    with pytest.raises(ValueError, match="group must be 'tensor' or 'channel'"):
        scaled_cast(weights, group=32)
