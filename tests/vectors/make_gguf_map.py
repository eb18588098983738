"""Writes gguf_map.json: blocks of GGUF types and the weights that the gguf package makes of them.

Run it when a type is added: python tests/vectors/make_gguf_map.py
"""

import json
from pathlib import Path

import gguf
import numpy as np

TYPES = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q8_0")


def vectors():
    """[{type, bytes (hex), values}] of blocks: quantised noise, all zeros, and any bytes that give finite numbers."""
    numbers, cases = np.random.default_rng(3), []
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        for values in (numbers.standard_normal(32), np.zeros(32), numbers.standard_normal(32) * 1e-6):
            packed = gguf.quants.quantize(values.astype(np.float32)[None], kind).view(np.uint8)
            cases.append(_case(name, kind, packed))
        while len(cases) % 6:
            packed = numbers.integers(0, 256, packed.shape, dtype=np.uint8)
            with np.errstate(all="ignore"):
                case = _case(name, kind, packed)
            if np.isfinite(case["values"]).all():
                cases.append(case)
    return cases


def _case(name, kind, packed):
    data = packed.view({"F32": np.float32, "F16": np.float16}.get(name, np.uint8))
    values = gguf.quants.dequantize(data, kind)[0]
    return {"type": name, "bytes": packed.tobytes().hex(), "values": [float(value) for value in values]}


if __name__ == "__main__":
    text = json.dumps(vectors(), separators=(",", ":")).replace("},{", "},\n{")
    (Path(__file__).parent / "gguf_map.json").write_text(text + "\n", encoding="utf-8")
