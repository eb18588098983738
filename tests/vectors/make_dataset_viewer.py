"""Makes dataset_viewer.json: packed examples with what the page must read in them.

Run: python tests/vectors/make_dataset_viewer.py. test_dataset_viewer.py checks that the file still says the same.
"""

import json
from pathlib import Path

from llmcourse.dataset_packing import pack_block, pack_index, pack_titles
from llmcourse.loss_mask import IGNORED, PROBLEMS, MaskedExample

PATH = Path(__file__).with_name("dataset_viewer.json")


def make_examples():
    """Three examples: hostile text in several roles, one cut off, one without a token."""
    tokens = ["<|s|>", "</script>", "é", "<0x8a>", "🎉", "\x00", "<pad>"]
    first = MaskedExample(
        text="".join(tokens),
        tokens=tokens,
        ids=[1, 70_000, 3, 4, 5, 6, 4_000_000_000],
        labels=[IGNORED, IGNORED, IGNORED, 4, 5, 6, IGNORED],
        roles=["template", "user", "system", "assistant", "assistant", "tool", "other"],
        special=[True, False, False, False, False, False, True],
        padding=[False] * 6 + [True],
        kept=5,
        problems=("truncated answer",),
    )
    nothing = MaskedExample("", [], [], [], [], [], [], 0, ("no trained token",))
    return [first, nothing, MaskedExample(**{**vars(first), "kept": 7, "problems": ("duplicate",)})]


def make_vectors():
    """The content of dataset_viewer.json."""
    examples = make_examples()
    return {
        "made_by": "tests/vectors/make_dataset_viewer.py",
        "index": pack_index(examples, {2: 0}).hex(),
        "titles": pack_titles(examples).hex(),
        "block": pack_block(20, examples).hex(),
        "problem_names": list(PROBLEMS),
        "examples": [
            {
                "tokens": one.tokens,
                "ids": one.ids,
                "trained": [label != IGNORED for label in one.labels],
                "special": one.special,
                "padding": one.padding,
                "cut": [place >= one.kept for place in range(len(one.ids))],
                "row": {"kept": one.kept, "trained": one.trained, "cut": len(one.ids) - one.kept, "original": original},
                "problems": list(one.problems),
            }
            for one, original in zip(examples, (0, 1, 0), strict=True)
        ],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(make_vectors(), indent=1) + "\n", encoding="utf-8")
