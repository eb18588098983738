"""Number formats against torch, bit by bit; and NumberFormat in Python: what follows what, and what bad input gets."""

import json
import math
import random
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import NumberFormat
from llmcourse.scratch.number_formats import KINDS, decode, encode, exact_decimal, limits, neighbour
from vectors.make_number_format import vectors

TORCH = {
    "fp16": (torch.float16, torch.int16),
    "bf16": (torch.bfloat16, torch.int16),
    "fp8_e4m3": (torch.float8_e4m3fn, torch.uint8),
    "fp8_e5m2": (torch.float8_e5m2, torch.uint8),
}
# torch casts too large numbers to E4M3's largest from 2.12 on, and made NaN of them before.
SATURATES = tuple(int(part) for part in torch.__version__.split(".")[:2]) >= (2, 12)


@pytest.mark.parametrize("name", TORCH)
def test_every_pattern_means_what_it_means_to_torch(name):
    dtype, whole = TORCH[name]
    patterns = torch.arange(2 ** KINDS[name].bits).to(whole)
    for bits, value in enumerate(patterns.view(dtype).double().tolist()):
        ours = decode(bits, name)
        assert ours == value or (math.isnan(ours) and math.isnan(value)), bits
        if not math.isnan(value):
            assert encode(value, name) == bits, "and comes back, signed zeros too"


@pytest.mark.parametrize("name", TORCH)
def test_rounds_as_torch_casts(name):
    dtype, whole = TORCH[name]
    numbers = torch.Generator().manual_seed(0)
    anything = torch.randint(-(2**31), 2**31, (20_000,), generator=numbers).to(torch.int32).view(torch.float32)
    near = torch.randn(20_000, generator=numbers) * 2.0 ** torch.randint(-30, 20, (20_000,), generator=numbers)
    values = torch.arange(2 ** KINDS[name].bits).to(whole).view(dtype).float()
    finite = values[values.isfinite()].sort().values
    ties = (finite[1:] + finite[:-1]) / 2  # exactly between two neighbours, all of them
    all_values = torch.cat([anything, near, ties, torch.tensor([math.inf, -math.inf, -0.0, 464.0, 449.0, 61440.0])])
    if name == "fp8_e4m3" and not SATURATES:
        all_values = all_values[all_values.abs() <= 464]
    cast = all_values.to(dtype)
    expected = (cast.view(whole).to(torch.int32) % 2 ** KINDS[name].bits).tolist()
    for value, bits, nan in zip(all_values.tolist(), expected, cast.isnan().tolist(), strict=True):
        ours = encode(value, name)
        assert math.isnan(decode(ours, name)) if nan else ours == bits, value


def test_fp32_is_what_torch_stores():
    numbers = torch.Generator().manual_seed(1)
    patterns = torch.randint(-(2**31), 2**31, (20_000,), generator=numbers).to(torch.int32)
    for bits, value in zip(patterns.tolist(), patterns.view(torch.float32).double().tolist(), strict=True):
        if not math.isnan(value):
            assert decode(bits % 2**32, "fp32") == value
            assert encode(value, "fp32") == bits % 2**32
    doubles = torch.randn(20_000, generator=numbers, dtype=torch.float64) * 2.0 ** torch.randint(-160, 120, (20_000,))
    for value, bits in zip(doubles.tolist(), doubles.float().view(torch.int32).tolist(), strict=True):
        assert encode(value, "fp32") == bits % 2**32


def test_tf32_is_fp32_rounded_to_ten_fraction_bits():
    numbers = random.Random(2)
    for _ in range(5_000):
        bits = numbers.randrange(0x7F000000)
        kept, rest = bits >> 13, bits & 0x1FFF
        rounded = kept + (rest > 0x1000 or (rest == 0x1000 and kept % 2))
        assert encode(decode(bits, "fp32"), "tf32") == rounded


def test_int8_is_torchs_quantized_one():
    values = torch.randn(5_000, generator=torch.Generator().manual_seed(3)) * 3
    values = torch.cat([values, torch.arange(-40, 40) / 64])  # ties
    stored = torch.fake_quantize_per_tensor_affine(values, 1 / 32, 0, -128, 127)
    for value, kept in zip(values.tolist(), stored.tolist(), strict=True):
        assert encode(value, "int8", 1 / 32) == int(kept * 32) % 256
        assert decode(encode(value, "int8", 1 / 32), "int8", 1 / 32) == kept


def test_int4_and_fp4_hold_all_their_numbers_and_saturate():
    assert [decode(bits, "int4") for bits in range(16)] == [*range(8), *range(-8, 0)]
    assert [decode(bits, "fp4_e2m1") for bits in range(8)] == [0, 0.5, 1, 1.5, 2, 3, 4, 6]  # OCP MX 1.0, table 5
    assert (encode(99, "int4"), encode(-99, "int4")) == (7, 8)
    assert (encode(math.inf, "fp4_e2m1"), encode(-99, "fp4_e2m1")) == (7, 15)
    assert [decode(encode(value, "fp4_e2m1"), "fp4_e2m1") for value in (0.25, 0.75, 2.5, 5)] == [0, 1, 2, 4]


@pytest.mark.parametrize("name", ["fp32", "fp16", "bf16", "fp8_e4m3", "fp8_e5m2"])
def test_limits_are_torchs(name):
    dtype = {"fp32": torch.float32} | {key: dtype for key, (dtype, _) in TORCH.items()}
    facts, ours = torch.finfo(dtype[name]), limits(name)
    assert (ours["largest"], ours["smallest_normal"], ours["epsilon"]) == (facts.max, facts.tiny, facts.eps)
    assert ours["smallest"] == facts.tiny * facts.eps


def test_neighbours_visit_every_number_once():
    for name in ("fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "int8", "int4"):
        bits, seen = encode(-math.inf, name), []
        while bits is not None:
            seen.append(decode(bits, name))
            bits = neighbour(bits, name)
        assert seen == sorted(set(seen))
        everything = {decode(bits, name) for bits in range(2 ** KINDS[name].bits)}
        assert set(seen) == {value for value in everything if not math.isnan(value)}
        assert neighbour(encode(seen[-1], name), name) is None
    assert neighbour(encode(math.nan, "fp16"), "fp16") is None


def test_the_vectors_are_those_of_the_code():
    stored = json.loads((Path(__file__).parent / "vectors" / "number_format.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(vectors()))


def test_every_digit():
    assert exact_decimal(2.0**-149).endswith("125") and len(exact_decimal(2.0**-149)) == 151
    assert exact_decimal(-1e23) == "−99999999999999991611392"
    assert exact_decimal(-0.0) == "−0"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: encode(1, "fp9"), "format must be one of fp32"),
        (lambda: encode(math.nan, "int8"), "INT8 has no pattern for NaN"),
        (lambda: encode(1, "int8", 0), "scale must be a finite number above 0"),
        (lambda: decode(256, "int8"), "from 0 to 255 for INT8"),
        (lambda: NumberFormat(1, "fp9"), "format must be one of"),
        (lambda: NumberFormat(math.nan, "int4"), "no pattern for NaN"),
        (lambda: NumberFormat(1, absmax=0), "absmax must lie from"),
        (lambda: NumberFormat(10**400), "largest Python float"),
        (lambda: NumberFormat(1, bits=65536), "bits must lie from 0 to 65535"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("value", ["three", None, [1]])
def test_a_value_must_be_a_number(value):
    with pytest.raises(TypeError, match="value must be a number"):
        NumberFormat(value)


def test_bits_follow_the_value_and_the_value_follows_the_bits():
    number = NumberFormat(3.14159, "bf16")
    assert (number.pattern, number.stored, number.value) == ("0 10000000 1001001", 3.140625, 3.14159)
    number.bits ^= 1 << 15
    assert number.value == -3.140625
    number.format = "int4"
    assert (number.pattern, number.stored) == ("1 011", -5 * (4 / 7))
    number.absmax = 14.0
    assert number.stored == -4.0, "−1.57 steps of 2 round to −2"
    number.value = math.inf
    assert number.pattern == "0 111"
    number.format = "fp8_e5m2"
    number.bits = 0b0_11111_10
    assert math.isnan(number.value) and math.isnan(number.stored)
    number.bits = 0b0_11111_01
    assert number.bits == 0b0_11111_01, "the other NaN is kept as it is"
    with pytest.raises(ValueError, match="INT8 has no pattern"):
        number.format = "int8"
    with pytest.raises(ValueError, match="entered must be a number"):
        number.entered = "</script>"


def test_compare_says_what_each_format_makes_of_it():
    rows = {name: (stored, error) for name, stored, error in NumberFormat(449.0, "fp8_e4m3").compare()}
    assert rows["fp16"] == (449.0, 0.0)
    assert rows["fp8_e4m3"] == (448.0, 1 / 449)
    assert rows["fp4_e2m1"] == (6.0, 443 / 449)
    assert {stored for _, stored, _ in NumberFormat(math.nan).compare()} >= {None}


@settings(max_examples=25, deadline=None)
@given(value=st.floats(), format=st.sampled_from(sorted(KINDS)), absmax=st.floats(1e-30, 1e30), data=st.data())
def test_any_number_in_any_format(value, format, absmax, data):
    if math.isnan(value) and not KINDS[format].nans:
        return
    number = NumberFormat(value, format, absmax=absmax)
    number.bits = data.draw(st.integers(0, 2 ** KINDS[format].bits - 1))
    assert math.isnan(number.stored) or encode(number.value, format, number.scale()) == number.bits
    assert KINDS[format].label in number.summary
    assert number.picture().startswith(b"\x89PNG")
    assert "number-format" in number.to_html()
