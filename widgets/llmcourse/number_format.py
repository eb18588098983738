"""NumberFormat: the bits of a number in the formats of language models, each bit a switch."""

import math
import re

import traitlets

from .course_widget import CourseWidget
from .scratch.number_formats import KINDS, decode, encode, exact_decimal, limits

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?inf(inity)?|nan", re.IGNORECASE)


class NumberFormat(CourseWidget):
    """Flip the bits of a number and see what each is worth; type a number and see what a format makes of it.

    value: the number to store, a float (infinities and NaN too).
    format: "fp32", "tf32", "fp16", "bf16", "fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "int8" or "int4".
    absmax: the largest magnitude that the integers should cover: their scale is absmax / 127 (INT8), absmax / 7 (INT4).
    zoom: the even number line shows 2^zoom steps of the format to each side of the number, zoom 1 to 12.

    Read back: bits (the pattern, a whole number), pattern (as text), stored (the number those bits mean). Setting
    `value` or `bits` changes the other. Raises ValueError, naming what would be right, for an unknown format, a pattern
    with too many bits, an absmax that is not above 0, and NaN in a format that has none; TypeError for a value that is
    no number. The arithmetic is scratch/number_formats.py.

    >>> number = NumberFormat(3.14159, format="bf16")
    >>> number.pattern, number.stored
    ('0 10000000 1001001', 3.140625)
    """

    stem = "number_format"

    entered = traitlets.Unicode("0").tag(sync=True)  # as text: JSON has no infinity and no NaN
    format = traitlets.Unicode("bf16").tag(sync=True)
    bits = traitlets.Int(0).tag(sync=True)
    absmax = traitlets.Float(4.0).tag(sync=True)
    zoom = traitlets.Int(3).tag(sync=True)

    def __init__(self, value=3.14159, format="bf16", **traits):
        text, format = _text(value), _known(format)
        given = traits.pop("bits", None)
        _absmax(traits.get("absmax", 4.0))
        if math.isnan(float(text)) and not KINDS[format].nans:
            encode(math.nan, format)  # says so
        super().__init__(entered=text, format=format, **traits)
        self.bits = encode(self.value, format, self.scale())
        self._summarise()
        self.observe(self._follow_value, names=["entered", "format", "absmax"])
        self.observe(self._follow_bits, names="bits")
        if given is not None:
            self.bits = given

    @property
    def value(self):
        """The number to be stored, a float; set it to store another."""
        return float(self.entered)

    @value.setter
    def value(self, value):
        self.entered = _text(value)

    @property
    def stored(self):
        """The number that the bits mean: what is left of `value`."""
        return decode(self.bits, self.format, self.scale())

    @property
    def pattern(self):
        """The bits as text: sign, exponent and fraction apart."""
        kind = KINDS[self.format]
        text = f"{self.bits:0{kind.bits}b}"
        return " ".join(part for part in (text[0], text[1 : 1 + kind.exponent], text[1 + kind.exponent :]) if part)

    def scale(self, format=None):
        """What the integers of a format are multiplied with; 1 for the floating-point formats."""
        kind = KINDS[format or self.format]
        return 1.0 if kind.exponent else self.absmax / kind.largest_code

    def compare(self):
        """The same value in every format: (format, stored, relative error) each; stored is None where NaN has no
        pattern, the error None where it means nothing.
        """
        rows = []
        for name, kind in KINDS.items():
            if math.isnan(self.value) and not kind.nans:
                rows.append((name, None, None))
                continue
            stored = decode(encode(self.value, name, self.scale(name)), name, self.scale(name))
            rows.append((name, stored, _relative(stored, self.value)))
        return rows

    def picture(self):
        """PNG bytes: the bits in colour, and the same value in every format."""
        from .number_format_picture import number_picture

        rows = [
            (KINDS[name].label, _short(stored), _percent(error), _short(limits(name, self.scale(name))["largest"]))
            for name, stored, error in self.compare()
        ]
        kind = KINDS[self.format]
        return number_picture(kind.label, self.pattern, bool(kind.exponent), exact_decimal(self.stored), rows)

    def _follow_value(self, change):
        with self.hold_sync():
            if not (math.isnan(self.value) and self._is_nan(self.bits)):
                self.bits = encode(self.value, self.format, self.scale())
            self._summarise()

    def _follow_bits(self, change):
        with self.hold_sync():
            both_nan = math.isnan(self.value) and self._is_nan(self.bits)
            if not both_nan and (math.isnan(self.value) or encode(self.value, self.format, self.scale()) != self.bits):
                self.entered = _text(self.stored)
            self._summarise()

    def _is_nan(self, bits):
        return bits < 2 ** KINDS[self.format].bits and math.isnan(decode(bits, self.format, self.scale()))

    def _summarise(self):
        self.error = ""
        error = _relative(self.stored, self.value)
        off = "exactly" if error == 0 else "no relative error" if error is None else f"relative error {_percent(error)}"
        self.summary = (
            f"{_short(self.value)} in {KINDS[self.format].label} has the bits {self.pattern}: "
            f"{_short(self.stored)}, {off}."
        )

    @traitlets.validate("entered")
    def _a_number(self, proposal):
        text = proposal["value"]
        if len(text) > 400 or not _NUMBER.fullmatch(text.strip()):
            raise ValueError(f"entered must be a number such as 3.14, -2e-3, inf or nan; got {text[:40]!r}.")
        if math.isnan(float(text)) and not KINDS[self.format].nans:
            encode(math.nan, self.format)
        return text.strip()

    @traitlets.validate("format")
    def _a_format(self, proposal):
        name = _known(proposal["value"])
        if math.isnan(float(self.entered)) and not KINDS[name].nans:
            encode(math.nan, name)
        return name

    @traitlets.validate("bits")
    def _fits(self, proposal):
        decode(proposal["value"], self.format)  # raises for a pattern that is too long
        return proposal["value"]

    @traitlets.validate("absmax")
    def _above_zero(self, proposal):
        return _absmax(proposal["value"])

    @traitlets.validate("zoom")
    def _near(self, proposal):
        return min(max(proposal["value"], 1), 12)


def _known(format):
    if format not in KINDS:
        raise ValueError(f"format must be one of {', '.join(KINDS)}; got {format!r}.")
    return format


def _absmax(value):
    if not 1e-30 <= value <= 1e30:
        raise ValueError(f"absmax must lie from 1e-30 to 1e30; got {value}.")
    return value


def _text(value):
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        raise TypeError(f"value must be a number; got {type(value).__name__}.") from None
    except OverflowError:
        raise ValueError("value must be at most about 1.8e308, the largest Python float.") from None


def _relative(stored, value):
    if stored == value:
        return 0.0
    if not (math.isfinite(stored) and math.isfinite(value)) or value == 0:
        return None
    return abs(stored - value) / abs(value)


def _short(value):
    if value is None:
        return "no NaN"
    return f"{value:.9g}".replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


def _percent(error):
    if error is None or error == 0:
        return "—" if error is None else "exact"
    return f"{error:#.3g}" if error < 1e-4 else f"{error * 100:#.3g}%".replace(".%", "%")
