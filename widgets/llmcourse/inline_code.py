"""Sentences of the course in HTML: escaped, with what stands in backticks set as code."""

import html
import re


def with_code(sentence):
    """A sentence as harmless HTML; `x` becomes <code>x</code>.

    >>> with_code("Use `a < b`.")
    'Use <code>a &lt; b</code>.'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(sentence))
