"""A model that computes with rounded numbers for a while: its linear layers are exchanged, and put back untouched.

Nothing is written into the model's own weights, so leaving the `with` block restores it bit for bit, also after an
interrupt. Simulated ("fake") quantization: numbers are rounded to what a format can hold and computed with in float32,
as torch's fake_quantize does; what is measured is the rounding, not the speed.
"""

from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional

from ..memory_release import release_memory
from ..quantized_perplexity import MOST_TOKENS, linear_layers
from ..tracing import encode


class RoundedLinear(nn.Module):
    """A linear layer that rounds its weights once and its inputs at every call.

    layer: the nn.Linear to take the weights from; it is not changed. weights, inputs: float tensor in, float tensor of
    the same shape out; None leaves them as they are.

    >>> layer = nn.Linear(2, 1, bias=False)
    >>> layer.weight.data = torch.tensor([[0.4, 1.6]])
    >>> RoundedLinear(layer, weights=torch.round)(torch.tensor([1.0, 1.0])).tolist()
    [2.0]
    """

    def __init__(self, layer, weights=None, inputs=None):
        super().__init__()
        weight = layer.weight.detach()
        self.weight = weight if weights is None else weights(weight.float()).to(weight.dtype)
        self.bias, self.inputs = layer.bias, inputs

    def forward(self, x):
        """x: (…, inputs) -> (…, outputs)."""
        return functional.linear(x if self.inputs is None else self.inputs(x), self.weight, self.bias)


@contextmanager
def replaced(model, make, names=""):
    """While it is on, each linear layer of `model` but the output matrix is `make(layer)`.

    make: nn.Linear in, a module of the same shapes out. names: only the layers whose name ends in it, such as
    "down_proj" (all by default). Raises ValueError where no layer does.

    >>> with replaced(model, lambda layer: RoundedLinear(layer, torch.round)):  # doctest: +SKIP
    ...     perplexity(model, tokenizer, text)
    """
    chosen = {name: layer for name, layer in linear_layers(model).items() if name.endswith(names)}
    if not chosen:
        raise ValueError(f"names must end a linear layer's name, such as 'down_proj'; no layer ends in {names!r}.")
    try:
        with torch.no_grad():
            for name, layer in chosen.items():
                model.set_submodule(name, make(layer))
        release_memory(collect=False)  # what the making left behind
        yield model
    finally:
        for name, layer in chosen.items():
            model.set_submodule(name, layer)
        release_memory(collect=False)


def rounded(model, weights=None, inputs=None, names=""):
    """`replaced` with RoundedLinear: the model with its weights, or the inputs of its linear layers, rounded.

    >>> with rounded(model, weights=torch.Tensor.bfloat16):                     # doctest: +SKIP
    ...     perplexity(model, tokenizer, text)
    """
    return replaced(model, lambda layer: RoundedLinear(layer, weights, inputs), names)


@torch.inference_mode()
def output_errors(model, tokenizer, text, make):
    """How far each linear layer's output is off when `make(layer)` computes it from the same, exact input.

    Returns {name of the layer: |theirs - ours| / |ours|}, Euclidean lengths over all tokens of `text` (at most 512).

    >>> output_errors(model, tokenizer, "Some text.", Int8Linear)["model.layers.0.mlp.down_proj"]   # doctest: +SKIP
    0.01
    """
    errors = {}

    def compare(name):
        def hook(layer, inputs, output):
            errors[name] = ((make(layer)(inputs[0]) - output).norm() / output.norm()).item()

        return hook

    hooks = [layer.register_forward_hook(compare(name)) for name, layer in linear_layers(model).items()]
    try:
        model(torch.tensor([encode(tokenizer, text)[1][:MOST_TOKENS]], device=model.device), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return errors
