"""One text on its way through byte-pair encoding: its pieces, the merges it meets, and its symbols after each.

static/bpe_merges.js computes the same in the page; tests/vectors/bpe_stepper.json holds both to it.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from .scratch.bpe import BPETokenizer


@dataclass(frozen=True)
class BPERun:
    """The merges that train on a text, or encode it, in order.

    tokenizer: what splits the text and knows the ids. pieces: (piece, how often it stands in the text).
    merges: pairs of bytes in the order they are made. training: whether the pairs are chosen by their count.
    """

    tokenizer: BPETokenizer
    pieces: tuple[tuple[str, int], ...]
    merges: tuple[tuple[bytes, bytes], ...]
    training: bool

    def symbols(self, step):
        """The symbols of each piece after `step` merges: a list of lists of bytes."""
        partly = BPETokenizer(self.merges[:step], ids=self.tokenizer.ids, special=self.tokenizer.special)
        return [self._after(partly, piece) for piece, _ in self.pieces]

    def token_count(self, step):
        """How many tokens the text has after `step` merges."""
        return sum(len(symbols) * times for symbols, (_, times) in zip(self.symbols(step), self.pieces, strict=True))

    def candidates(self, step):
        """The pairs that could be merged next, the next one first: (pair, its count or its rank) each."""
        ids = self.tokenizer.ids
        counts = Counter()
        for symbols, (_, times) in zip(self.symbols(step), self.pieces, strict=True):
            for pair in pairwise(symbols):
                counts[pair] += times
        if self.training:
            return sorted(counts.items(), key=lambda item: (-item[1], ids[item[0][0]], ids[item[0][1]]))
        ranks = self.tokenizer.ranks
        return sorted(((pair, ranks[pair]) for pair in counts if pair in ranks), key=lambda item: item[1])

    @cached_property
    def ids(self):
        """The ids of the whole text after all merges; of each distinct piece when training."""
        return [number for piece, _ in self.pieces for number in self.tokenizer.encode(piece)]

    def _after(self, tokenizer, piece):
        if piece in tokenizer.special:
            return [piece.encode()]
        *_, (_, symbols) = tokenizer.steps(piece)
        return symbols


def train_run(text, limit):
    """Train on a text: at most `limit` merges, the most frequent pair first.

    >>> train_run("low low lower", 2).merges
    ((b'l', b'o'), (b'lo', b'w'))
    """
    tokenizer = BPETokenizer().train(text, 256 + limit)
    pieces = Counter(tokenizer.split(text)).most_common()  # equally frequent ones stay in the order of the text
    return BPERun(tokenizer, tuple(pieces), tuple(tokenizer.merges), training=True)


def encode_run(text, tokenizer):
    """Encode a text with the merges of a BPETokenizer, the lowest rank first.

    >>> encode_run("low", BPETokenizer([(b"o", b"w"), (b"l", b"ow")])).merges
    ((b'o', b'w'), (b'l', b'ow'))
    """
    pieces = [piece for piece in tokenizer.split(text)]
    used = {merge for piece in pieces if piece not in tokenizer.special for merge, _ in tokenizer.steps(piece) if merge}
    merges = tuple(sorted(used, key=tokenizer.ranks.get))
    return BPERun(tokenizer, tuple((piece, 1) for piece in pieces), merges, training=False)
