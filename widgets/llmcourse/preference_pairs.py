"""Pairs of answers to vote on: read in the usual forms, put side by side in random order, blind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AnswerPair:
    """Two answers to a prompt. models: their names or None. label: 'left', 'right', 'tie' or None, what was judged."""

    prompt: str
    left: str
    right: str
    models: tuple = (None, None)
    label: str | None = None

    def turned(self):
        """The same pair with its sides changed."""
        label = {"left": "right", "right": "left"}.get(self.label, self.label)
        return AnswerPair(self.prompt, self.right, self.left, self.models[::-1], label)

    def key(self):
        """What two showings of the same pair share, whichever their sides."""
        return self.prompt, frozenset((self.left, self.right))


def read_pairs(pairs):
    """AnswerPairs of dictionaries, either {prompt, a, b, label='a' | 'b' | 'tie', model_a, model_b} or, as TRL has
    them, {prompt, chosen, rejected}. Raises ValueError, naming the pair, for anything else.

    >>> read_pairs([{"prompt": "Hi", "chosen": "Hello", "rejected": "Yo"}])[0].label
    'left'
    """
    return [_pair(number, entry) for number, entry in enumerate(pairs)]


def _pair(number, entry):
    if not isinstance(entry, dict) or not ({"prompt", "a", "b"} <= set(entry) or _is_labelled(entry)):
        raise ValueError(f"pair {number} must be {{prompt, a, b}} or {{prompt, chosen, rejected}}; got {entry!r:.80}.")
    left, right = ("chosen", "rejected") if _is_labelled(entry) else ("a", "b")
    texts = [_text(entry[name]) for name in ("prompt", left, right)]
    if None in texts:
        raise ValueError(f"pair {number}: prompt and answers must be strings, or lists of messages with content.")
    label = "a" if _is_labelled(entry) else entry.get("label")
    if label not in (None, "a", "b", "tie"):
        raise ValueError(f"pair {number}: label must be 'a', 'b' or 'tie'; got {label!r}.")
    models = entry.get("model_a"), entry.get("model_b")
    if not all(model is None or isinstance(model, str) for model in models):
        raise ValueError(f"pair {number}: model_a and model_b must be names.")
    return AnswerPair(*texts, models, {"a": "left", "b": "right"}.get(label, label))


def _is_labelled(entry):
    return {"prompt", "chosen", "rejected"} <= set(entry)


def _text(value):
    """A string, or the last content of a conversation; None for neither."""
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        value = value[-1].get("content")
    return value if isinstance(value, str) else None
