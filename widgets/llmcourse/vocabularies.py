"""The vocabularies of known models, side by side: what does the same text cost in each?"""

import json

from .model_error import ModelError
from .packaged_data import packaged_folder


def vocabularies(tokenizer=None, names=None):
    """Tokenizers of known models: {name: tokenizer}, each with `encode(text)`; ready for TokenView(tokenizers=…).

    The byte-level ones are the course's own BPETokenizer with the models' tables, so `token_bytes` tells what each id
    stands for. MiniLM's is the course's WordPiece.
    tokenizer: the embedded model's, which becomes the first entry. names: which of `READERS`; all of them by default.
    The files come in Python packages, once, and stay in the cache. One that cannot be fetched is left out, and said
    so. Raises ValueError for an unknown name.

    >>> {name: len(each.encode("你好")) for name, each in vocabularies(tokenizer).items()}   # doctest: +SKIP
    {'SmolLM2': 4, 'GPT-2': 3, 'GPT-4': 2, 'Qwen': 1, 'DeepSeek': 1, 'MiniLM': 2}
    """
    from .scratch.bpe import BPETokenizer

    names = list(READERS) if names is None else list(names)
    if unknown := [name for name in names if name not in READERS]:
        raise ValueError(f"names must be among {', '.join(READERS)}; got {unknown[0]!r}.")
    found = {} if tokenizer is None else {"SmolLM2": BPETokenizer.from_pretrained(tokenizer)}
    for name in names:
        try:
            found[name] = READERS[name]()
        except ModelError as problem:
            print(f"{name}'s vocabulary is left out below: {problem}")
    return found


def vocabulary_size(tokenizer):
    """How many tokens a tokenizer of `vocabularies` has, special ones included."""
    special = getattr(tokenizer, "special", {})
    return len({*tokenizer.ids.values(), *special.values()})


def english_text(characters=1_000_000):
    """English prose to train on: the first so many characters of an encyclopedia's summaries.

    Where they cannot be fetched it says so and gives Python's own manual (about 0.7 million characters) instead, so
    that a lesson goes on; its numbers then differ.

    >>> len(english_text(100))                                                 # doctest: +SKIP
    100
    """
    try:
        folder = packaged_folder("wikipedia")
    except ModelError as problem:
        from pydoc_data.topics import topics

        print(f"Python's own manual stands in for the encyclopedia, so the figures below differ: {problem}")
        return "\n\n".join(topics[name] for name in sorted(topics))[:characters]
    articles = json.loads((folder / "summaries_en-us.json").read_text(encoding="utf-8"))
    return "\n\n".join(article["extract"] for article in articles.values())[:characters]


def _gpt2():
    from .scratch.bpe import BPETokenizer
    from .scratch.bpe_files import from_gpt2

    return BPETokenizer(**from_gpt2(packaged_folder("gpt2-vocabulary")))


def _gpt4():
    from .scratch.bpe import BPETokenizer
    from .scratch.bpe_files import GPT4_SPLIT, from_tiktoken

    special = {"<|endoftext|>": 100257, "<|endofprompt|>": 100276}
    path = packaged_folder("gpt4-vocabulary") / "cl100k_base.tiktoken"
    return BPETokenizer(**from_tiktoken(path, GPT4_SPLIT, special))


def _qwen():
    from .scratch.bpe import BPETokenizer
    from .scratch.bpe_files import QWEN_SPLIT, from_tiktoken

    special = {"<|endoftext|>": 151643, "<|im_start|>": 151644, "<|im_end|>": 151645}
    return BPETokenizer(**from_tiktoken(packaged_folder("qwen-vocabulary") / "qwen.tiktoken", QWEN_SPLIT, special))


def _deepseek():
    from .scratch.bpe import BPETokenizer
    from .scratch.bpe_files import from_json

    path = packaged_folder("deepseek-vocabulary") / "tokenizer.json"
    return BPETokenizer(**from_json(json.loads(path.read_text(encoding="utf-8"))))


def _minilm():
    from .scratch.wordpiece import WordPiece

    return WordPiece.from_file(packaged_folder("minilm") / "tokenizer.json")


READERS = {"GPT-2": _gpt2, "GPT-4": _gpt4, "Qwen": _qwen, "DeepSeek": _deepseek, "MiniLM": _minilm}
