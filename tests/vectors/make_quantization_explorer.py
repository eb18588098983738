"""Writes quantization_explorer.json: weights, settings, and what scratch/quantize.py makes of them.

The restored weights stand there as the SHA-256 of their float32 bytes, so that not one bit may differ in JavaScript.
Run it after a change of the arithmetic: python tests/vectors/make_quantization_explorer.py
"""

import hashlib
import json
import random
from pathlib import Path

import torch
from llmcourse import QuantizationExplorer

ROWS, COLUMNS = 4, 96


def matrices():
    """Named matrices of 4 × 96: noise with outliers, small, tiny, large, one-sided, equal, zero."""
    numbers = random.Random(8)
    noise = torch.tensor([numbers.gauss(0, 0.1) for _ in range(ROWS * COLUMNS)]).reshape(ROWS, COLUMNS)
    spiked = noise.clone()
    spiked[1, 7], spiked[3, 50] = 4.0, -6.5
    return {
        "spiked": spiked,
        "small": noise * 1e-3,
        "tiny": noise * 1e-6,
        "large": noise * 1e5,
        "positive": noise.abs() + 0.5,
        "negative": -noise.abs() - 0.5,
        "equal": torch.full((ROWS, COLUMNS), 0.3),
        "zero": torch.zeros(ROWS, COLUMNS),
    }


def vectors():
    """{matrices: {name: [float]}, cases: [settings, sha256 of the restored weights, errors, bits a weight]}."""
    numbers, cases = random.Random(9), []
    for name, weights in matrices().items():
        explorer = QuantizationExplorer(weights, name)
        for method in ("absmax", "zeropoint"):
            for group in ("tensor", "channel", "32", "16"):
                explorer.method, explorer.group, explorer.bits = method, group, numbers.randint(2, 8)
                explorer.clip = numbers.choice([0.0, 0.01, 0.1])
                explorer.outlier, explorer.row = numbers.choice([0.0, 0.0, 7.5]), numbers.randrange(ROWS)
                errors = explorer.errors()
                cases.append(
                    {
                        "matrix": name,
                        "deviation": explorer.deviation,
                        **{
                            key: getattr(explorer, key) for key in ("method", "group", "bits", "clip", "outlier", "row")
                        },
                        "sha256": hashlib.sha256(explorer.restored.numpy().tobytes()).hexdigest(),
                        "errors": [errors["rmse"], errors["relative"], errors["largest"]],
                        "bits_per_weight": explorer.quantized.bits_per_weight,
                    }
                )
    kept = {name: [float(value) for value in weights.flatten()] for name, weights in matrices().items()}
    return {"columns": COLUMNS, "matrices": kept, "cases": cases}


if __name__ == "__main__":
    text = json.dumps(vectors(), separators=(",", ":")).replace("},{", "},\n{").replace("],", "],\n")
    (Path(__file__).parent / "quantization_explorer.json").write_text(text + "\n", encoding="utf-8")
