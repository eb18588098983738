"""A short text in byte tokens."""

from llmcourse import TokenView
from tiny_tokenizer import byte_tokenizer

from . import HOSTILE


def example(hostile=False):
    return TokenView(HOSTILE if hostile else "The cat sat.", byte_tokenizer())
