"""Unigram: every cut of a word has a probability, and the best cut wins; the vocabulary is pruned from a large one.

Kudo 2018 (https://arxiv.org/abs/1804.10959), as in SentencePiece. The cuts are those of Hugging Face `tokenizers` with
the same vocabulary; tests/test_unigram.py holds it to that. Training is the idea's plain form: see `train_unigram`.
"""

import math
from collections import Counter

import regex

SPACE = "▁"  # SentencePiece's sign for a space, so that pieces can be joined back
UNKNOWN_PENALTY = 10.0  # how much less likely an unknown character is than the rarest piece, in log probability


class Unigram:
    """A Unigram tokenizer over {piece: log probability}.

    Raises ValueError for an empty vocabulary.

    >>> Unigram({"un": -2.0, "do": -2.0, "undo": -5.0, "u": -4.0, "n": -4.0}).segment("undo")
    ['un', 'do']
    """

    def __init__(self, log_probs):
        if not log_probs:
            raise ValueError("log_probs must hold at least one piece.")
        self.log_probs = dict(log_probs)
        self.ids = {piece: number for number, piece in enumerate(self.log_probs)}
        self._longest = max(map(len, self.log_probs))
        self._unknown = min(self.log_probs.values()) - UNKNOWN_PENALTY

    def edges(self, word):
        """(start, end, log probability) of each piece of the vocabulary in a word, by its end.

        A character that is in no piece of length one is an edge too, at a price no piece has.
        """
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - self._longest), end):
                score = self.log_probs.get(word[start:end])
                if score is None and start == end - 1:
                    score = self._unknown
                if score is not None:
                    yield start, end, score

    def segment(self, word):
        """The most likely cut of a word, by Viterbi's algorithm; unknown characters in a row are one piece."""
        best, came_from = best_paths(len(word), self.edges(word))
        pieces, end = [], len(word)
        while end:
            start = came_from[end]
            pieces.append(word[start:end])
            end = start
        return _unknown_joined(pieces[::-1], self.log_probs)

    def tokenize(self, text):
        """The pieces of a text; a space is written ▁ and belongs to the word after it."""
        return [piece for word in words_of(text) for piece in self.segment(word)]

    def log_prob(self, pieces):
        """The log probability of a cut: the sum over its pieces."""
        return sum(self.log_probs.get(piece, self._unknown) for piece in pieces)


def best_paths(length, edges):
    """Viterbi: for each place of a word the best score of a cut up to it, and where its last piece begins.

    edges: (start, end, log probability), those with a smaller end first. Of equal scores the longest last piece wins.

    >>> best_paths(2, [(0, 1, -1.0), (0, 2, -3.0), (1, 2, -1.0)])
    ([0.0, -1.0, -2.0], [0, 0, 1])
    """
    best, came_from = [0.0] + [-math.inf] * length, [0] * (length + 1)
    for start, end, score in edges:
        if best[start] + score > best[end]:
            best[end], came_from[end] = best[start] + score, start
    return best, came_from


def words_of(text):
    """The words of a text, each with the space before it as ▁.

    >>> words_of("two words")
    ['▁two', '▁words']
    """
    spaced = text.replace(" ", SPACE)
    begun = spaced if spaced.startswith(SPACE) else SPACE + spaced
    return regex.findall(f"{SPACE}?[^{SPACE}]+|{SPACE}", begun if text else "")


def expected_counts(words, model):
    """How often each piece is used, over all cuts of the words, each cut weighted by its probability; and the loss.

    words: {word: how often}. model: a Unigram. Forward and backward sums give each piece's share of all cuts of a word.
    Returns (Counter of pieces, minus the log probability of all words): the E step of expectation maximisation.
    """
    counts, loss = Counter(), 0.0
    for word, often in words.items():
        edges = [(start, end, math.exp(score)) for start, end, score in model.edges(word)]
        forward, backward = [1.0] + [0.0] * len(word), [0.0] * len(word) + [1.0]
        for start, end, share in edges:
            forward[end] += forward[start] * share
        for start, end, share in sorted(edges, reverse=True):
            backward[start] += backward[end] * share
        for start, end, share in edges:
            counts[word[start:end]] += often * forward[start] * share * backward[end] / forward[-1]
        loss -= often * math.log(forward[-1])
    return counts, loss


def train_unigram(text, vocab_size, longest=8, rounds=2, keep=0.75):
    """Learn a Unigram vocabulary: begin with many pieces, and drop those that are missed least, round by round.

    Begins with the substrings of words, up to `longest` characters, that cover most of the text. Each round is `rounds`
    steps of expectation maximisation; then the `keep` pieces in a hundredth stay that the likeliest cuts would lose
    most without. Single characters always stay, so vocab_size is at least their number.

    SentencePiece begins from a suffix array and smooths the counts by a digamma, so its vocabulary differs in detail.
    Returns a Unigram. Raises ValueError for a text without words.
    """
    words = Counter(words_of(text))
    if not words:
        raise ValueError("text must hold at least one word.")
    seeds, letters = Counter(), set("".join(words))
    for word, often in words.items():
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + longest) + 1):
                seeds[word[start:end]] += often
    covered = {piece: count * len(piece) for piece, count in seeds.items() if count > 1 or piece in letters}
    kept = sorted(covered, key=lambda piece: (piece not in letters, -covered[piece], piece))[: 4 * vocab_size]
    model = _from_counts({piece: seeds[piece] for piece in kept})
    while True:
        for _ in range(rounds):
            counts, _ = expected_counts(words, model)
            model = _from_counts({piece: max(counts[piece], 1e-3) for piece in model.log_probs})
        if len(model.log_probs) <= max(vocab_size, len(letters)):
            return model
        model = prune(words, model, max(vocab_size, int(keep * len(model.log_probs))), letters)


def prune(words, model, size, always=()):
    """Keep the `size` pieces that the text would miss most, and all pieces in `always`.

    What a piece is worth: how often the best cuts use it, times what its next best cut would cost in log probability.
    """
    used = Counter()
    for word, often in words.items():
        for piece in model.segment(word):
            used[piece] += often
    worth = {
        piece: used[piece] * (score - _second_best(piece, model))
        for piece, score in model.log_probs.items()
        if piece not in always
    }
    best = sorted(worth, key=lambda piece: (-worth[piece], piece))[: max(size - len(always), 0)]
    kept = set(best) | set(always)
    return Unigram({piece: score for piece, score in model.log_probs.items() if piece in kept})


def _second_best(piece, model):
    """The log probability of a piece's best cut into at least two."""
    edges = [edge for edge in model.edges(piece) if edge[1] - edge[0] < len(piece)]
    return best_paths(len(piece), edges)[0][-1]


def _from_counts(counts):
    total = math.log(sum(counts.values()))
    return Unigram({piece: math.log(count) - total for piece, count in counts.items()})


def _unknown_joined(pieces, known):
    joined, before = [], True
    for piece in pieces:
        if piece not in known and not before:
            joined[-1] += piece
        else:
            joined.append(piece)
        before = piece in known
    return joined
