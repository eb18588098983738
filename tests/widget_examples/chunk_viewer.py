"""ChunkViewer on a short document, with every splitter but the caller's own."""

import re

from . import HOSTILE

TEXT = """# Boiling at altitude

Water boils at a lower temperature the higher you climb. At 3,000 m it boils near 90 °C.

## What it means for coffee

Less is extracted. Grind finer, or wait longer! A pressure cooker is not affected, because its valve keeps the pressure.
"""


class WordTokenizer:
    """Words and signs as tokens, with the offsets that fast tokenizers of transformers give."""

    def __call__(self, text, return_offsets_mapping=True, add_special_tokens=False):
        spans = [match.span() for match in re.finditer(r"\s*(?:\w+|[^\w\s])|\s+", text)]
        return {"input_ids": [0] * len(spans), "offset_mapping": spans}


def letter_counts(texts):
    """A stand-in for an embedding model: how often each letter stands in a text."""
    return [[1.0, *(text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz")] for text in texts]


def example(hostile=False):
    from llmcourse import ChunkViewer

    text, phrase = (f"# {HOSTILE}\n\n{HOSTILE}. {HOSTILE}", HOSTILE[:20]) if hostile else (TEXT, "pressure")
    return ChunkViewer(
        text, size=120, overlap=20, tokenizer=WordTokenizer(), embed=letter_counts, phrase=phrase, selected=1
    )
