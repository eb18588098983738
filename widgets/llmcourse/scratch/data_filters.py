"""Filters of an instruction set: each says of one example why it should go, or nothing."""

import re

from .minhash import jaccard, shingles

REFUSAL = re.compile(r"\bas an? (?:ai|chatbot|language model|assistant)\b|\bi(?:'m| am) (?:sorry|unable)\b", re.I)
CHATTER = re.compile(
    r"^(?:sure|certainly|of course|here(?:'s| is| are))\b|^[\"“]?(?:message|text|title)[\"”]?\s*:", re.I
)
PLACEHOLDER = re.compile(r"\[[^\]\n]*(?:name|date|time|place|insert|your)[^\]\n]*\]|https?://|<[^>]+>", re.I)
PATTERNS = {"refusal": REFUSAL, "chatter": CHATTER, "placeholder": PLACEHOLDER}


def pattern_fault(text):
    """The name of the first of `PATTERNS` that the text matches, or None.

    >>> pattern_fault("Sure! Here is a message."), pattern_fault("Dinner on Friday, 7 pm.")
    ('chatter', None)
    """
    return next((name for name, pattern in PATTERNS.items() if pattern.search(text.strip())), None)


def length_fault(text, least, most):
    """ "short" or "long" for a text outside of least … most words, or None.

    >>> length_fault("Too short", 4, 30)
    'short'
    """
    words = len(text.split())
    return "short" if words < least else "long" if words > most else None


def leaked(text, index, size=5):
    """The runs of `size` words that a text shares with a held-out set: what decontamination looks for.

    index: of `ngram_index`. Returns a sorted list of texts, empty for a clean one.

    >>> leaked("We eat on Friday at noon, all of us.", ngram_index(["They meet on Friday at noon."], size=3), size=3)
    ['friday at noon', 'on friday at']
    """
    return sorted(" ".join(run) for run in shingles(text, size) & index)


def ngram_index(texts, size=5):
    """All runs of `size` words of a held-out set, as one set."""
    return set().union(*(shingles(text, size) for text in texts))


def nearest(text, texts, size=2):
    """(similarity, place) of the text that is most like another, by Jaccard over runs of `size` words."""
    mine = shingles(text, size)
    return max(((jaccard(mine, shingles(other, size)), place) for place, other in enumerate(texts)), default=(0.0, -1))
