"""Makes sampling.json: what transformers' logits processors keep, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_sampling.py. test_sampling_explorer.py checks that the file still says the same.
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from llmcourse.shared_random import seeded_uniform
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

PATH = Path(__file__).with_name("sampling.json")
OFF = {"repetition_penalty": 1.0, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "typical_p": 1.0}
PROCESSORS = {
    "repetition_penalty": RepetitionPenaltyLogitsProcessor,
    "temperature": TemperatureLogitsWarper,
    "top_k": TopKLogitsWarper,
    "top_p": TopPLogitsWarper,
    "min_p": MinPLogitsWarper,
    "typical_p": TypicalLogitsWarper,
}
WHOLE = {"size": 49_152, "seed": 7, "scale": 3.0}
SHARP = {"size": 49_152, "seed": 8, "scale": 12.0}
COARSE = {"size": 1_000, "seed": 9, "scale": 4.0, "grid": 0.5}
IDS = [3, 1, 4, 1, 5, 9, 2, 6]
CASES = {
    "all off": ({"size": 1_000, "seed": 1, "scale": 4.0}, {}),
    "temperature below 1": (WHOLE, {"temperature": 0.7}),
    "temperature above 1, nucleus": (WHOLE, {"temperature": 2.0, "top_p": 0.9}),
    "top-k": (WHOLE, {"top_k": 50}),
    "top-k larger than the vocabulary": ([1.0, 2.0, 3.0], {"top_k": 10}),
    "top-k with ties at its edge": ([2.0, 1.0, 3.0, 1.0, 1.0, 0.0], {"top_k": 3}),
    "nucleus of one": ([9.0, 1.0, 0.0], {"top_p": 0.1}),
    "nucleus, peaked": (SHARP, {"top_p": 0.95}),
    "nucleus, flat": ([0.0] * 10, {"top_p": 0.65}),
    "nucleus with ties at its edge": (COARSE, {"top_p": 0.9}),
    "min-p": (WHOLE, {"min_p": 0.02}),
    "min-p, peaked": (SHARP, {"min_p": 0.02}),
    "typical removes the likeliest": ([4.0, 2.0, 1.9, 1.8, 1.7, 1.0, 0.5], {"typical_p": 0.3}),
    "typical over the vocabulary": (WHOLE, {"typical_p": 0.5}),
    "typical with ties": (COARSE, {"typical_p": 0.7}),
    "repetition penalty": (WHOLE, {"repetition_penalty": 1.3, "top_k": 200}),
    "repetition penalty below 1": (COARSE, {"repetition_penalty": 0.5, "top_p": 0.8}),
    "all rules": (
        WHOLE,
        {
            "repetition_penalty": 1.2,
            "temperature": 1.4,
            "top_k": 20_000,
            "top_p": 0.97,
            "min_p": 0.002,
            "typical_p": 0.9,
        },
    ),
    "some tokens ruled out by the model": ([1.0, "-inf", 2.0, "-inf", 0.5], {"top_p": 0.9, "temperature": 1.5}),
}


def make_logits(recipe):
    """Logits (vocab,) float32 of a list, or of a recipe that Python and JavaScript follow to the same bits."""
    if isinstance(recipe, list):
        return torch.tensor([float(logit) for logit in recipe])
    total = sum(seeded_uniform(recipe["seed"], step, recipe["size"]) for step in range(6))
    logits = recipe["scale"] * (total - 3)
    if "grid" in recipe:
        logits = np.floor(logits / recipe["grid"]) * recipe["grid"]
    return torch.from_numpy(logits.astype(np.float32))


def kept_by_transformers(logits, settings):
    """What `generate` would draw from: (kept, probabilities), both (vocab,)."""
    ids, scores = torch.tensor([IDS]), logits[None]
    uncut = scores
    for name, processor in PROCESSORS.items():
        if settings[name] != OFF[name]:
            scores = processor(settings[name])(ids, scores)
            if name in ("repetition_penalty", "temperature"):
                uncut = scores
    kept, probs = scores[0] > -torch.inf, scores[0].softmax(-1)
    # Of equal tokens at the edge of a nucleus, transformers keeps what its unstable sort puts last. As many of them
    # stay here, always those with the highest ids, so that the file does not depend on the machine.
    edge = (uncut[0] == uncut[0][kept].min()).nonzero().flatten()
    some, share = int(kept[edge].sum()), probs[edge].max()
    kept[edge], probs[edge] = False, 0.0
    kept[edge[len(edge) - some :]], probs[edge[len(edge) - some :]] = True, share
    return kept, probs


def make_vectors():
    """The content of sampling.json."""
    cases = []
    for name, (recipe, changes) in CASES.items():
        settings = {**OFF, **changes}
        logits = make_logits(recipe)
        kept, probs = kept_by_transformers(logits, settings)
        ranked = probs.argsort(descending=True, stable=True)[: int(kept.sum())].tolist()
        shown = ranked[:20] + ranked[20:][-5:]
        cases.append(
            {
                "name": name,
                "logits": recipe,
                "settings": settings,
                "kept_count": int(kept.sum()),
                "kept": base64.b64encode(np.packbits(kept.numpy()).tobytes()).decode(),  # one bit an id
                "probabilities": [[number, float(probs[number])] for number in shown],
            }
        )
    uniform = [
        [seed, step, float(number)]
        for seed in (0, 1, 2**32 - 1)
        for step in (0, 7)
        for number in seeded_uniform(seed, step, 3)[2:]
    ]
    return {"made_by": "tests/vectors/make_sampling.py", "ids": IDS, "third_uniform": uniform, "cases": cases}


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"name"', '\n{"name"')  # a case a line
    PATH.write_text(text + "\n", encoding="utf-8")
