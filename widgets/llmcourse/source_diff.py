"""source_diff: two versions of a class or function side by side, line by line, made from their real source."""

import ast
import difflib
import html
import inspect
import textwrap

# Half-transparent, so that they serve on white and on black; the signs tell the same to those who see no colours.
_COLOURS = {"-": "rgba(220, 90, 60, 0.28)", "+": "rgba(40, 130, 220, 0.28)", " ": "transparent"}


class SourceDiff:
    """See what changed between two versions of a piece of code: − old lines, + new lines, the rest as it stays.

    old, new: two functions or classes. Docstrings are left out.

    >>> import colorsys
    >>> print(SourceDiff(colorsys.rgb_to_hls, colorsys.rgb_to_hsv).text.splitlines()[0])
    - def rgb_to_hls(r, g, b):
    """

    def __init__(self, old, new):
        lines = difflib.ndiff(_source(old), _source(new))
        self.lines = [(line[0], line[2:]) for line in lines if line[0] != "?"]

    @property
    def text(self):
        """The difference as plain text."""
        return "\n".join(f"{sign} {line}".rstrip() for sign, line in self.lines)

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        cell = "padding: 0 8px; text-align: left; white-space: pre; font-family: monospace; font-size: 13px"
        rows = "".join(
            f'<tr style="background: {_COLOURS[sign]}"><td style="{cell}">{sign.replace("-", "−")}</td>'
            f'<td style="{cell}">{html.escape(line)}</td></tr>'
            for sign, line in self.lines
        )
        return f'<table style="border-collapse: collapse">{rows}</table>'


def _source(thing):
    """The lines of its source without docstrings."""
    source = textwrap.dedent(inspect.getsource(thing))
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            first, last = node.body[0].lineno - 1, node.body[0].end_lineno
            lines[first:last] = [None] * (last - first)
    kept = [line for line in lines if line is not None]
    # A docstring leaves the empty line that stood behind it.
    return [line for place, line in enumerate(kept) if line.strip() or (place and not kept[place - 1].endswith(":"))]
