"""LoRA from scratch: a frozen linear layer with a trained low-rank update beside it. DoRA is the same with a length.

Follows Hu et al. 2021 (arXiv:2106.09685) and Liu et al. 2024 (arXiv:2402.09353). Outputs and gradients equal PEFT's
with the same weights. Adapters are stored by adapters.py.
"""

import math

import torch
from torch import nn

TARGETS = ("q_proj", "v_proj")  # the two of the paper


class LoRALinear(nn.Module):
    """A linear layer whose weights W stay frozen while a low-rank update learns: W + (alpha / rank) · B A.

    base: the layer to adapt (nn.Linear, or anything with `weight`, `in_features` and `out_features` that is called
        like one, such as a quantized layer). rank: the width r of the bottleneck, 1 or more. alpha: how strongly the
        update counts. dropout: the share of the update's inputs dropped in training.
        dora: learn the length of each output's weights beside their direction.
    A: (rank, in_features), begins random; B: (out_features, rank), begins zero, so that at first nothing changes.

    >>> layer = LoRALinear(nn.Linear(64, 32), rank=4)
    >>> sum(weights.numel() for weights in layer.parameters() if weights.requires_grad)
    384
    """

    def __init__(self, base, rank=8, alpha=16, dropout=0.0, dora=False):
        super().__init__()
        if not isinstance(rank, int) or rank < 1:
            raise ValueError(f"rank must be a whole number, 1 or more; got {rank!r}.")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1; got {dropout!r}.")
        self.base, self.rank, self.scale = base, rank, alpha / rank
        where = {"device": _dense(base).device, "dtype": torch.float32}  # the update learns in full precision
        self.A = nn.Parameter(torch.empty(rank, base.in_features, **where))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank, **where))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.dropout = nn.Dropout(dropout)
        self.merged = False
        self.length = None
        for weights in base.parameters():
            weights.requires_grad = False
        if dora:
            self.length = nn.Parameter(_dense(base).norm(dim=1).float())

    def update(self):
        """What is added to the weights: (out_features, in_features), in float32."""
        return self.scale * self.B @ self.A

    def forward(self, x):
        """(…, in_features) to (…, out_features), in the type of the base layer's result."""
        straight = self.base(x)
        if self.merged:
            return straight
        inputs = self.dropout(x.to(self.A.dtype))
        detour = self.scale * (inputs @ self.A.T @ self.B.T)
        if self.length is None:
            return straight + detour.to(straight.dtype)
        stretch = self.stretch()
        if self.training and self.dropout.p:  # the correction of the frozen weights sees the thinned inputs too
            product = nn.functional.linear(inputs, _dense(self.base).to(inputs.dtype))
        else:
            bias = getattr(self.base, "bias", None)
            product = straight if bias is None else straight - bias
        return straight + ((stretch - 1) * product + stretch * detour).to(straight.dtype)

    def stretch(self):
        """How much DoRA stretches each output's weights: (out_features,).

        The norm counts as a constant in the gradient (section 4.3 of the paper), which saves memory.
        """
        return self.length / (_dense(self.base) + self.update()).norm(dim=1).detach()

    @torch.no_grad()
    def merge(self):
        """Add the update to the frozen weights, so that the layer costs no more than before.

        A quantized base is replaced by a plain layer that holds the sum. `unmerge` undoes it.
        """
        if self.merged:
            return self
        dense = _dense(self.base)
        whole = dense.float() + self.update()
        if self.length is not None:
            whole = self.stretch()[:, None] * whole
        self._before, self.merged = self.base, True
        self.base = nn.Linear(self.base.in_features, self.base.out_features, bias=False, device="meta")
        self.base.weight = nn.Parameter(whole.to(dense.dtype), requires_grad=False)
        self.base.bias = self._before.bias
        return self

    def unmerge(self):
        """Give the frozen weights back, bit for bit."""
        if self.merged:
            self.base, self.merged = self._before, False
            del self._before
        return self


def _dense(base):
    """The weights of a layer as numbers: (out_features, in_features); a quantized layer offers `dequantize()`."""
    return base.dequantize() if hasattr(base, "dequantize") else base.weight


def add_lora(model, rank=8, alpha=16, targets=TARGETS, dropout=0.0, dora=False, seed=0):
    """Freeze a model, put a `LoRALinear` in the place of each target layer, and return the model.

    targets: the last parts of layers' names. seed: of the random A. Raises ValueError where no layer has such a name.

    >>> model = nn.ModuleDict({"q_proj": nn.Linear(8, 8), "up_proj": nn.Linear(8, 16)})
    >>> [type(layer).__name__ for layer in add_lora(model, rank=2).values()]
    ['LoRALinear', 'Linear']
    """
    targets = (targets,) if isinstance(targets, str) else tuple(targets)
    found = [name for name, layer in model.named_modules() if _is_target(name, layer, targets)]
    if not found:
        linear = {name.rpartition(".")[2] for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}
        raise ValueError(f"targets must name layers of the model, such as {sorted(linear)[:8]}; got {list(targets)}.")
    for weights in model.parameters():
        weights.requires_grad = False
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in found:
            parent, _, last = name.rpartition(".")
            owner = model.get_submodule(parent)
            layer = LoRALinear(getattr(owner, last), rank, alpha, dropout, dora)
            setattr(owner, last, layer.train(model.training))
    return model


def lora_layers(model):
    """{name: LoRALinear} of a model, in its order."""
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, LoRALinear)}


def trainable(model):
    """(trained, all): how many parameters learn, and how many there are."""
    counts = [(weights.numel(), weights.requires_grad) for weights in model.parameters()]
    return sum(count for count, learns in counts if learns), sum(count for count, _ in counts)


def merge_lora(model):
    """Add every update to its weights and put the plain layers back; returns the model, which no longer learns."""
    for name, layer in lora_layers(model).items():
        _put(model, name, layer.merge().base)
    return model


def remove_lora(model):
    """Put the plain layers back as they were before `add_lora`, bit for bit; returns the model."""
    for name, layer in lora_layers(model).items():
        _put(model, name, layer.unmerge().base)
    return model


def _is_target(name, layer, targets):
    last = name.rpartition(".")[2]
    return last in targets and hasattr(layer, "in_features") and not isinstance(layer, LoRALinear)


def _put(model, name, layer):
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, layer)
