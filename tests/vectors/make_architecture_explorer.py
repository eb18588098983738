"""Makes architecture_explorer.json: what each part weighs and costs, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_architecture_explorer.py. test_architecture_explorer.py checks that the file still holds.
"""

import json
from pathlib import Path

from llmcourse.architecture_parts import model_parts
from llmcourse.model_shapes import PRESETS

PATH = Path(__file__).with_name("architecture_explorer.json")
SIZES = [{"B": 1, "T": 1, "S": 1}, {"B": 8, "T": 2048, "S": 77}]


def make_vectors():
    """The content of architecture_explorer.json: per model and part, the parameters and the cost at each of SIZES."""
    models = []
    for name in ("gpt2", "llama-3-8b", "t5-small"):
        tree = model_parts(PRESETS[name])
        parts = {
            part.key: [part.parameters, *(part.flops_of_token(sizes["T"], sizes["S"]) for sizes in SIZES)]
            for part in every_part(tree)
        }
        models.append({"name": name, "tree": tree.as_dict(), "parts": parts})
    return {"made_by": "tests/vectors/make_architecture_explorer.py", "sizes": SIZES, "models": models}


def every_part(part):
    """A part and all below it."""
    yield part
    for child in part.children:
        yield from every_part(child)


if __name__ == "__main__":
    text = json.dumps(make_vectors(), ensure_ascii=False, separators=(",", ":")).replace('{"name"', '\n{"name"')
    PATH.write_text(text + "\n", encoding="utf-8")
