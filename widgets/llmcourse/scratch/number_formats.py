"""How a number becomes bits: the formats of language models, from FP32 down to four bits, decoded and rounded by hand.

IEEE 754-2019 for FP32 and FP16; BF16 and TF32 share FP32's exponent (https://cloud.google.com/tpu/docs/bfloat16,
https://blogs.nvidia.com/blog/tensorfloat-32-precision-format/); FP8: Micikevicius et al. 2022
(https://arxiv.org/abs/2209.05433); FP4: OCP Microscaling Formats 1.0. The integers are two's complement times a scale.
"""

import math
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class NumberKind:
    """The layout of a format: one sign bit, `exponent` bits, `fraction` bits. An integer has no exponent bits.

    infinite: whether the highest exponent means infinity and NaN, as IEEE 754 says. E4M3 gives up infinity for more
        numbers and keeps one NaN (all ones); FP4 has neither.
    nans: whether the format can say 'not a number'.
    """

    label: str
    exponent: int
    fraction: int
    infinite: bool = True
    nans: bool = True

    @property
    def bits(self):
        return 1 + self.exponent + self.fraction

    @property
    def bias(self):
        return 2 ** (self.exponent - 1) - 1

    @property
    def lowest(self):
        """The power of two of the smallest normal number."""
        return 1 - self.bias

    @property
    def largest_code(self):
        """The pattern of the largest number."""
        if not self.exponent:
            return 2**self.fraction - 1
        return ((2**self.exponent - 1) << self.fraction) - 1 if self.infinite else 2 ** (self.bits - 1) - 1 - self.nans


KINDS = {
    "fp32": NumberKind("FP32", 8, 23),
    "tf32": NumberKind("TF32", 8, 10),
    "fp16": NumberKind("FP16", 5, 10),
    "bf16": NumberKind("BF16", 8, 7),
    "fp8_e4m3": NumberKind("FP8 E4M3", 4, 3, infinite=False),
    "fp8_e5m2": NumberKind("FP8 E5M2", 5, 2),
    "fp4_e2m1": NumberKind("FP4 E2M1", 2, 1, infinite=False, nans=False),
    "int8": NumberKind("INT8", 0, 7, infinite=False, nans=False),
    "int4": NumberKind("INT4", 0, 3, infinite=False, nans=False),
}


def decode(bits, format, scale=1.0):
    """The number that a pattern of bits means: exactly, as a Python float.

    bits: a whole number from 0; format: a key of KINDS; scale: what an integer is multiplied with.
    Raises ValueError for an unknown format or a pattern with too many bits.

    >>> decode(0b0_10000000_1001001, "bf16")
    3.140625
    """
    kind = _kind(format)
    if not 0 <= bits < 2**kind.bits:
        raise ValueError(f"bits must lie from 0 to {2**kind.bits - 1} for {kind.label}; got {bits}.")
    sign, code = bits >> (kind.bits - 1), bits & (2 ** (kind.bits - 1) - 1)
    if not kind.exponent:
        return (code - (sign << kind.fraction)) * scale
    size = _magnitude(kind, code)
    return -size if sign else size


def _magnitude(kind, code):
    if code > kind.largest_code:
        return math.inf if kind.infinite and code == kind.largest_code + 1 else math.nan
    exponent, fraction = code >> kind.fraction, code & (2**kind.fraction - 1)
    if exponent:
        fraction += 2**kind.fraction  # the hidden one before the point
    return math.ldexp(fraction, max(exponent, 1) - 1 + kind.lowest - kind.fraction)


def encode(value, format, scale=1.0):
    """The pattern of bits whose number is nearest to `value`; of two equally near the one that ends in 0.

    A value too large becomes infinity where the format has it, and the largest number where not: E4M3 as torch casts
    from 2.12 on (before, torch made it NaN: https://github.com/pytorch/pytorch/pull/178817), FP4 and the integers
    always. `value / scale` is rounded for an integer. Raises ValueError for an unknown format, for a scale that is not
    above 0, and for NaN where the format has none.

    >>> f"{encode(3.14159, 'bf16'):016b}"
    '0100000001001001'
    """
    kind, value = _kind(format), float(value)
    if math.isnan(value):
        if not kind.nans:
            raise ValueError(f"value must be a number: {kind.label} has no pattern for NaN.")
        return _nan(kind)
    if not kind.exponent:
        if not 0 < scale < math.inf:
            raise ValueError(f"scale must be a finite number above 0; got {scale}.")
        limit = 2**kind.fraction
        quotient = min(max(value / scale, -limit), limit - 1)
        return round(quotient) % 2**kind.bits
    sign = int(math.copysign(1, value) < 0) << (kind.bits - 1)
    return sign | _code(kind, abs(value))


def _code(kind, size):
    if size == math.inf:
        return kind.largest_code + kind.infinite
    power = max(math.frexp(size)[1] - 1, kind.lowest) if size else kind.lowest
    steps = round(math.ldexp(size, kind.fraction - power))  # in units of the last place; half goes to even
    # A fraction that rounds up to 2 carries into the exponent by itself: the patterns follow each other in order.
    code = ((power - kind.lowest) << kind.fraction) + steps
    return min(code, kind.largest_code + kind.infinite)


def _nan(kind):
    if not kind.infinite:
        return kind.largest_code + 1
    return kind.largest_code + 1 + 2 ** (kind.fraction - 1)  # quiet: the first bit of the fraction is set


def neighbour(bits, format, step=1):
    """The pattern of the next number up (`step` 1) or down (-1); None past the last one, and for NaN.

    Zero is passed once: from the smallest number below it to 0 and on to the smallest above.

    >>> decode(neighbour(encode(1.0, "fp16"), "fp16"), "fp16")
    1.0009765625
    """
    kind = _kind(format)
    half = 2 ** (kind.bits - 1)
    sign, code = bits // half, bits % half
    if not kind.exponent:
        place = bits - half * 2 * sign + step
        return place % (2 * half) if -half <= place < half else None
    last = kind.largest_code + kind.infinite
    place = (-code if sign else code) + step
    if code > last or abs(place) > last:
        return None
    return place if place >= 0 else half - place


def limits(format, scale=1.0):
    """What a format can hold: largest, smallest_normal, smallest (subnormal), epsilon (the step above 1).

    An integer's smallest step is its scale; it has no epsilon (None).

    >>> limits("fp8_e4m3")["largest"]
    448.0
    """
    kind = _kind(format)
    if not kind.exponent:
        return {"largest": kind.largest_code * scale, "smallest_normal": None, "smallest": scale, "epsilon": None}
    return {
        "largest": _magnitude(kind, kind.largest_code),
        "smallest_normal": 2.0**kind.lowest,
        "smallest": 2.0 ** (kind.lowest - kind.fraction),
        "epsilon": 2.0**-kind.fraction,
    }


def exact_decimal(value):
    """Every digit of a float, none rounded: all binary fractions end.

    >>> exact_decimal(0.1)
    '0.1000000000000000055511151231257827021181583404541015625'
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".").replace("-", "−") if "." in text else text.replace("-", "−")


def _kind(format):
    if format not in KINDS:
        raise ValueError(f"format must be one of {', '.join(KINDS)}; got {format!r}.")
    return KINDS[format]
