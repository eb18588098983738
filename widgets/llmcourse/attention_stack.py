"""AttentionStack: the attention of several layers over the same queries and keys, whoever computed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from .attention_on_demand import AttentionOnDemand

NAMES = {
    "self": "self-attention",
    "encoder": "encoder self-attention",
    "decoder": "decoder self-attention",
    "cross": "cross-attention",
}


@dataclass(frozen=True)
class AttentionStack:
    """See attention whose queries and keys may be different texts: rows are queries, columns are keys.

    name: "self", "encoder", "decoder" or "cross" (the target's tokens ask, the source's answer).
    query_tokens, key_tokens: token texts of the rows and of the columns; the same but in cross-attention.
    attention: (layers, heads, queries, keys), each row sums to one (to less where a model has a sink beside the keys);
        a tensor, or for long texts an AttentionOnDemand, which computes what is asked of it.
    query_ids, key_ids: their token ids; by default equal tokens get equal numbers.
    queries: (layers, heads, queries, head size) as they meet the keys (after RoPE); None when the model hides them.
    keys: (layers, key heads, keys, head size); with GQA fewer heads than `queries`.
    scaling: what the dot product of a query and a key is multiplied with: 1/sqrt(head size), 1 in T5.
    bias: (layers, 1 or heads, queries + keys - 1): what is added to a scaled score, by distance: bias[…, key - query
        + queries - 1]. -inf where a query may not look (the future, outside a window), numbers for T5's relative bias.
        None: unknown, or not a matter of distance alone.
    causal: whether no query looks at a later key.
    layer_numbers: the model's number of each layer, where not every layer has attention; None: 0, 1, 2 …
    note: what else the model does to its scores, which `bias` does not hold; empty for nothing.

    Raises ValueError, naming the field, when the shapes disagree.

    >>> AttentionStack("cross", ["Le", "chat"], ["The", "cat", "."], torch.full((1, 1, 2, 3), 1 / 3)).query_ids
    [0, 1]
    """

    name: str
    query_tokens: list[str]
    key_tokens: list[str]
    attention: torch.Tensor | AttentionOnDemand
    query_ids: list[int] | None = None
    key_ids: list[int] | None = None
    queries: torch.Tensor | None = None
    keys: torch.Tensor | None = None
    scaling: float | None = None
    bias: torch.Tensor | None = None
    causal: bool = False
    layer_numbers: list[int] | None = None
    note: str = ""

    def __post_init__(self):
        if self.name not in NAMES:
            raise ValueError(f"name must be one of {', '.join(NAMES)}; got {self.name!r}.")
        for side in ("query", "key"):
            tokens, ids = getattr(self, f"{side}_tokens"), getattr(self, f"{side}_ids")
            if len(tokens) == 0:
                raise ValueError(f"{side}_tokens needs at least one token; got an empty list.")
            if ids is None:
                object.__setattr__(self, f"{side}_ids", numbered(tokens))
            elif len(ids) != len(tokens):
                raise ValueError(f"{side}_ids must hold one id a token: {len(tokens)} tokens, but {len(ids)} ids.")
        if self.name != "cross" and len(self.query_tokens) != len(self.key_tokens):
            raise ValueError("query_tokens and key_tokens are the same text in self-attention, so equally many.")
        self._check_shapes(len(self.query_tokens), len(self.key_tokens))

    def _check_shapes(self, count, key_count):
        shape = tuple(self.attention.shape)
        if len(shape) != 4 or shape[2:] != (count, key_count) or 0 in shape:
            cross = "" if self.name != "cross" else f" and {key_count} keys"
            raise ValueError(
                f"attention must have the shape (layers, heads, {count}, {key_count}) for {count} tokens{cross}; "
                f"got {shape}."
            )
        layers, heads = shape[:2]
        if self.layer_numbers is not None and len(self.layer_numbers) != layers:
            raise ValueError(f"layer_numbers must name {layers} layers; got {len(self.layer_numbers)}.")
        if (self.queries is None) != (self.keys is None):
            raise ValueError("queries and keys come together: give both or neither.")
        if self.queries is not None:
            asking, asked = tuple(self.queries.shape), tuple(self.keys.shape)
            if len(asking) != 4 or asking[:3] != (layers, heads, count):
                raise ValueError(f"queries must have the shape ({layers}, {heads}, {count}, head size); got {asking}.")
            if len(asked) != 4 or (asked[0], *asked[2:]) != (layers, key_count, asking[3]) or heads % max(asked[1], 1):
                raise ValueError(
                    f"keys must have the shape ({layers}, heads that divide {heads}, {key_count}, {asking[3]}); "
                    f"got {asked}."
                )
        if self.bias is not None:
            shape = tuple(self.bias.shape)
            if len(shape) != 3 or (shape[0], shape[2]) != (layers, count + key_count - 1) or shape[1] not in (1, heads):
                raise ValueError(
                    f"bias must have the shape ({layers}, 1 or {heads}, {count + key_count - 1}): one a distance; "
                    f"got {shape}."
                )

    def layer_number(self, layer):
        """The number that the model gives to a layer of this stack."""
        return layer if self.layer_numbers is None else self.layer_numbers[layer]

    def rows(self, layer, head, start=0, stop=None):
        """The exact weights of some queries: (queries start … stop, keys) float32."""
        if hasattr(self.attention, "rows"):
            return self.attention.rows(layer, start, stop)[head]
        return self.attention[layer, head, start:stop].float()

    def __repr__(self):
        layers, heads, count, keys = self.attention.shape
        return f"AttentionStack({self.name!r}, {layers} layers x {heads} heads, {count} queries x {keys} keys)"


def numbered(tokens):
    """Ids for tokens that have none: equal texts get equal numbers, in order of appearance.

    >>> numbered(["a", "b", "a"])
    [0, 1, 0]
    """
    found = {}
    return [found.setdefault(token, len(found)) for token in tokens]
