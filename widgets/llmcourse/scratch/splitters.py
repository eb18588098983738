r"""Cut a document into chunks for retrieval, from scratch: every chunk is an exact slice (start, end) of the text.

Each splitter answers one question: where may the text be cut? `pack` then fills chunks up to a size and lets
neighbours overlap in whole pieces. static/splitters.js does the same in the page; both are held to the same vectors.
"""

import re
from bisect import bisect_left
from itertools import pairwise

SEPARATORS = ("\n\n", "\n", ". ", "? ", "! ", " ", "")  # paragraphs, lines, sentences, words, characters

# Group 1 only looks like the end of a sentence: the number of a list item, an abbreviation. Then the true ends:
# a heading line, a full stop before anything but a small letter, a CJK full stop, a blank line, a new list item.
SENTENCE_END = re.compile(
    r"((?<![^\n])[ \t]*[0-9]{1,3}[.)][ \t]+|(?<![A-Za-z])(?:Mr|Mrs|Ms|Dr|Prof|St|Fig|Eq|vs|cf|al|e\.g|i\.e)\.[ \t])"
    r"|(?<![^\n])#{1,6} [^\n]*\n[ \t\r\n]*"
    r"|(?<![.!?…])[.!?…]+[\"'”’»)\]]*[ \t\r\n]+(?![a-z \t\r\n])"
    r"|[。！？]+[”’」』）]*[ \t\r\n]*"
    r"|\n[ \t\r]*\n[ \t\r\n]*"
    r"|\n(?=[ \t]*(?:#{1,6} |[-*+] |[0-9]{1,3}[.)] ))"
)
_HEADING = re.compile(r"#{1,6} ")
_FENCE = re.compile(r" {0,3}(```|~~~)")


def pack(bounds, size, overlap=0):
    """Fill chunks with whole pieces up to `size`; a chunk begins with those last pieces that fit into `overlap`.

    bounds: rising offsets; piece i lies between bounds[i] and bounds[i + 1]. A piece longer than `size` stands alone.
    Returns (start, end) pairs. Raises ValueError unless 0 <= overlap < size.

    >>> pack([0, 4, 7, 9], size=7, overlap=3)
    [(0, 7), (4, 9)]
    """
    _check(size, overlap)
    chunks, first = [], 0
    for piece in range(len(bounds) - 1):
        end = bounds[piece + 1]
        if piece > first and end - bounds[first] > size:
            chunks.append((bounds[first], bounds[piece]))
            while first < piece and (bounds[piece] - bounds[first] > overlap or end - bounds[first] > size):
                first += 1
    if len(bounds) > 1:
        chunks.append((bounds[first], bounds[-1]))
    return chunks


def by_characters(text, size, overlap=0):
    """Windows of `size` characters, whatever they cut through.

    >>> by_characters("abcdefg", size=4, overlap=1)
    [(0, 4), (3, 7)]
    """
    return pack(range(len(text) + 1), size, overlap)


def by_tokens(starts, length, size, overlap=0):
    """Windows of `size` tokens. starts: where each token begins (`token_starts`); length: of the text in characters.

    A character made of several tokens stays whole: it goes to the chunk of its last token.

    >>> by_tokens([0, 3, 4, 8], length=9, size=2, overlap=1)
    [(0, 4), (3, 8), (4, 9)]
    """
    bounds, chunks = [0, *starts[1:], length] if len(starts) else [0], []
    for first, last in pack(range(len(bounds)), size, overlap):
        if bounds[last] > (chunks[-1][1] if chunks else 0):
            chunks.append((bounds[first], bounds[last]))
    return chunks


def recursive(text, size, overlap=0, separators=SEPARATORS):
    r"""Cut at paragraphs; a paragraph that is too long at its lines; a line at its sentences; then words, characters.

    The same chunks as LangChain's RecursiveCharacterTextSplitter with these separators, keep_separator="end" and
    strip_whitespace=False: pieces are packed within their level, and overlap never crosses a piece that was cut.
    https://python.langchain.com/docs/how_to/recursive_text_splitter/

    >>> text = "One two.\n\nThree four five. Six."
    >>> [text[start:end] for start, end in recursive(text, size=18)]
    ['One two.\n\n', 'Three four five. ', 'Six.']
    """
    _check(size, overlap)
    return _cut(text, 0, len(text), size, overlap, tuple(separators))


def by_headings(text, size, overlap=0):
    r"""One chunk a Markdown section, from its heading to the next; `recursive` within a section that is too long.

    >>> text = "# A\nOne.\n## B\nTwo."
    >>> [text[start:end] for start, end in by_headings(text, size=100)]
    ['# A\nOne.\n', '## B\nTwo.']
    """
    _check(size, overlap)
    bounds = sorted({0, len(text), *(start for start, _ in headings(text))})
    chunks = []
    for start, end in pairwise(bounds):
        chunks += [(start, end)] if end - start <= size else _cut(text, start, end, size, overlap, SEPARATORS)
    return chunks


def by_sentences(text, size, overlap=0):
    """Whole sentences, packed up to `size`; a longer sentence stands alone.

    >>> text = "Dr. Who slept. He woke. It rained."
    >>> [text[start:end] for start, end in by_sentences(text, size=24)]
    ['Dr. Who slept. He woke. ', 'It rained.']
    """
    return pack(sentence_bounds(text), size, overlap)


def semantic(text, similarities, threshold, size, overlap=0):
    """Cut where neighbouring sentences mean different things: where their cosine is below `threshold`.

    similarities: cosine of sentence i and i + 1 (`neighbour_similarities`). Between two such cuts whole sentences are
    packed up to `size`, as in Kamradt's semantic chunking with a limit. Raises ValueError for a wrong count.

    >>> semantic("It rains. It pours. Buy gold.", [0.8, 0.1], threshold=0.5, size=100)
    [(0, 20), (20, 29)]
    """
    _check(size, overlap)
    bounds = sentence_bounds(text)
    if len(similarities) != max(len(bounds) - 2, 0):
        raise ValueError(
            f"similarities must hold one number for each pair of neighbouring sentences, {max(len(bounds) - 2, 0)}; "
            f"got {len(similarities)}."
        )
    chunks, first = [], 0
    for piece in range(1, len(bounds)):
        if piece == len(bounds) - 1 or similarities[piece - 1] < threshold:
            chunks += pack(bounds[first : piece + 1], size, overlap)
            first = piece
    return chunks


def sentence_bounds(text):
    """Where sentences begin, and the end of the text: a rule of thumb in one regular expression, wrong at times.

    >>> sentence_bounds("One. Two? Three")
    [0, 5, 10, 15]
    """
    ends = {match.end() for match in SENTENCE_END.finditer(text) if match[1] is None}
    return sorted({0, len(text)} | ends) if text else [0]


def headings(text):
    r"""The Markdown headings outside fenced code: (start, end) of each line.

    >>> headings("# A\n~~~\n# no heading\n~~~\n## B")
    [(0, 3), (25, 29)]
    """
    found, fence, start = [], None, 0
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = mark[1] if fence is None else None if fence == mark[1] else fence
        elif fence is None and _HEADING.match(line):
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def token_starts(tokenizer, text):
    """Where each token of the text begins, in characters, from the offsets of a fast tokenizer of transformers."""
    if not text:
        return []
    offsets = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)["offset_mapping"]
    starts = []
    for start, _ in offsets:
        starts.append(max(start, starts[-1]) if starts else start)
    return starts


def neighbour_similarities(text, embed):
    """The cosine of each sentence with the next. embed: texts -> (n, d). Raises ValueError for any other shape."""
    from .retrieval import embeddings, unit_rows

    bounds = sentence_bounds(text)
    if len(bounds) < 3:
        return []
    vectors = unit_rows(embeddings(embed, [text[start:end] for start, end in pairwise(bounds)]))
    return (vectors[1:] * vectors[:-1]).sum(axis=1).astype("float32").tolist()


def _cut(text, start, end, size, overlap, separators):
    found = (number for number, mark in enumerate(separators) if not mark or text.find(mark, start, end) >= 0)
    level = next(found, len(separators) - 1)
    chunks, group = [], [start]
    for left, right in pairwise(_ends(text, start, end, separators[level])):
        if right - left <= size or level == len(separators) - 1:
            group.append(right)
            continue
        chunks += pack(group, size, overlap) + _cut(text, left, right, size, overlap, separators[level + 1 :])
        group = [right]
    return chunks + pack(group, size, overlap)


def _ends(text, start, end, mark):
    if not mark:
        return range(start, end + 1)
    bounds = [start]
    while (place := text.find(mark, bounds[-1], end)) >= 0:
        bounds.append(place + len(mark))
    return bounds if bounds[-1] == end else [*bounds, end]


def _check(size, overlap):
    if size < 1:
        raise ValueError(f"size must be at least 1; got {size}.")
    if not 0 <= overlap < size:
        raise ValueError(f"overlap must be at least 0 and smaller than size, {size}; got {overlap}.")


def tokens_between(starts, start, end):
    """How many tokens begin in text[start:end].

    >>> tokens_between([0, 3, 4, 8], 3, 8)
    2
    """
    return bisect_left(starts, end) - bisect_left(starts, start)
