"""The files of real byte-level BPE vocabularies: how they write bytes, split text, and keep their merges.

Hugging Face `tokenizers` keeps merges in a JSON, GPT-2 in a text file, OpenAI's tiktoken none at all: only each token's
rank, from which the merges follow. tests/test_bpe_files.py holds the readers to the libraries.
"""

import base64
import json
from pathlib import Path

GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4_SPLIT = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)
QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DIGIT_SPLIT = r"\p{N}"
# GPT-2 writes each byte as one printable character, and sorts the single bytes by that character.
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTE_ORDER = [*_PRINTABLE, *(byte for byte in range(256) if byte not in _PRINTABLE)]
_BYTE_OF = dict(
    zip([*map(chr, _PRINTABLE), *(chr(256 + place) for place in range(256 - len(_PRINTABLE)))], BYTE_ORDER, strict=True)
)


def to_bytes(name):
    """The bytes of a token as GPT-2's files write it.

    >>> to_bytes("Ġthe")
    b' the'
    """
    return bytes(_BYTE_OF[character] for character in name)


def from_json(state):
    """The table in a `tokenizer.json` of Hugging Face: keyword arguments of BPETokenizer.

    state: the file, parsed. Raises ValueError, naming what is in the way, where it is not plain byte-level BPE.
    """
    model, normalizer = state["model"], state["normalizer"]
    plain = not normalizer or normalizer.get("normalizers") == []
    if model["type"] != "BPE" or model.get("ignore_merges") or model.get("byte_fallback") or not plain:
        raise ValueError("tokenizer must be byte-level BPE, without a normalizer, byte fallback or ignore_merges.")
    pairs = (pair if isinstance(pair, list) else pair.split(" ") for pair in model["merges"])  # files before 2024
    return {
        "merges": [tuple(map(to_bytes, pair)) for pair in pairs],
        "ids": {to_bytes(name): number for name, number in model["vocab"].items() if set(name) <= _BYTE_OF.keys()},
        "splits": split_patterns(state["pre_tokenizer"]),
        "special": {token["content"]: token["id"] for token in state["added_tokens"]},
    }


def from_gpt2(folder):
    """The table in GPT-2's own two files, `encoder.json` and `vocab.bpe`: keyword arguments of BPETokenizer."""
    folder = Path(folder)
    names = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
    lines = (folder / "vocab.bpe").read_text(encoding="utf-8").splitlines()
    special = {name: number for name, number in names.items() if name.startswith("<|")}
    return {
        "merges": [tuple(map(to_bytes, line.split(" "))) for line in lines if line and not line.startswith("#")],
        "ids": {to_bytes(name): number for name, number in names.items() if name not in special},
        "splits": (GPT2_SPLIT,),
        "special": special,
    }


def from_tiktoken(path, split, special=None):
    """The table in a `.tiktoken` file, a token in base64 and its rank a line: keyword arguments of BPETokenizer.

    The file holds no merges, and needs none: two neighbours may merge when their bytes together are a token, and the
    token's rank is the merge's. split: the regular expression that its tokenizer cuts text with.
    """
    rows = (line.split() for line in Path(path).read_bytes().splitlines() if line)
    ids = {base64.b64decode(token): int(rank) for token, rank in rows}
    return {"ids": ids, "ranks": JoinedRanks(ids), "splits": (split,), "special": special}


class JoinedRanks:
    """The rank of a pair as tiktoken finds it: the rank of the two parts in one.

    >>> (b"lo", b"w") in JoinedRanks({b"low": 7}), JoinedRanks({b"low": 7}).get((b"l", b"ow"))
    (True, 7)
    """

    def __init__(self, ranks):
        self._ranks = ranks

    def get(self, pair, default=None):
        return self._ranks.get(pair[0] + pair[1], default)

    def __contains__(self, pair):
        return pair[0] + pair[1] in self._ranks

    def __getitem__(self, pair):
        return self._ranks[pair[0] + pair[1]]


def split_patterns(state):
    """The regular expressions of a pre-tokenizer of `tokenizers`, as its JSON describes it.

    Raises ValueError for one that does more than cut: byte-level BPE keeps every byte.
    """
    stages = state["pretokenizers"] if state and state["type"] == "Sequence" else [state]
    patterns = []
    for stage in stages:
        kind = stage and stage["type"]
        if kind == "Digits" and stage["individual_digits"]:
            patterns.append(DIGIT_SPLIT)
        elif kind == "Split" and stage["behavior"] == "Isolated" and "Regex" in stage["pattern"]:
            patterns.append(stage["pattern"]["Regex"])
        elif kind == "ByteLevel" and not stage["add_prefix_space"]:
            patterns += [GPT2_SPLIT] if stage["use_regex"] else []
        else:
            raise ValueError(f"tokenizer splits text by {kind}, which byte-level BPE does not.")
    return patterns
