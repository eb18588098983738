"""Perplexity of a model whose linear layers are rounded on the fly: the model's own weights are never touched."""

import math

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from .tracing import encode

MOST_TOKENS = 512
TEXT = (
    "The lighthouse stood at the end of the harbour wall, and its keeper wrote down every ship that passed. In "
    "the morning the fishing boats went out in a long line; in the evening they came back, low in the water when "
    "the catch was good. He noted the wind, the height of the tide and the colour of the sky, because his father "
    "had done so and his grandfather before him. One winter a storm broke the lamp. For three nights the keeper "
    "burned oil in a copper bowl and turned the mirror by hand, and no ship was lost. When the new lamp came it "
    "was brighter than the old one, and it turned by itself. The keeper still climbed the stairs every night. "
    "Somebody, he said, has to be there when it stops."
)
POINT = {"method": str, "bits": int, "group": str, "clip": float, "bits_per_weight": float, "perplexity": float}


class _RoundedLinear(TorchFunctionMode):
    """While it is on, each linear layer of `layers` computes with `quantize(its weights)`, made for that moment."""

    def __init__(self, layers, quantize, progress):
        super().__init__()
        self._ids, self._quantize, self._progress = {id(layer.weight) for layer in layers}, quantize, progress
        self._done = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is functional.linear and len(args) > 1 and id(args[1]) in self._ids:
            weights = args[1]
            args = (args[0], self._quantize(weights.float()).to(weights.dtype), *args[2:])
            self._done += 1
            if self._progress:
                self._progress(min(self._done / len(self._ids), 1.0))
        return function(*args, **(kwargs or {}))


def linear_layers(model):
    """The linear layers that quantization rounds: {name: module}, all but the output matrix, which stays as it is.

    >>> len(linear_layers(model))                                              # doctest: +SKIP
    210
    """
    output = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not output
    }


def perplexity(model, tokenizer, text, quantize=None, progress=None):
    """How surprised the model is by each token of `text`, on average: exp of the mean loss.

    quantize: what rounds a weight matrix, float32 in and out, for each linear layer while it computes; without it the
    model runs as it is. progress: called with the share of the layers done. Only the first 512 tokens count. An
    interrupt leaves the model as it was: nothing in it is ever written. Raises ValueError for a text of fewer than two
    tokens and for a loss that is not finite.

    >>> perplexity(model, tokenizer, "The cat sat on the mat.")                # doctest: +SKIP
    """
    ids = encode(tokenizer, text)[1][:MOST_TOKENS]
    if len(ids) < 2:
        raise ValueError("text must have at least two tokens: the first has nothing before it to be guessed from.")
    batch = torch.tensor([ids], device=model.device)
    with torch.inference_mode():
        if quantize is None:
            logits = model(batch, use_cache=False).logits
        else:
            with _RoundedLinear(linear_layers(model).values(), quantize, progress):
                logits = model(batch, use_cache=False).logits
        loss = functional.cross_entropy(logits[0, :-1].float(), batch[0, 1:]).item()
    if not loss < 700:  # exp would overflow; NaN fails too
        raise ValueError("the rounded model gives no finite loss on this text: these settings destroy it.")
    return math.exp(loss)


def point_of(*values):
    """A measured point as a dict with the keys of POINT, in their order.

    >>> point_of("absmax", 4, "32", 0.0, 4.5, 36.4)["bits_per_weight"]
    4.5
    """
    return dict(zip(POINT, values, strict=True))


def checked_points(points):
    """Points measured before, as point_of makes them; None gives none. Raises ValueError for anything else.

    >>> checked_points(None)
    []
    """
    checked = []
    for point in points or []:
        if not isinstance(point, dict) or set(point) != set(POINT):
            raise ValueError(
                f"perplexity must be a list of points, dicts with {', '.join(POINT)}; got {str(point)[:60]}."
            )
        checked.append({key: kind(point[key]) for key, kind in POINT.items()})
    if any(not math.isfinite(value) for point in checked for value in point.values() if isinstance(value, float)):
        raise ValueError("perplexity must hold finite numbers only.")
    return checked
