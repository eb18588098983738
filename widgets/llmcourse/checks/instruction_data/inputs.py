"""Inputs that several exercises share: small texts made of everyday words."""

import torch

WORDS = ["tea", "at", "noon", "on", "Friday", "by", "the", "pool", "with", "Ana", "bring", "cake"]


def pick(items, count, generator):
    """`count` items drawn with repetition."""
    return [items[int(place)] for place in torch.randint(len(items), (count,), generator=generator)]


def random_text(count, generator):
    return " ".join(pick(WORDS, count, generator))
