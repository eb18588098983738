"""Texts: what does not count, and where two of them first differ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.text_comparison import first_difference, marked, normalised, text_difference


@pytest.mark.parametrize(
    "answer, expected, told",
    [
        ("cat", "car", "it differs first at character 3: 't' where 'r' is expected"),
        ("ca", "cat", "it ends after 2 characters, where 't' is expected"),
        ("", "cat", "it is an empty text, where 'c' is expected"),
        ("cats", "cat", "it goes on with 's' after character 3, where the expected text ends"),
        ("a\u00a0b", "a b", "it differs first at character 2: '\\xa0' (NO-BREAK SPACE) where a blank is expected"),
        (
            "e\u0301",
            "é",
            "it differs first at character 1: 'e' where '\\xe9' (LATIN SMALL LETTER E WITH ACUTE) is expected",
        ),
        ("a\n", "a", "it goes on with '\\n' after character 1, where the expected text ends"),
        ("\ud800", "a", "it differs first at character 1: '\\ud800' (U+D800) where 'a' is expected"),
    ],
)
def test_the_first_difference_in_words(answer, expected, told):
    assert text_difference(answer, expected, "it") == told


@pytest.mark.parametrize(
    "value, ignore, result",
    [
        (" A  b\n", (), " A  b\n"),
        (" A  b\n", ["whitespace"], "A b"),
        ("Straße", ["case"], "strasse"),
        ([" A", ("B ", 3)], ["whitespace", "case"], ["a", ["b", 3]]),
        ({"A": "B "}, ["whitespace"], {"A": "B"}),
    ],
)
def test_what_does_not_count(value, ignore, result):
    assert normalised(value, ignore) == result


def test_the_place_is_marked_on_one_line():
    assert marked("one\ntwo\u202e", 4) == ("one\\n", "t", "wo\\u202e")
    assert marked("cat", 3) == ("cat", "¶", "")
    before, at, after = marked("x" * 500 + "y" + "z" * 500, 500)
    assert (before, at, after) == ("… " + "x" * 40, "y", "z" * 40 + " …")


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_texts_agree_up_to_the_first_difference(answer, expected):
    place = first_difference(answer, expected)
    if place is None:
        assert answer == expected and text_difference(answer, expected) is None
    else:
        assert answer[:place] == expected[:place]
        assert answer[place : place + 1] != expected[place : place + 1]
        assert text_difference(answer, expected).isprintable()
        assert all(part.isprintable() for part in marked(answer, place))
