"""A small PreferenceLab: three pairs, earlier battles of three models, one vote."""

import tempfile
from pathlib import Path

from llmcourse.preference_lab import PreferenceLab

from widget_examples import HOSTILE


def example(hostile=False):
    """A lab after one vote; with hostile=True prompts, answers and names are HOSTILE."""
    names = [HOSTILE, HOSTILE + "2", "c"] if hostile else ["greedy", "top-p 0.9", "temperature 1.5"]
    pairs = [
        {
            "prompt": HOSTILE if hostile else f"Question {number}?",
            "a": f"{HOSTILE} {number}" if hostile else "Yes.",
            "b": f"{number} {HOSTILE}" if hostile else "No.",
            "model_a": names[0],
            "model_b": names[1],
            "label": "a",
        }
        for number in range(3)
    ]
    battles = [(names[0], names[1], 1), (names[1], names[2], 1), (names[2], names[0], 1), (names[0], names[2], 0.5)] * 4
    with tempfile.TemporaryDirectory() as folder:
        lab = PreferenceLab(pairs, path=Path(folder) / "votes.jsonl", battles=battles, seed=0)
        lab.vote("left")
    if hostile:
        lab.error = HOSTILE
    return lab
