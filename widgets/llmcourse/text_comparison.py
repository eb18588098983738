"""Texts as answers: what does not count, where two of them first differ, and that place made visible."""

import unicodedata
from itertools import zip_longest

IGNORABLE = ("whitespace", "case")  # what an exercise may say does not count
_SHOWN = 40  # characters on either side of the first difference


def normalised(value, ignore=()):
    """A text without what does not count, so that two spellings of one answer are equal.

    ignore: any of 'whitespace' (runs become one blank, ends are cut) and 'case'. Texts inside lists, tuples and
    dictionaries are normalised too; any other value comes back as it is.

    >>> normalised("  The\\nCat ", ["whitespace", "case"])
    'the cat'
    """
    if isinstance(value, str):
        value = " ".join(value.split()) if "whitespace" in ignore else value
        return value.casefold() if "case" in ignore else value
    if not ignore:
        return value
    if isinstance(value, (list, tuple)):
        return [normalised(item, ignore) for item in value]
    if isinstance(value, dict):
        return {key: normalised(item, ignore) for key, item in value.items()}
    return value


def first_difference(answer, expected):
    """The index of the first character in which two texts differ; None where they are equal.

    >>> first_difference("cat", "cart")
    2
    """
    pairs = zip_longest(answer, expected)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), None)


def text_difference(answer, expected, what="your result"):
    """The first difference of two texts as a clause that counts characters from 1; None where they are equal.

    >>> text_difference("cat", "car")
    "your result differs first at character 3: 't' where 'r' is expected"
    """
    place = first_difference(answer, expected)
    if place is None:
        return None
    if place == len(answer):
        ending = f"ends after {place} characters" if place else "is an empty text"
        return f"{what} {ending}, where {character(expected[place])} is expected"
    if place == len(expected):
        return f"{what} goes on with {character(answer[place])} after character {place}, where the expected text ends"
    told = f"{character(answer[place])} where {character(expected[place])} is expected"
    return f"{what} differs first at character {place + 1}: {told}"


def character(one):
    """A character in quotes; one that cannot be told by its looks with its Unicode name.

    >>> character("\\u00a0")
    "'\\\\xa0' (NO-BREAK SPACE)"
    """
    if one == " ":
        return "a blank"
    name = "" if one.isascii() else unicodedata.name(one, f"U+{ord(one):04X}")
    return f"{ascii(one)} ({name})" if name else repr(one)


def marked(text, place):
    """(before, at, after): the text around a place on one line, line breaks and invisible characters written out.

    at is '¶' where the text ends before the place.

    >>> marked("one\\ntwo", 4)
    ('one\\\\n', 't', 'wo')
    """
    start, end = max(place - _SHOWN, 0), place + 1 + _SHOWN
    before, at, after = (_visible(part) for part in (text[start:place], text[place : place + 1], text[place + 1 : end]))
    return ("… " if start else "") + before, at or "¶", after + (" …" if end < len(text) else "")


def _visible(text):
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
