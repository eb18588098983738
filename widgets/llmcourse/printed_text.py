"""What a learner's function prints, kept up to a bound while it prints, so that a flood takes no memory."""

import io

LONGEST = 2000  # characters that are kept


class PrintedText(io.TextIOBase):
    """A stream that keeps its first characters and counts the others.

    >>> stream = PrintedText(longest=3)
    >>> print("12345", file=stream)
    >>> str(stream)
    '123\\n… 3 more characters were left out.'
    """

    def __init__(self, longest=LONGEST):
        super().__init__()
        self.parts, self.room, self.left_out = [], longest, 0

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() takes a str, not {type(text).__name__}")
        if kept := text[: self.room]:
            self.parts.append(kept)
            self.room -= len(kept)
        self.left_out += len(text) - len(kept)
        return len(text)

    def __str__(self):
        text = "".join(self.parts)
        if not self.left_out:
            return text
        return f"{text}\n… {self.left_out:,} more character{'s were' if self.left_out > 1 else ' was'} left out."
