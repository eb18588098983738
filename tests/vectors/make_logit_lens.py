"""Bytes of LogitLens with what is in them: what lens_columns.py packs, static/lens_data.js must read.

python tests/vectors/make_logit_lens.py
"""

import base64
import json
from pathlib import Path

import torch
from llmcourse.lens_columns import pack_columns, pack_track, read_column

PATH = Path(__file__).with_name("logit_lens.json")
LOGITS = [
    [[0.0, 1.0, 2.0, -1.0], [3.0, 0.5, 0.0, 0.25], [0.0, 0.0, 4.0, 1.0]],
    [[1.0, 1.5, -2.0, 0.0], [0.0, 2.0, 1.0, -1.0], [2.0, 1.0, 0.0, -3.0]],
]


def make_vectors():
    columns = [read_column(torch.tensor(logits)) for logits in LOGITS]
    track = pack_track(7, 1, 3, columns[1].followed_probs[0], columns[1].followed_ranks[0])
    names = ["ids", "probs", "entropy", "divergence", "rank", "followed", "followed_probs", "followed_ranks"]
    return {
        "lens": base64.b64encode(pack_columns(columns, 7)).decode(),
        "track": base64.b64encode(track).decode(),
        "columns": [
            {name: [round(float(value), 5) for value in getattr(column, name).ravel()] for name in names}
            for column in columns
        ],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(make_vectors(), indent=1) + "\n", encoding="utf-8")
