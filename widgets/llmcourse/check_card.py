"""CheckResult: what `check` says, as a card that reads well without a kernel, on white and on dark, and as text."""

import contextlib
import html
from dataclasses import dataclass, field

import numpy as np
import torch

from .comparison import array_of
from .inline_code import with_code
from .text_comparison import marked

# The text keeps the page's own colour, which suits the page's background; only lines are coloured, in tones
# that stand out by at least 3:1 on white and on black.
_LOOK = {"passed": ("✓ Passed", "#2e8b57"), "failed": ("✗ Not yet", "#d0562f")}
_STILL_TO_DO = ("○ Not attempted", "#7a8390")
_PRE = (
    "margin: 2px 0; padding: 0; background: transparent; color: inherit; white-space: pre-wrap; "
    "overflow-wrap: anywhere; text-align: left"
)
_BLOCK = "display: inline-block; max-width: 100%; overflow-x: auto; vertical-align: top; margin: 2px 28px 2px 0"
_NUMBER = "text-align: right; padding: 0 6px; color: inherit; background: transparent; font-family: monospace"
_WRONG = "; font-weight: bold; border-bottom: 2px solid #d0562f"
_LONGEST = 1500  # characters of a value
_WIDEST = 8  # rows and columns of a matrix that is shown whole


class Shown(str):
    """A value of the learner's as `shown` wrote it while the check watched; the card repeats it as it is."""


@dataclass
class Row:
    """A labelled value of the card.

    wrong: for a small array where it is wrong (boolean, of its shape); for a text the index of its first wrong
    character.
    """

    label: str
    value: object
    wrong: np.ndarray | int | None = None


@dataclass
class CheckResult:
    """What a check found; in a notebook it shows as a card.

    status: 'passed', 'failed' or 'not attempted'. mistake: the name of the recognised misconception, or None.
    second_hint, solution: more help after a real try, folded in the card; the text only says that they are there.
    """

    name: str
    status: str
    mistake: str | None = None
    sentences: list[str] = field(default_factory=list)
    code: str = ""
    inputs: list[Row] = field(default_factory=list)
    results: list[Row] = field(default_factory=list)
    hint: str = ""
    printed: str = ""
    note: str = ""
    second_hint: str = ""
    solution: str = ""

    def __repr__(self):
        lines = [f"{self._look()[0]} · {self.name}"]
        if self.mistake:
            lines.append(f"Recognised: {self.mistake}.")
        lines += self.sentences
        if self.code:
            lines.append(f"    {self.code}")
        for row in [*self.inputs, *self.results]:
            lines.append(f"{row.label}:")
            lines += [f"    {line}" for line in _row_lines(row)]
        if self.hint:
            lines.append(f"Hint: {self.hint}")
        if self.printed:
            lines += ["It printed:", *[f"    {line}" for line in self.printed.splitlines()]]
        folded = [f"`.{name}`" for name in ("second_hint", "solution") if getattr(self, name)]
        if folded:
            lines.append(f"Print {' or '.join(folded)} of this result for more help.")
        return "\n".join([*lines, self.note] if self.note else lines)

    def _repr_html_(self):
        title, colour = self._look()
        parts = [f"<b>{title}</b> · <code>{html.escape(self.name)}</code>"]
        if self.mistake:
            parts.append(f"Recognised: <b>{html.escape(self.mistake)}</b>")
        parts += [with_code(sentence) for sentence in self.sentences]
        if self.code:
            parts.append(_preformatted(self.code))
        parts += [line for line in self._values() if line]
        if self.hint:
            parts.append(f"<b>Hint:</b> {with_code(self.hint)}")
        if self.printed:
            parts.append(_folded("What it printed", _preformatted(self.printed)))
        if self.second_hint:
            parts.append(_folded("A second hint", with_code(self.second_hint)))
        if self.solution:
            parts.append(_folded("The solution", _preformatted(self.solution)))
        if self.note:
            parts.append(f"<small>{html.escape(self.note)}</small>")
        body = "".join(f'<div style="margin: 4px 0">{part}</div>' for part in parts)
        return f'<div style="border-left: 4px solid {colour}; padding: 2px 0 2px 12px; max-width: 60em">{body}</div>'

    def _look(self):
        return _LOOK.get(self.status, _STILL_TO_DO)

    def _values(self):
        """Two lines, the inputs and then yours beside the expected; blocks that wrap where the page is narrow."""
        for rows in (self.inputs, self.results):
            blocks = (f"<small>{html.escape(row.label)}</small>{_value_html(row)}" for row in rows)
            yield "".join(f'<div style="{_BLOCK}">{block}</div>' for block in blocks)


def shown(value):
    """A value as text for a learner: numbers to four digits, large arrays cut, anything else by its repr.

    Never raises, whatever the value is.

    >>> shown(torch.tensor([0.12345, 2.0]))
    'shape (2,)\\n[0.1235 2.    ]'
    """
    try:
        text = _shown(value)
    except Exception as problem:  # a learner's own class may do anything in its repr
        text = f"a value that cannot be shown ({type(problem).__name__})"
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def _shown(value):
    if isinstance(value, Shown):
        return str(value)
    if isinstance(value, (torch.Tensor, np.ndarray)):
        numbers = array_of(value)
        if not numbers.ndim:
            return _shown(numbers.item())
        small = numbers.dtype.kind == "f" and 0 < np.nan_to_num(np.abs(numbers), posinf=0).max(initial=0) < 1e-2
        text = np.array2string(
            numbers,
            precision=4,
            suppress_small=not small,
            threshold=_WIDEST**2,
            edgeitems=3,
            max_line_width=72,
        )
        return f"shape {tuple(numbers.shape)}\n{text}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)) and 0 < len(value) <= 2 * _WIDEST:
        inside = [_shown(item) for item in value]
        brackets = "[]" if isinstance(value, list) else "()"
        if sum(map(len, inside)) < 60 and not any("\n" in item for item in inside):
            return brackets[0] + ", ".join(inside) + brackets[1]
        return "\n".join(inside)
    return repr(value)


def _folded(title, body):
    return f"<details><summary>{title}</summary>{body}</details>"


def _preformatted(text):
    return f'<pre style="{_PRE}">{html.escape(text)}</pre>'


def _row_lines(row):
    if _is_marked_text(row):
        before, at, after = marked(row.value, row.wrong)
        return [before + at + after, " " * len(before) + "^"]
    return shown(row.value).splitlines()


def _is_marked_text(row):
    return isinstance(row.value, str) and isinstance(row.wrong, int)


def _is_matrix(value):
    return (
        isinstance(value, (torch.Tensor, np.ndarray))
        and value.ndim in (1, 2)
        and 0 < min(value.shape) <= max(value.shape) <= _WIDEST
    )


def _value_html(row):
    if _is_marked_text(row):
        before, at, after = map(html.escape, marked(row.value, row.wrong))
        return f'<pre style="{_PRE}">{before}<b style="{_WRONG[2:]}">{at}</b>{after}</pre>'
    with contextlib.suppress(Exception):  # a tensor without data: shown() says so
        if _is_matrix(row.value):
            return _matrix_html(row.value, row.wrong)
    return _preformatted(shown(row.value))


def _matrix_html(value, wrong):
    numbers = np.atleast_2d(array_of(value))
    marks = np.zeros_like(numbers, bool) if wrong is None else np.atleast_2d(wrong)
    rows = "".join(
        '<tr style="background: transparent">'
        + "".join(
            f'<td style="{_NUMBER}{_WRONG if mark else ""}">{_digits(number)}</td>'
            for number, mark in zip(row, row_marks, strict=True)
        )
        + "</tr>"
        for row, row_marks in zip(numbers, marks, strict=True)
    )
    return f'<small> · shape {tuple(value.shape)}</small><table style="border: 0; margin: 0">{rows}</table>'


def _digits(number):
    if number.dtype.kind != "f":
        return html.escape(str(number))
    small = 0 < abs(number) < 1e-3 or abs(number) >= 1e5
    return f"{number:.2e}" if small and np.isfinite(number) else f"{number:.4f}"
