"""Sentences with code in backticks, as HTML that is harmless."""

import pytest
from llmcourse.inline_code import with_code


@pytest.mark.parametrize(
    "sentence, page",
    [
        ("plain", "plain"),
        ("use `argmax` or `max`", "use <code>argmax</code> or <code>max</code>"),
        ("`a < b` & c", "<code>a &lt; b</code> &amp; c"),
        ("a lone ` stays", "a lone ` stays"),
        ("`</code><script>`", "<code>&lt;/code&gt;&lt;script&gt;</code>"),
    ],
)
def test_with_code(sentence, page):
    assert with_code(sentence) == page
