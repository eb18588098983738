"""The likeliest continuations by a random Llama."""

from llmcourse import DecodingTree
from tiny_models import tiny_llama
from tiny_tokenizer import byte_tokenizer

from . import HOSTILE


def example(hostile=False):
    text = HOSTILE[:60] if hostile else "The cat"
    return DecodingTree(tiny_llama(context=512), byte_tokenizer(), text, depth=3, width=2)
