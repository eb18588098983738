"""Writes embedding_explorer.json: neighbours and analogies computed by torch, for Python and JavaScript alike.

Run it again with `python tests/vectors/make_embedding_explorer.py` when the cases change.
"""

import json
from pathlib import Path

import numpy as np
import torch

PATH = Path(__file__).with_name("embedding_explorer.json")


def make_vectors():
    """The content of embedding_explorer.json: vectors on a grid of eighths, so that every sum is exact and ties are."""
    rng = np.random.default_rng(7)
    vectors = rng.integers(-16, 17, size=(40, 6)).astype(np.float32) / 8
    vectors[7] = vectors[3]  # a twin: a tie in every metric
    vectors[11] = 2 * vectors[5]  # the same direction, another length
    vectors[20] = 0
    rows = torch.from_numpy(vectors).double()
    queries = {"row 3": rows[3], "the mean": rows.mean(0), "outside": torch.full((6,), 3.0).double()}
    cases = [
        {"name": f"{name}, {metric}", "query": query.tolist(), "metric": metric, **nearest(rows, query, metric)}
        for name, query in queries.items()
        for metric in ("cosine", "euclidean", "dot")
    ]
    analogies = []
    for metric in ("cosine", "euclidean"):
        a, b, c = (torch.nn.functional.normalize(rows[i], dim=0) if metric == "cosine" else rows[i] for i in (1, 2, 3))
        analogies.append({"terms": [1, 2, 3], "metric": metric, "vector": (a - b + c).tolist()})
    halves = np.array([0, 0x8000, 1, 0x03FF, 0x0400, 0x3C00, 0xC123, 0x7BFF], dtype=np.uint16)
    return {
        "made_by": "tests/vectors/make_embedding_explorer.py",
        "width": 6,
        "vectors": vectors.flatten().tolist(),
        "cases": cases,
        "analogies": analogies,
        "halves": {"bits": halves.tolist(), "values": halves.view(np.float16).astype(float).tolist()},
    }


def nearest(rows, query, metric):
    """The ten nearest rows by torch: their numbers and values, of equals the first."""
    if metric == "cosine":
        values = torch.nn.functional.cosine_similarity(rows, query[None])
    elif metric == "euclidean":
        values = torch.cdist(rows, query[None], compute_mode="donot_use_mm_for_euclid_dist")[:, 0]
    else:
        values = rows @ query
    # Rounded first: torch's own rounding must not decide between equals.
    order = (values.round(decimals=12)).sort(descending=metric != "euclidean", stable=True).indices[:10]
    return {"indices": order.tolist(), "values": values[order].tolist()}


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"name"', '\n{"name"')  # a case a line
    PATH.write_text(text + "\n", encoding="utf-8")
