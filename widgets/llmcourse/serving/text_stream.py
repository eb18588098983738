"""From token ids to text that may be shown: whole characters only, and nothing that a stop string will take back."""


class Detokenizer:
    """Turn ids into text one by one; a character that several tokens share appears with the last of them.

    decode: function from a list of ids to text, with U+FFFD for a character that is not whole.

    >>> words = Detokenizer(lambda ids: bytes(ids).decode(errors="replace"))
    >>> [words.push(byte) for byte in "é!".encode()]
    ['', 'é', '!']
    """

    LONGEST = 4  # bytes of a character in UTF-8: past that it is no beginning but a broken one

    def __init__(self, decode):
        self._decode, self._held = decode, []

    def push(self, token):
        """The text that became whole with this token, perhaps empty."""
        self._held.append(token)
        text = self._decode(self._held)
        if text.endswith("\ufffd") and len(self._held) < self.LONGEST:
            return ""
        self._held = []
        return text

    def flush(self):
        """What is still held, when nothing follows."""
        text, self._held = self._decode(self._held) if self._held else "", []
        return text


class StopStrings:
    """Pass text on up to the first stop string, which may come in pieces: its possible beginning is held back.

    >>> stops = StopStrings(["END"])
    >>> [stops.push(piece) for piece in ["one E", "N", "E END", " two"]]
    [('one ', False), ('', False), ('ENE ', True), ('', True)]
    """

    def __init__(self, stops=()):
        self._stops, self._held, self.stopped = [stop for stop in stops if stop], "", False

    def push(self, piece):
        """(text to show now, whether a stop string was met)."""
        if self.stopped:
            return "", True
        text = self._held + piece
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self._held, self.stopped = "", True
            return text[: min(found)], True
        held = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held], False

    def flush(self):
        """The text held back, when nothing follows: it was no stop string after all."""
        held, self._held = self._held, ""
        return held


def _overlap(text, stop):
    """The length of the longest end of `text` that begins `stop`."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
