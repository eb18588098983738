"""A small Llama as an ONNX file, for places without torch: a phone, a browser, a light container."""

import torch
from torch import nn


class NextToken(nn.Module):
    """What the file computes: ids (1, tokens) -> logits of the next token (1, vocabulary); no cache."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        model, place = self.model, torch.arange(ids.shape[1])
        mask = place <= place[:, None]  # spelled out: the exporter must not decide by the length of its example
        rotation = [table[: ids.shape[1]] for table in (model.cos, model.signed_sin)]
        x = model.embed(ids)
        for block in model.blocks:
            x = block(x, rotation, mask=mask)
        return model.head(model.norm(x[:, -1]))


def export_onnx(model, path):
    """Write a `scratch.llama.Llama` to an ONNX file that takes texts of any length; returns the path.

    >>> export_onnx(Llama(config).eval(), "tiny.onnx")                                  # doctest: +SKIP
    """
    import contextlib
    import io
    import logging
    import warnings

    example = torch.zeros(1, 8, dtype=torch.long)
    tokens = torch.export.Dim("tokens", min=2, max=model.config.context - 1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            NextToken(model).eval(),
            (example,),
            str(path),
            input_names=["ids"],
            output_names=["logits"],
            dynamic_shapes={"ids": {1: tokens}},
            external_data=False,
            verbose=False,
        )
    return path


def onnx_greedy(session, ids, count):
    """The next `count` ids by an onnxruntime session of such a file, the likeliest each time."""
    import numpy as np

    ids = list(ids)
    for _ in range(count):
        (logits,) = session.run(None, {"ids": np.array([ids], dtype=np.int64)})
        ids.append(int(logits[0].argmax()))
    return ids[-count:]
