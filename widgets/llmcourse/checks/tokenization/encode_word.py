"""Exercise: Cut a word with the merges of a trained tokenizer, the lowest rank first."""

from ...exercise import Exercise, Mistake
from .inputs import random_merges, random_word


def encode_word(word, ranks):
    symbols = list(word)
    while True:
        pairs = zip(symbols, symbols[1:], strict=False)
        possible = [(ranks[pair], at) for at, pair in enumerate(pairs) if pair in ranks]
        if not possible:
            return symbols
        at = min(possible)[1]
        symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]


def longest_first(word, ranks):
    tokens = {left + right for left, right in ranks}
    cut, start = [], 0
    while start < len(word):
        end = next((end for end in range(len(word), start + 1, -1) if word[start:end] in tokens), start + 1)
        cut.append(word[start:end])
        start = end
    return cut


def leftmost_first(word, ranks):
    symbols = list(word)
    while places := [at for at, pair in enumerate(zip(symbols, symbols[1:], strict=False)) if pair in ranks]:
        symbols[places[0] : places[0] + 2] = [symbols[places[0]] + symbols[places[0] + 1]]
    return symbols


def highest_rank_first(word, ranks):
    return encode_word(word, {pair: -rank for pair, rank in ranks.items()})


def one_merge_only(word, ranks):
    symbols = list(word)
    possible = [(ranks[pair], at) for at, pair in enumerate(zip(symbols, symbols[1:], strict=False)) if pair in ranks]
    for _, at in sorted(possible)[:1]:
        symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
    return symbols


def letters_only(word, ranks):
    return encode_word(word, {pair: rank for pair, rank in ranks.items() if len(pair[0] + pair[1]) == 2})


# Each of these makes one wrong order show: def the leftmost first, klm the longest, nop the highest rank, qrs letters.
_TELLING = ["ef", "de", "kl", "lm", "k lm", "no", "op", "qr", "qr s"]


def make_word(size, generator):
    ranks = random_merges("abc", 3 + size, generator)
    for merge in _TELLING:
        left, right = merge.split() if " " in merge else merge
        ranks[left, right] = len(ranks)
    return random_word("abc", 3 + size, generator) + "defklmnopqrs", ranks


EXERCISE = Exercise(
    name="tokenization.encode_word",
    goal="Cut a word with the merges of a trained tokenizer, the lowest rank first.",
    solution=encode_word,
    cases=make_word,
    mistakes=[
        Mistake(
            "the longest token first",
            longest_first,
            "You take the longest token that fits, from left to right. That is WordPiece. BPE knows no longest: it "
            "makes the merges in the order they were learnt.",
        ),
        Mistake(
            "from left to right",
            leftmost_first,
            "You make the first merge that you meet. The one with the lowest rank comes first, wherever it stands.",
        ),
        Mistake(
            "the highest rank first",
            highest_rank_first,
            (
                "Rank 0 was learnt first, and is made first. You begin with the merge that was learnt last: "
                "`min`, not `max`."
            ),
        ),
        Mistake(
            "one merge only",
            one_merge_only,
            "After a merge there are new neighbours, which may merge again. Repeat until no pair is in `ranks`.",
        ),
        Mistake(
            "only letters merged",
            letters_only,
            "You merge letters, and never what merges have made. Look at the pairs anew after each merge.",
        ),
    ],
    hint="In a loop: list `(rank, place)` of each pair of neighbours that is in `ranks`; stop when there is none; else "
    "merge at the smallest.",
    second_hint="`min` of a list of `(rank, place)` gives the lowest rank, and of equal ones the first place.",
    statement=(
        "`word` is a text, `ranks` a dictionary from pairs to the order they were learnt in. Begin with "
        "single letters; as long as a pair of neighbours is in `ranks`, merge the one with the **lowest rank** (of "
        "equal ones the leftmost). Return the list of tokens.\n\n"
        'Worked value: `encode_word("abc", {("b", "c"): 0, ("a", "b"): 1})` is `["a", "bc"]`.'
    ),
    difficulty=3,
    minutes=10,
)
