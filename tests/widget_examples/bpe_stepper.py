"""A small BPEStepper."""

from llmcourse import BPEStepper

from . import HOSTILE


def example(hostile=False):
    return BPEStepper(HOSTILE if hostile else "low low low lower newest newest widest", merges=20, step=3, selected=1)
