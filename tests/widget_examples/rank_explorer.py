"""A small RankExplorer: two matrices of known rank."""

import torch
from llmcourse.rank_explorer import RankExplorer

from widget_examples import HOSTILE


def example(hostile=False):
    """Two matrices; with hostile=True their names are HOSTILE."""
    generator = torch.Generator().manual_seed(0)
    low = torch.randn(12, 3, generator=generator) @ torch.randn(3, 8, generator=generator)
    name = HOSTILE if hostile else "layers.0.q_proj"
    explorer = RankExplorer({name: low, f"{name}.o": torch.randn(70, 9, generator=generator)}, rank=2)
    if hostile:
        explorer.error = HOSTILE
    return explorer
