"""Makes chunk_viewer.json: chunks, warnings and found phrases, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_chunk_viewer.py. test_chunk_viewer.py checks that the file still says the same, and
holds the splitters to independent implementations.
"""

import json
from pathlib import Path

from llmcourse.chunk_report import chunk_flags, phrase_places
from llmcourse.scratch import splitters

PATH = Path(__file__).with_name("chunk_viewer.json")
MARKDOWN = """# Coffee at altitude

Water boils at 90 °C. Dr. Meyer measured this in 2019, e.g. on a hut (3,000 m). Grind finer!

## Pressure
It falls by 12 %... for every 1,000 m. "Really?" Yes.
1. First item
2. Second item, which is a longer one than the first. And ends here
- Open kettle

```
# not a heading
```
### Last
The end"""
TEXTS = {
    "markdown": MARKDOWN,
    "emoji": "One 🎉 two. 👩‍👩‍👧 Three\n\nfour 🇫🇷 five! Six ❤️ seven? 日本語です。次の文。 مرحبا بالعالم. हिन्दी वाक्य।",
    "windows": "First line.\r\nSecond line.\r\n\r\nThird  line . Fourth\tline.\u00a0Fifth.\u2028Sixth",
    "no spaces": "abcdefghij" * 9,
    "blank": " \n\n \t\n",
    "empty": "",
    "one": "x",
    "dots": "....... ... . Wait... what?! No. (Yes.) Go.",
    "hostile": "</script><script>alert(1)</script>\x00\u202eabc\u200b. # x\n# y\n",
}
SETTINGS = [(1, 0), (7, 3), (20, 0), (40, 10), (60, 59), (100, 25), (100_000, 0)]
PHRASES = {"markdown": "Meyer measured", "emoji": "🎉 two", "no spaces": "ja", "dots": "..", "hostile": "script>"}


def token_starts(text):
    """Made-up tokens: three characters each, the seventh in four tokens."""
    starts = []
    for place in range(0, len(text), 3):
        starts += [place] * (4 if place == 6 else 1)
    return starts


def similarities(text):
    """Made-up cosines, exact in float32."""
    return [(7 * place % 8) / 8 for place in range(len(splitters.sentence_bounds(text)) - 2)]


def cut(text, name, size, overlap, threshold=0.5):
    """The chunks of one splitter, with the made-up tokens and cosines."""
    if name == "tokens":
        return splitters.by_tokens(token_starts(text), len(text), size, overlap)
    if name == "semantic":
        return splitters.semantic(text, similarities(text), threshold, size, overlap)
    ways = {"characters": splitters.by_characters, "sentences": splitters.by_sentences}
    ways |= {"headings": splitters.by_headings, "recursive": splitters.recursive}
    return ways[name](text, size, overlap)


def make_case(name, text, splitter, size, overlap):
    """One case: what went in, and what every implementation must give."""
    spans = cut(text, splitter, size, overlap)
    phrase = PHRASES.get(name, "e")
    return {
        "text": name,
        "splitter": splitter,
        "size": size,
        "overlap": overlap,
        "chunks": [place for span in spans for place in span],
        "flags": chunk_flags(text, spans, size, shortest=15),
        "phrase": phrase,
        "places": [[start, whole, broken] for start, whole, broken in phrase_places(text, spans, phrase)],
    }


def make_vectors():
    """The content of chunk_viewer.json."""
    names = ["characters", "tokens", "recursive", "sentences", "headings", "semantic"]
    cases = [
        make_case(name, text, splitter, size, overlap)
        for name, text in TEXTS.items()
        for splitter in names
        for size, overlap in SETTINGS
        if len(text) > 20 or (size, overlap) in SETTINGS[:2]
    ]
    texts = {
        name: {"text": text, "token_starts": token_starts(text), "similarities": similarities(text)}
        for name, text in TEXTS.items()
    }
    return {"made_by": "tests/vectors/make_chunk_viewer.py", "texts": texts, "cases": cases}


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"text": "', '\n{"text": "')  # a case a line
    PATH.write_text(text + "\n", encoding="utf-8")
