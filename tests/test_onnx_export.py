"""scratch/onnx_export: the file gives the model's own logits and texts in onnxruntime."""

import numpy as np
import torch
from llmcourse.scratch.llama import Llama
from llmcourse.scratch.llama_files import LlamaConfig
from llmcourse.scratch.onnx_export import export_onnx, onnx_greedy


def test_an_exported_llama_writes_the_same(tmp_path):
    import onnxruntime

    torch.manual_seed(0)
    model = Llama(LlamaConfig(30, 16, 2, 4, 2, 4, 32, context=64)).eval()
    path = export_onnx(model, tmp_path / "tiny.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for length in (3, 11):
        ids = torch.randint(30, (1, length), generator=torch.Generator().manual_seed(length))
        with torch.inference_mode():
            ours = model(ids)[:, -1].numpy()
        assert np.abs(session.run(None, {"ids": ids.numpy()})[0] - ours).max() < 1e-5
    wanted = model.generate(torch.tensor([[1, 2, 3]]), max_tokens=8)[0].tolist()
    assert onnx_greedy(session, [1, 2, 3], 8) == wanted
