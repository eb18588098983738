"""A small GGUF file of many types, and GGUFMap on it; the hostile one has hostile names and texts."""

import tempfile
from pathlib import Path

import gguf
import numpy as np
from llmcourse import GGUFMap

from widget_examples import HOSTILE


def write_example(path, word=""):
    """Write a file of a few kilobytes whose names and texts end in `word`."""
    numbers, writer = np.random.default_rng(0), gguf.GGUFWriter(path, "llama" + word)
    writer.add_name("A small file" + word)
    writer.add_block_count(1)
    writer.add_token_list(["<s>" + word, "the", "\x00", "مرحبا"])
    writer.add_array("small.numbers", [0.5, -1.5])
    for kind in ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q8_0"):
        of = gguf.GGMLQuantizationType[kind]
        values = numbers.standard_normal((3, 96)).astype(np.float32)
        writer.add_tensor(f"{kind.lower()}.weight{word}", gguf.quants.quantize(values, of), raw_dtype=of)
    for kind in ("Q4_K", "Q6_K", "IQ4_NL", "Q8_K"):
        of = gguf.GGMLQuantizationType[kind]
        weights, size = gguf.constants.GGML_QUANT_SIZES[of]
        writer.add_tensor(
            f"{kind.lower()}.weight{word}", numbers.integers(0, 60, (2, 2 * size), dtype=np.uint8), raw_dtype=of
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def example(hostile=False):
    """GGUFMap of that file, which is read and then gone from the disk."""
    with tempfile.TemporaryDirectory() as folder:
        return GGUFMap(write_example(Path(folder) / "small.gguf", HOSTILE if hostile else ""))
