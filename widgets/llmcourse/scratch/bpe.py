"""Byte-level byte-pair encoding: learn a vocabulary by merging the most frequent pair, and cut text with it.

Sennrich et al. 2016 (https://arxiv.org/abs/1508.07909) brought the merges into language modelling, GPT-2 (Radford et
al. 2019) the bytes. Same merges and ids as Hugging Face `tokenizers`; tests/test_bpe.py holds it to that.
"""

import heapq
import json
from collections import Counter, defaultdict
from itertools import pairwise

import regex  # comes with transformers; it knows \p{L}, which the standard library's re does not

from .bpe_files import BYTE_ORDER, GPT2_SPLIT, from_json
from .bpe_merging import merge_by_rank, merge_pair

LONG_PIECE = 64  # characters: longer pieces seldom come again, and are not kept


class BPETokenizer:
    """A byte-level BPE tokenizer that you can train, read and follow merge by merge.

    merges: pairs of bytes in the order they were learnt; a pair's place is its rank.
    ids: {bytes: id}; without it the 256 single bytes (in `BYTE_ORDER`) and then one id a merge.
    splits: regular expressions that cut a text into the pieces no merge may cross, one after the other.
    special: {text: id} of tokens that stand for themselves, such as <|im_end|>.
    ranks: the rank of each pair; without it the pair's place in `merges`. See bpe_files.JoinedRanks.

    Raises ValueError when `ids` lacks a token that a merge needs.

    >>> tokenizer = BPETokenizer().train("low low lower lowest", vocab_size=259)
    >>> tokenizer.merges
    [(b'l', b'o'), (b'lo', b'w'), (b' ', b'low')]
    >>> tokenizer.encode("low"), tokenizer.decode([257])
    ([257], 'low')
    """

    def __init__(self, merges=(), ids=None, splits=(GPT2_SPLIT,), special=None, ranks=None):
        self.merges = [tuple(pair) for pair in merges]
        if ids is None:
            tokens = [*(bytes([byte]) for byte in BYTE_ORDER), *(left + right for left, right in self.merges)]
            ids = {token: number for number, token in enumerate(tokens)}
        if missing := [token for pair in self.merges for token in (*pair, b"".join(pair)) if token not in ids]:
            raise ValueError(f"ids must hold both halves and the whole of every merge; {missing[0]!r} is missing.")
        self.ids, self.splits, self.special = dict(ids), tuple(splits), dict(special or {})
        names = sorted(map(regex.escape, self.special), key=len, reverse=True)
        self._special_split = regex.compile("|".join(names)) if names else None
        self._splits = [regex.compile(pattern) for pattern in self.splits]
        self._index(ranks)

    def _index(self, ranks=None):
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)} if ranks is None else ranks
        self._tokens = {number: token for token, number in self.ids.items()}
        self._tokens |= {number: text.encode() for text, number in self.special.items()}
        self._known = {}  # pieces met before, since most words of a text come again

    @classmethod
    def from_pretrained(cls, tokenizer):
        """The same vocabulary and merges as a fast byte-level tokenizer of transformers (GPT-2, SmolLM2, Qwen …).

        Raises ValueError, naming what is in the way, for any other kind of tokenizer.

        >>> BPETokenizer.from_pretrained(tokenizer).encode(" tokens")          # doctest: +SKIP
        [18566]
        """
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ValueError(f"tokenizer must be a fast tokenizer of transformers; got {type(tokenizer).__name__}.")
        return cls(**from_json(json.loads(backend.to_str())))

    def train(self, text, vocab_size):
        """Learn merges from `text` until there are `vocab_size` tokens or no pair is left; returns self.

        Each step merges the most frequent pair. Of pairs equally frequent the one with the smaller ids comes first, as
        in Hugging Face `tokenizers`. As there, a pair that overlaps itself ("aaa") counts at each place.

        Raises TypeError for text that is no string, ValueError for a vocab_size below the 256 bytes.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string; got {type(text).__name__}.")
        if vocab_size < 256:
            raise ValueError(f"vocab_size must be at least 256, one a byte; got {vocab_size}.")
        tokens = [bytes([byte]) for byte in BYTE_ORDER]
        id_of_byte = {byte: number for number, byte in enumerate(BYTE_ORDER)}
        pieces = Counter(self.split(text))
        words = [[id_of_byte[byte] for byte in _utf8(piece)] for piece in pieces]
        times = list(pieces.values())
        counts, places = Counter(), defaultdict(set)  # how often a pair stands in the text; the words it stands in
        for place, word in enumerate(words):
            for pair in pairwise(word):
                counts[pair] += times[place]
                places[pair].add(place)
        heap = [(-count, pair) for pair, count in counts.items()]
        heapq.heapify(heap)
        self.merges = []
        while heap and len(tokens) < vocab_size:
            count, pair = heapq.heappop(heap)
            if -count != counts[pair]:  # it became rarer since it was put there: back with its true count
                if counts[pair]:
                    heapq.heappush(heap, (-counts[pair], pair))
                continue
            made, fresh = len(tokens), set()
            self.merges.append((tokens[pair[0]], tokens[pair[1]]))
            tokens.append(b"".join(self.merges[-1]))
            for place in places.pop(pair):
                before, after = words[place], merge_pair(words[place], pair, made)
                if len(after) == len(before):
                    continue
                words[place] = after
                for gone in pairwise(before):
                    counts[gone] -= times[place]
                for come in pairwise(after):
                    counts[come] += times[place]
                    if made in come:
                        places[come].add(place)
                        fresh.add(come)
            for come in fresh:
                heapq.heappush(heap, (-counts[come], come))
        self.ids, self.special, self._special_split = {token: number for number, token in enumerate(tokens)}, {}, None
        self._index()
        return self

    def split(self, text, special=True):
        """Cut a text into the pieces that no merge may cross: words with the space before them, numbers, signs.

        special: whether special tokens are pieces of their own; see `encode`.

        >>> BPETokenizer().split("It's 2 tokens")
        ['It', "'s", ' 2', ' tokens']
        """
        apart = self._special_split if special else None
        pieces = _isolate(apart, text) if apart else [text] if text else []
        for pattern in self._splits:
            pieces = [
                part
                for piece in pieces
                for part in ([piece] if apart and piece in self.special else _isolate(pattern, piece))
            ]
        return pieces

    def steps(self, piece):
        """Yield (merge or None, symbols) for each state of a piece: first its bytes, then after each merge.

        The merge of the lowest rank is made first, wherever it stands.

        >>> [symbols for _, symbols in BPETokenizer([(b"l", b"o"), (b"lo", b"w")]).steps("low")]
        [[b'l', b'o', b'w'], [b'lo', b'w'], [b'low']]
        """
        symbols = [token for byte in _utf8(piece) if (token := bytes([byte])) in self.ids]
        yield None, symbols
        while merge := min(
            (pair for pair in pairwise(symbols) if pair in self.ranks), key=self.ranks.get, default=None
        ):
            symbols = merge_pair(symbols, merge, b"".join(merge))
            yield merge, symbols

    def encode(self, text, special=True):
        """The ids of a text. Raises TypeError for anything but a string.

        special: whether the text of a special token stands for that token. False for text from outside, in which
        <|im_end|> must be no more than ten characters.
        Half of a surrogate pair becomes a question mark; a byte that the vocabulary lacks is left out.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string; got {type(text).__name__}.")
        return [number for piece in self.split(text, special) for number in self._encode_piece(piece, special)]

    def encode_bytes(self, data):
        """The ids of any bytes, good UTF-8 or not; where they are, the same as `encode` of the text.

        What is no character becomes the ids of its single bytes, so `token_bytes` gives all of `data` back where the
        vocabulary has all 256 bytes. Raises TypeError for anything but bytes.

        >>> BPETokenizer([(b"h", b"i")]).encode_bytes(b"hi\\xff")
        [256, 187]
        """
        if not isinstance(data, bytes):
            raise TypeError(f"data must be bytes; got {type(data).__name__}.")
        ids = []
        # A byte 0xNN that forms no character becomes U+DCNN, the rest stays text.
        for part in regex.findall("[\\udc80-\\udcff]|[^\\udc80-\\udcff]+", data.decode("utf-8", "surrogateescape")):
            if not "\udc80" <= part <= "\udcff":
                ids += self.encode(part, special=False)
            elif (byte := bytes([ord(part) - 0xDC00])) in self.ids:
                ids.append(self.ids[byte])
        return ids

    def _encode_piece(self, piece, special):
        if special and piece in self.special:
            return [self.special[piece]]
        if piece in self._known:
            return self._known[piece]
        symbols = [token for byte in _utf8(piece) if (token := bytes([byte])) in self.ids]
        ids = [self.ids[symbol] for symbol in merge_by_rank(symbols, self.ranks)]
        if len(piece) <= LONG_PIECE:
            self._known[piece] = ids
        return ids

    def decode(self, ids):
        """The text of ids; bytes that form no character become U+FFFD. Raises ValueError for an unknown id."""
        return b"".join(self.token_bytes(ids)).decode("utf-8", "replace")

    def token_bytes(self, ids):
        """The bytes that each of these ids stands for. Raises ValueError for an unknown id."""
        if unknown := [number for number in ids if number not in self._tokens]:
            raise ValueError(f"ids must be in the vocabulary; {unknown[0]} is not.")
        return [self._tokens[number] for number in ids]


def _isolate(pattern, text):
    """The matches of a pattern and what stands between them, in order."""
    parts, end = [], 0
    for match in pattern.finditer(text):
        parts += [text[end : match.start()], match.group()]
        end = match.end()
    return [part for part in (*parts, text[end:]) if part]


def _utf8(text):
    return text.encode("utf-8", "replace")
