"""A random GPT-2 of 2 layers reads a short text."""

from llmcourse import LogitLens
from tiny_models import tiny_gpt2
from tiny_tokenizer import byte_tokenizer

from . import HOSTILE


def example(hostile=False):
    text = HOSTILE[:40] if hostile else "The cat sat."
    target = HOSTILE[:20] if hostile else ""
    return LogitLens(model=tiny_gpt2(), tokenizer=byte_tokenizer(), text=text, target_text=target)
