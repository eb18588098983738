"""What is wrong with chunks, counted: cut words, cut sentences, lost headings; and which chunks hold a phrase whole.

static/chunk_report.js counts the same in the page; tests/vectors/chunk_viewer.json holds both to it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right

from .scratch.splitters import headings, sentence_bounds

FLAGS = ("word", "sentence", "short", "heading", "long")  # bit 0, 1, 2 …
_INK = re.compile(r"[^ \t\r\n]")


def chunk_flags(text, spans, size, shortest, lengths=None):
    """The warnings of each chunk as one number; bit i stands for FLAGS[i].

    word, sentence: it begins or ends inside one (sentences by the rule of `sentence_bounds`). short: fewer than
    `shortest` characters. heading: it ends with a Markdown heading, and the text below it stands in the next chunk.
    long: above `size`. lengths: of the chunks in the unit of `size`; without it, characters.

    >>> chunk_flags("Hello there. Bye.", [(0, 8), (8, 17)], size=10, shortest=9)
    [7, 3]
    """
    sentences, marked, size_of = set(sentence_bounds(text)), headings(text), lengths or [b - a for a, b in spans]
    starts, flags = [start for start, _ in marked], []

    def in_word(place):
        return 0 < place < len(text) and is_word(text[place - 1]) and is_word(text[place])

    def in_heading(place):
        at = bisect_right(starts, place) - 1
        return at >= 0 and place < marked[at][1]

    def loses_heading(start, end):
        last, following = len(text[start:end].rstrip(" \t\r\n")) - 1, _INK.search(text, end)
        return last >= 0 and following and in_heading(start + last) and not in_heading(following.start())

    for (start, end), length in zip(spans, size_of, strict=True):
        found = (
            in_word(start) or in_word(end),
            start not in sentences or end not in sentences,
            end - start < shortest,
            loses_heading(start, end),
            length > size,
        )
        flags.append(sum(1 << bit for bit, true in enumerate(found) if true))
    return flags


def is_word(character):
    """Whether a character belongs to a word: a letter, a digit or a mark that combines with one.

    >>> is_word("é"), is_word("-")
    (True, False)
    """
    return unicodedata.category(character)[0] in "LNM"


def phrase_places(text, spans, phrase):
    """Where a phrase stands, and which chunks hold it whole or cut it: [(start, whole, cut), …], chunks by number.

    spans: their starts and their ends rise, as those of every splitter here do. An empty phrase stands nowhere.

    >>> phrase_places("one two three", [(0, 6), (4, 13)], "two")
    [(4, [1], [0])]
    """
    starts, ends, found = [start for start, _ in spans], [end for _, end in spans], []
    place = text.find(phrase) if phrase else -1
    while place >= 0:
        stop = place + len(phrase)
        touching = range(bisect_right(ends, place), bisect_left(starts, stop))
        whole = [number for number in touching if starts[number] <= place and stop <= ends[number]]
        found.append((place, whole, [number for number in touching if number not in whole]))
        place = text.find(phrase, stop)
    return found


def locate(text, chunks):
    """The (start, end) of chunks that somebody else's splitter made: texts, or pairs that are checked.

    Raises ValueError for a chunk that is no exact slice of the text, or out of order.

    >>> locate("one two three", ["one", "two", "three"])
    [(0, 3), (4, 7), (8, 13)]
    """
    spans = []
    for number, chunk in enumerate(chunks):
        first, past = spans[-1] if spans else (-1, 0)
        if isinstance(chunk, str):
            start = text.find(chunk, past)  # right behind the chunk before, or else overlapping with it
            if start < 0 or text[past:start].strip():
                start = text.find(chunk, first + 1)
            span = (start, start + len(chunk))
        else:
            try:
                start, end = (int(place) for place in chunk)
            except (TypeError, ValueError):
                raise ValueError(
                    f"splitter must return texts or (start, end) pairs; chunk {number} is {type(chunk).__name__}."
                ) from None
            span = (start, end)
        if not 0 <= span[0] < span[1] <= len(text):
            raise ValueError(f"splitter must return exact slices of the text, in order; chunk {number} is none.")
        if spans and (span[0] <= first or span[1] <= past):
            raise ValueError(f"splitter must return chunks in the order of the text; chunk {number} lies too early.")
        spans.append(span)
    return spans
