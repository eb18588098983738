"""A random Llama of 2 layers × 4 heads reads a short text."""

from llmcourse import AttentionExplorer
from tiny_models import tiny_llama
from tiny_tokenizer import byte_tokenizer

from . import HOSTILE


def example(hostile=False):
    text = HOSTILE[:200] if hostile else "The cat sat on the cat."
    return AttentionExplorer(model=tiny_llama(context=512), tokenizer=byte_tokenizer(), text=text)
