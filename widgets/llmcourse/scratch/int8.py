"""LLM.int8(): 8-bit matrix products for weights and activations, with the few outlier features kept in floats.

Dettmers et al. 2022 (https://arxiv.org/abs/2208.07339). Vector-wise quantization: a scale for each token (row of x) and
each output (row of the weights), so that the integer result is multiplied by one scale a row and one a column. As
bitsandbytes does, outlier columns are found anew in each call, and their weights are read back from the 8-bit codes.
"""

from functools import reduce

import torch
from torch import nn

LARGEST = 127
EXACT = 1040  # 1,040 products of 127 × 127 stay below 2^24, up to which float32 holds every whole number


def quantize_rows(x):
    """Each row with a scale of its own: (codes int8, scale float32 (…, 1)). A row of zeros keeps scale 0.

    x: (…, features), floats. The largest magnitude of a row becomes ±127.

    >>> quantize_rows(torch.tensor([[0.5, -2.0], [0.0, 0.0]]))[0].tolist()
    [[32, -127], [0, 0]]
    """
    scale = x.float().abs().amax(-1, keepdim=True) / LARGEST
    codes = (x / torch.where(scale > 0, scale, 1)).round_().clamp_(-LARGEST, LARGEST)
    return codes.to(torch.int8), scale


def quantize_tensor(x):
    """All of x with one scale, as `quantize_rows` does for each row: (codes int8, scale float32, one number)."""
    codes, scale = quantize_rows(x.reshape(1, -1))
    return codes.reshape(x.shape), scale


def int8_matmul(a, b):
    """a @ b.T of two int8 matrices, (m, k) and (n, k) -> (m, n) int32: the exact integers of torch._int_mm.

    On a CPU without 8-bit instructions torch._int_mm is slow, so this multiplies pieces in float32, each small enough
    that no sum is rounded. Raises TypeError unless both are int8.

    >>> int8_matmul(torch.tensor([[100, 27]], dtype=torch.int8), torch.tensor([[100, -1]], dtype=torch.int8)).tolist()
    [[9973]]
    """
    if a.dtype != torch.int8 or b.dtype != torch.int8:
        raise TypeError(f"a and b must be int8; got {a.dtype} and {b.dtype}.")
    if a.is_cuda and len(a) > 16:  # fewer rows are refused there
        return torch._int_mm(a, b.T)
    pieces = zip(a.split(EXACT, 1), b.split(EXACT, 1), strict=True)
    return reduce(torch.Tensor.add_, ((left.float() @ right.float().T).int() for left, right in pieces))


def outlier_columns(x, threshold=6.0):
    """Which features exceed the threshold in some token: (features,) bool.

    >>> outlier_columns(torch.tensor([[1.0, -7.0], [2.0, 0.0]])).tolist()
    [False, True]
    """
    return x.abs().reshape(-1, x.shape[-1]).amax(0) >= threshold


class Int8Linear(nn.Module):
    """A linear layer with 8-bit weights: 8-bit inputs too, but for the columns that hold an outlier.

    layer: the nn.Linear to take the weights from; it is not changed. threshold: a feature with a magnitude of at least
    this in any token is an outlier, 6.0 in the paper; torch.inf keeps none. per: whether the inputs have a scale for
    each "token", as in the paper, or one for the whole "tensor". Raises ValueError for a threshold not above 0 and for
    another `per`.

    codes: (outputs, inputs) int8; scale: (outputs, 1) float32. outliers: how many columns the last call kept in floats.
    `nbytes` counts what is stored.

    >>> layer = nn.Linear(576, 192)
    >>> Int8Linear(layer).nbytes                    # 576 × 192 codes, 192 scales and 192 biases
    112128
    """

    def __init__(self, layer, threshold=6.0, per="token"):
        super().__init__()
        if not threshold > 0:
            raise ValueError(f"threshold must be above 0; got {threshold}.")
        if per not in ("token", "tensor"):
            raise ValueError(f"per must be 'token' or 'tensor'; got {per!r}.")
        self._quantize_inputs = quantize_rows if per == "token" else quantize_tensor
        self.codes, self.scale = quantize_rows(layer.weight.detach())
        self.bias, self.threshold, self.outliers = layer.bias, threshold, 0

    @property
    def nbytes(self):
        return sum(each.nbytes for each in (self.codes, self.scale, self.bias) if each is not None)

    @property
    def weight(self):
        """The weights that the codes stand for, float32."""
        return self.codes * self.scale

    def forward(self, x):
        """x: (…, inputs) -> (…, outputs), in the dtype of x."""
        rows = x.reshape(-1, x.shape[-1])
        apart = outlier_columns(rows, self.threshold)
        self.outliers = int(apart.sum())
        codes, scale = self._quantize_inputs(rows.masked_fill(apart, 0))
        result = int8_matmul(codes, self.codes).float() * scale * self.scale.T
        if self.outliers:
            result += rows[:, apart].float() @ (self.codes[:, apart] * self.scale).T
        if self.bias is not None:
            result += self.bias
        return result.reshape(*x.shape[:-1], -1).to(x.dtype)
