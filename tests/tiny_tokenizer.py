"""A tokenizer of the 256 bytes, one token each: takes any text, built at once, needs no file."""

from functools import cache


@cache
def byte_tokenizer():
    """A fast tokenizer of transformers whose tokens are bytes, written as GPT-2 writes them (Radford et al. 2019)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({character: place for place, character in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)
