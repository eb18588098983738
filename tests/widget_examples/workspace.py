"""A random Llama of 2 layers × 4 heads and 300 tokens reads a short text."""

from llmcourse.workspace import Workspace
from tiny_models import SIZES, _build
from tiny_tokenizer import byte_tokenizer

from . import HOSTILE


def example(hostile=False):
    import transformers

    config = transformers.LlamaConfig(**{**SIZES, "vocab_size": 300}, intermediate_size=64)
    model = _build(transformers.LlamaForCausalLM, config)
    return Workspace(model, byte_tokenizer(), HOSTILE[:60] if hostile else "The cat sat.")
