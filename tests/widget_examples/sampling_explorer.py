"""The logits of 40 made-up tokens."""

import torch
from llmcourse import SamplingExplorer

from . import HOSTILE


def example(hostile=False):
    names = [f"{HOSTILE if hostile else ' word'}{place}" for place in range(40)]
    logits = torch.linspace(4, -4, 40)
    return SamplingExplorer(logits, names, ids=[3, 5], temperature=0.8, top_k=20)
