"""Conversation memory, from scratch: what of a dialogue goes into the next prompt.

A language model remembers nothing between two calls; a chat is a prompt that is written anew each time. The classes
below keep turns and say which text stands for them: all (`BufferMemory`), the newest that fit (`WindowMemory`), a
summary (`SummaryMemory`) or those that resemble the question (`VectorMemory`). All have `add` and `recall`.
"""

from .retrieval import VectorIndex


def turn_text(question, answer):
    """A turn as it stands in a prompt.

    >>> turn_text("Hi?", "Hello.")
    'User: Hi?\\nAssistant: Hello.'
    """
    return f"User: {question}\nAssistant: {answer}"


class BufferMemory:
    """Everything that was said, word for word: nothing is lost, and every turn costs tokens for ever after.

    >>> memory = BufferMemory()
    >>> memory.add("Hi?", "Hello.")
    >>> memory.recall("What did I say?")
    'User: Hi?\\nAssistant: Hello.'
    """

    def __init__(self):
        self.turns = []

    def add(self, question, answer):
        """Remember a turn."""
        self.turns.append(turn_text(question, answer))

    def recall(self, question):
        """What goes into the prompt for this question."""
        return "\n".join(self.turns)


class WindowMemory(BufferMemory):
    """The newest turns that together hold at most `budget` tokens, line breaks included; count: text -> its tokens.

    >>> memory = WindowMemory(budget=4, count=lambda text: len(text.split()))
    >>> memory.add("One?", "Yes.")
    >>> memory.add("Two?", "No.")
    >>> memory.recall("Three?")
    'User: Two?\\nAssistant: No.'
    """

    def __init__(self, budget, count):
        super().__init__()
        self.budget, self.count = budget, count

    def recall(self, question):
        """The newest turns that fit, oldest first."""
        kept, left = [], self.budget
        for turn in reversed(self.turns):
            left -= self.count(turn + "\n")
            if left < 0:
                break
            kept.append(turn)
        return "\n".join(reversed(kept))


class SummaryMemory(BufferMemory):
    """A short summary, written anew after each turn; summarise: (old summary, new turn) -> new summary.

    >>> memory = SummaryMemory(lambda old, turn: (old + " " + turn.split()[1]).strip())
    >>> memory.add("Cats?", "Purr.")
    >>> memory.add("Dogs?", "Bark.")
    >>> memory.recall("Both?")
    'Cats? Dogs?'
    """

    def __init__(self, summarise):
        super().__init__()
        self.summarise, self.summary = summarise, ""

    def add(self, question, answer):
        """Fold a turn into the summary."""
        super().add(question, answer)
        self.summary = self.summarise(self.summary, self.turns[-1])

    def recall(self, question):
        """The summary."""
        return self.summary


class VectorMemory(BufferMemory):
    """The k turns whose embeddings are nearest to the question's, in the order they were said; embed: texts -> (n, d).

    >>> memory = VectorMemory(lambda texts: [[text.count("c") + 0.1, text.count("d")] for text in texts], k=1)
    >>> memory.add("cc", "c")
    >>> memory.add("dd", "d")
    >>> memory.recall("c")
    'User: cc\\nAssistant: c'
    """

    def __init__(self, embed, k=2):
        super().__init__()
        self.embed, self.k, self.index = embed, k, VectorIndex()

    def add(self, question, answer):
        """Remember a turn, and where it lies."""
        super().add(question, answer)
        self.index.add(self.embed([self.turns[-1]]))

    def recall(self, question):
        """The turns that resemble the question."""
        found = self.index.search(self.embed([question])[0], self.k)
        return "\n".join(self.turns[number] for number, _ in sorted(found))
