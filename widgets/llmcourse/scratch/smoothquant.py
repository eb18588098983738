"""SmoothQuant: move the outliers of the activations into the weights, where 8 bits can bear them.

Xiao et al. 2022 (https://arxiv.org/abs/2211.10438). A linear layer computes x @ W.T. Dividing feature j of x by s_j and
multiplying column j of W by it changes nothing, and s_j = max|x_j|^alpha / max|W_j|^(1 - alpha) shares the difficulty
out. The division is folded into what makes x: the norm before q, k, v and before gate, up; the rows of up before down.
The input of o_proj stays as it is: with grouped-query attention several of its features share one row of v.
"""

from contextlib import contextmanager

import torch

from ..memory_release import release_memory
from ..quantized_perplexity import MOST_TOKENS, linear_layers
from ..tracing import encode

SMALLEST = 1e-5  # of a maximum: a feature that never fires gives a factor all the same


@torch.inference_mode()
def input_maxima(model, tokenizer, text):
    """The calibration: the largest magnitude of each input feature of each linear layer on `text`.

    Returns {name of the layer: (features,) float32}. The first 512 tokens count.

    >>> input_maxima(model, tokenizer, "Some text.")["model.layers.0.mlp.down_proj"].shape     # doctest: +SKIP
    torch.Size([1536])
    """
    maxima = {}

    def note(name):
        def hook(layer, inputs):
            maxima[name] = inputs[0].detach().abs().reshape(-1, inputs[0].shape[-1]).amax(0).float()

        return hook

    hooks = [layer.register_forward_pre_hook(note(name)) for name, layer in linear_layers(model).items()]
    try:
        model(torch.tensor([encode(tokenizer, text)[1][:MOST_TOKENS]], device=model.device), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return maxima


def factors(inputs, weights, alpha=0.5):
    """What each feature of x is divided by, and its column of W multiplied by: (features,) > 0.

    inputs, weights: the largest magnitude of each feature of x, and of each column of W. alpha: at 1
    every feature of x ends with the maximum 1 and the weights bear it all; at 0 it is the other way round. Raises
    ValueError for an alpha outside 0 to 1.

    >>> factors(torch.tensor([100.0, 1.0]), torch.tensor([1.0, 1.0])).tolist()
    [10.0, 1.0]
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie from 0 to 1; got {alpha}.")
    return inputs.clamp(min=SMALLEST) ** alpha / weights.clamp(min=SMALLEST) ** (1 - alpha)


@contextmanager
def smoothed(model, maxima, alpha=0.5):
    """While it is on, a Llama-like model is smoothed: the same function, with tamer activations.

    maxima: what `input_maxima` gave. On leaving, the model has its own weights again, bit for bit.

    >>> with smoothed(model, input_maxima(model, tokenizer, text), alpha=0.5):  # doctest: +SKIP
    ...     perplexity(model, tokenizer, text)
    """
    kept = []

    def put(module, weight):
        kept.append((module, module.weight.data))
        module.weight.data = weight

    def fold(before, layers, seen):
        columns = torch.stack([layer.weight.detach().abs().amax(0) for layer in layers]).amax(0)
        factor = factors(seen.to(columns), columns, alpha)
        weight = before.weight.data
        put(before, weight / (factor[:, None] if weight.ndim == 2 else factor))
        for layer in layers:
            put(layer, layer.weight.data * factor)

    try:
        with torch.no_grad():
            for number, block in enumerate(model.model.layers):
                attention, mlp, name = block.self_attn, block.mlp, f"model.layers.{number}"
                readers = [attention.q_proj, attention.k_proj, attention.v_proj]
                fold(block.input_layernorm, readers, maxima[f"{name}.self_attn.q_proj"])
                fold(block.post_attention_layernorm, [mlp.gate_proj, mlp.up_proj], maxima[f"{name}.mlp.up_proj"])
                fold(mlp.up_proj, [mlp.down_proj], maxima[f"{name}.mlp.down_proj"])
        yield model
    finally:
        for module, weight in reversed(kept):
            module.weight.data = weight
        kept.clear()
        release_memory(collect=False)
