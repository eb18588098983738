"""Makes memory_calculator.json: the memory formulas with their numbers, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_memory_calculator.py. test_memory_calculator.py checks that the file still holds.
"""

import json
from itertools import product
from pathlib import Path

from llmcourse.memory_formulas import ATTENTION, CACHES, OPTIMIZERS, TASKS, WEIGHTS, memory_parts, sizes_of
from llmcourse.model_shapes import PRESETS

PATH = Path(__file__).with_name("memory_calculator.json")
USUAL = {
    "task": "run",
    "weights": "bf16",
    "cache": "bf16",
    "attention": "flash",
    "optimizer": "adamw",
    "batch": 1,
    "length": 1024,
    "rank": 16,
    "checkpointing": False,
}


def make_vectors():
    """The content of memory_calculator.json: sizes of models, and the parts for many settings."""
    models = {name: sizes_of(PRESETS[name]) for name in ("smollm2-135m", "gpt2", "llama-3-8b")}
    choices = list(product(TASKS, WEIGHTS, ATTENTION, OPTIMIZERS))
    cases = []
    for number, (task, weights, attention, optimizer) in enumerate(choices):
        settings = USUAL | {
            "task": task,
            "weights": weights,
            "attention": attention,
            "optimizer": optimizer,
            "cache": list(CACHES)[number % 3],
            "batch": [1, 3, 64, 4096][number % 4],
            "length": [1, 77, 2048, 131_072][number // 2 % 4],
            "rank": [1, 16, 255][number % 3],
            "checkpointing": number % 5 < 2,
        }
        name = list(models)[number % 3]
        cases.append({"model": name, "settings": settings, "parts": memory_parts(models[name], settings)})
    return {"made_by": "tests/vectors/make_memory_calculator.py", "models": models, "cases": cases}


if __name__ == "__main__":
    text = json.dumps(make_vectors(), separators=(",", ":")).replace('{"model"', '\n{"model"')
    PATH.write_text(text + "\n", encoding="utf-8")
