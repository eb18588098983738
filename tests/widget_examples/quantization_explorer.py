"""A small QuantizationExplorer; the hostile one has a hostile name."""

import torch
from llmcourse import QuantizationExplorer

from widget_examples import HOSTILE

POINTS = [
    {"method": "none", "bits": 32, "group": "", "clip": 0.0, "bits_per_weight": 32.0, "perplexity": 20.0},
    {"method": "absmax", "bits": 4, "group": "32", "clip": 0.0, "bits_per_weight": 4.5, "perplexity": 26.5},
    {"method": "zeropoint", "bits": 3, "group": "32", "clip": 0.01, "bits_per_weight": 3.59375, "perplexity": 41.0},
]


def example(hostile=False):
    """24 × 64 random weights with one outlier, and three measured points."""
    weights = torch.randn(24, 64, generator=torch.Generator().manual_seed(0)) * 0.1
    weights[3, 5] = 1.5
    name = HOSTILE if hostile else "small.weight"
    return QuantizationExplorer(weights, name, perplexity=POINTS, bits=4, group="channel")
