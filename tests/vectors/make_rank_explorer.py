"""Makes rank_explorer.json: errors, patches and parameter counts, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_rank_explorer.py. The errors are those of matrices that torch rebuilt from its own SVD.
"""

import json
from pathlib import Path

import torch
from llmcourse.low_rank import decompose, lora_parameters, rank_for_energy

PATH = Path(__file__).with_name("rank_explorer.json")


def matrices():
    """{name: float64 matrix} of several kinds."""
    generator = torch.Generator().manual_seed(3)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return {
        "one cell": torch.tensor([[-2.5]], dtype=torch.float64),
        "a row": normal(1, 5),
        "wide": normal(4, 7),
        "tall": normal(7, 3),
        "rank two": normal(6, 2) @ normal(2, 6),
        "zeros": torch.zeros(3, 4, dtype=torch.float64),
        "tiny numbers": normal(3, 3) * 1e-200,
        "larger than shown": normal(66, 2) @ normal(2, 3),
    }


def make_vectors():
    """The content of rank_explorer.json."""
    cases = []
    for name, matrix in matrices().items():
        left, singular, right = torch.linalg.svd(matrix, full_matrices=False)
        one = decompose(matrix)
        ranks = sorted({0, 1, len(singular) // 2, len(singular)})
        rebuilt = {rank: (left[:, :rank] * singular[:rank]) @ right[:rank] for rank in range(len(singular) + 1)}
        scale = float(matrix.abs().max()) or 1.0  # squares of tiny numbers would vanish
        size = float((matrix / scale).norm()) or 1.0
        errors = [float(((matrix - near) / scale).norm()) / size for near in rebuilt.values()]
        cases.append(
            {
                "name": name,
                "singular": one.singular.tolist(),
                "errors": errors,
                "rank_90": rank_for_energy(one.singular, 0.9),
                "rows": len(one.row_places),
                "columns": len(one.column_places),
                "left": one.left.ravel().tolist(),
                "right": one.right.ravel().tolist(),
                "patches": [
                    [rank, rebuilt[rank][one.row_places][:, one.column_places].float().ravel().tolist()]
                    for rank in ranks
                ],
            }
        )
    shapes = [[576, 576, 30], [192, 576, 60], [1536, 576, 1]]
    return {
        "made_by": "tests/vectors/make_rank_explorer.py",
        "cases": cases,
        "shapes": shapes,
        "parameters": [[rank, lora_parameters(shapes, rank)] for rank in (0, 1, 8, 1000)],
    }


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"name"', '\n{"name"')
    PATH.write_text(text + "\n", encoding="utf-8")
