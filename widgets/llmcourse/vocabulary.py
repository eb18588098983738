"""The whole vocabulary as text: a name for every id a model can choose, packed for the page."""

from functools import lru_cache

from .tracing import piece_name

_END = b"\xff"  # never part of UTF-8, so it can stand between any two names


@lru_cache(maxsize=4)
def token_names(tokenizer, count):
    """The text of each of the first `count` ids: a tuple of strings.

    A token that is no whole character is named by its bytes (<0x8a>); an id the tokenizer has no token for, because
    the model's output is padded, by its number (<49152>).

    >>> token_names(tokenizer, 49_152)[2644]                                   # doctest: +SKIP
    ' cat'
    """
    pieces = tokenizer.convert_ids_to_tokens(list(range(min(count, len(tokenizer)))))
    names = [f"<{number}>" if piece is None else _text(tokenizer, number, piece) for number, piece in enumerate(pieces)]
    return tuple(fill_names(names, count))


def fill_names(names, count):
    """The first `count` names, with <id> for those that are missing.

    >>> fill_names(["a", "b"], 3)
    ['a', 'b', '<2>']
    """
    return [*names[:count], *(f"<{number}>" for number in range(len(names), count))]


def pack_names(names):
    """All names as one run of bytes, each ended by 0xFF: what the page cuts up again in one pass.

    >>> pack_names(["a", "é"])
    b'a\\xff\\xc3\\xa9\\xff'
    """
    return b"".join(name.encode("utf-8", "replace") + _END for name in names)


def _text(tokenizer, number, piece):
    name = piece_name(tokenizer, number)
    # SentencePiece writes a space as ▁; byte-level BPE has already become text.
    return name.replace("▁", " ") if name == piece else name
