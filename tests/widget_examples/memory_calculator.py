"""MemoryCalculator: a model of one's own, trained with 4-bit weights beside LoRA adapters."""

from dataclasses import replace

from llmcourse import MemoryCalculator
from llmcourse.model_shapes import PRESETS

from . import HOSTILE


def example(hostile=False):
    """The widget; hostile: the model has a hostile title."""
    shape = replace(PRESETS["gpt2"], name="own", title=HOSTILE if hostile else "my model", layers=3)
    return MemoryCalculator(shape, task="lora", weights="nf4", length=100, selected="optimizer")
