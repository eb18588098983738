"""ArchitectureExplorer: GPT-2 beside a small module of one's own, one part selected."""

import torch
from llmcourse import ArchitectureExplorer

from . import HOSTILE


def example(hostile=False):
    """The widget; hostile: the module's parts have hostile names."""
    name = HOSTILE.replace(".", "") if hostile else "layers"  # torch allows no dot in a module's name
    own = torch.nn.Module()
    own.add_module(name, torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(3)))
    return ArchitectureExplorer(own, compare="gpt2", selected=name)
