"""WordPiece: BERT's way to cut words, the longest piece that fits first, and the score its vocabulary was learnt by.

Schuster and Nakajima 2012 for the idea, Devlin et al. 2019 (https://arxiv.org/abs/1810.04805) for BERT's words. The ids
are those of Hugging Face `tokenizers`; tests/test_wordpiece.py holds it to that, on MiniLM's vocabulary too.
"""

import json
import unicodedata
from collections import Counter
from itertools import pairwise

import regex

from .bpe_merging import merge_pair

LONGEST_WORD = 100  # characters; a longer word is unknown as a whole
_IDEOGRAPHS = regex.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f]"
)
_PUNCTUATION = regex.compile(r"[!-/:-@\[-`{-~]|\p{P}")
_CONTROLS = regex.compile(r"[^\P{C}\t\n\r]|\ufffd")


class WordPiece:
    """A WordPiece tokenizer over a vocabulary {piece: id}; pieces inside a word begin with ##.

    unknown: the token that stands for a word that cannot be cut.

    Raises ValueError when `vocabulary` lacks `unknown`.

    >>> WordPiece({"[UNK]": 0, "token": 1, "##ization": 2, "##s": 3}).tokenize("Tokenization!")
    ['token', '##ization', '[UNK]']
    """

    def __init__(self, vocabulary, unknown="[UNK]"):
        if unknown not in vocabulary:
            raise ValueError(f"vocabulary must hold the unknown token {unknown!r}.")
        self.ids, self.unknown = dict(vocabulary), unknown
        self._names = {number: piece for piece, number in self.ids.items()}

    @classmethod
    def from_file(cls, path):
        """The vocabulary of a `tokenizer.json`, such as MiniLM's."""
        with open(path, encoding="utf-8") as file:
            model = json.load(file)["model"]
        if model["type"] != "WordPiece":
            raise ValueError(f"path must name a WordPiece tokenizer; {path} holds {model['type']}.")
        return cls(model["vocab"], model["unk_token"])

    def tokenize(self, text):
        """The pieces of a text, word by word."""
        return [piece for word in bert_words(text) for piece in longest_match(word, self.ids, self.unknown)]

    def encode(self, text):
        """The ids of a text, without the [CLS] and [SEP] that BERT puts around it."""
        return [self.ids[piece] for piece in self.tokenize(text)]

    def decode(self, ids):
        """A text with these pieces. Capitals, accents and the spacing are gone: encoding lost them."""
        return " ".join(self._names[number] for number in ids).replace(" ##", "")


def longest_match(word, vocabulary, unknown="[UNK]"):
    """Cut a word: at each place the longest piece of the vocabulary that fits; the whole word is unknown if none does.

    >>> longest_match("unaffable", {"un", "##aff", "##able", "##a"})
    ['un', '##aff', '##able']
    """
    pieces, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocabulary), None)
        if end is None or len(word) > LONGEST_WORD:
            return [unknown]
        pieces.append(mark + word[start:end])
        start = end
    return pieces


def bert_words(text):
    """The words of a text as BERT's uncased models see it: small letters without accents, each sign a word.

    >>> bert_words("Café No. 9, 你好!")
    ['cafe', 'no', '.', '9', ',', '你', '好', '!']
    """
    text = _IDEOGRAPHS.sub(r" \g<0> ", _CONTROLS.sub("", text))
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return _PUNCTUATION.sub(r" \g<0> ", plain.lower()).split()


def pair_scores(words, times):
    """WordPiece's score of each pair of neighbours: its count over the product of the counts of its two pieces.

    words: lists of pieces. times: how often each word comes.

    >>> pair_scores([["a", "##b"], ["a", "##c"]], times=[3, 1])
    {('a', '##b'): 0.25, ('a', '##c'): 0.25}
    """
    pieces, pairs = Counter(), Counter()
    for word, often in zip(words, times, strict=True):
        for piece in word:
            pieces[piece] += often
        for pair in pairwise(word):
            pairs[pair] += often
    return {pair: count / (pieces[pair[0]] * pieces[pair[1]]) for pair, count in pairs.items()}


def train_wordpiece(text, merges, least=1):
    """Learn a WordPiece vocabulary: single characters, then one piece for each merge of the pair with the best score.

    least: pairs that come less often are not merged; the score alone would begin with words that come once.
    Returns a WordPiece. Counts anew after each merge, so keep the text small.

    >>> sorted(train_wordpiece("hug hug hugs pug", merges=1).ids)[:4]
    ['##g', '##gs', '##s', '##u']
    """
    counted = Counter(bert_words(text))
    words = [[("##" if at else "") + letter for at, letter in enumerate(word)] for word in counted]
    times = list(counted.values())
    vocabulary = sorted({piece for word in words for piece in word})
    for _ in range(merges):
        seen = Counter()
        for word, often in zip(words, times, strict=True):
            for pair in pairwise(word):
                seen[pair] += often
        scores = {pair: score for pair, score in pair_scores(words, times).items() if seen[pair] >= least}
        if not scores:
            break
        best = min(scores, key=lambda pair: (-scores[pair], pair))
        made = best[0] + best[1].removeprefix("##")
        words = [merge_pair(word, best, made) for word in words]
        vocabulary.append(made)
    return WordPiece({piece: number for number, piece in enumerate(["[UNK]", *dict.fromkeys(vocabulary)])})
