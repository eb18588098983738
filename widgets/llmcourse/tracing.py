"""Trace: everything one forward pass leaves behind, in the one shape that every model view accepts.

text -> tokenizer -> ids and source slices -> one forward pass -> Trace -> widget.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from .visible_attention import visible_attention

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 2048  # attention grows with the square: 270 heads of 2,048 tokens are 4.5 GB in float32


@dataclass(frozen=True)
class Trace:
    """One text seen from inside the model.

    tokens: the text of each token, sliced from the source (a character split over several tokens is shown with
        the first of them; the others are named by their bytes).
    ids: token ids, as long as `tokens`.
    attention: (layers, heads, query, key) float32, each row sums to one.
    hidden: (layers + 1, tokens, width); hidden[0] is the embedding, hidden[-1] goes into the output matrix.
    logits: (tokens, vocab) float32; logits[i] scores the token after position i.
    queries: (layers, heads, tokens, head size), as they meet the keys (after RoPE); None when the model hides them.
    keys: (layers, key heads, tokens, head size); with GQA fewer heads than `queries`.
    scaling: what the dot product of a query and a key is multiplied with, usually 1/sqrt(head size).
    causal: whether no token looks ahead.

    Raises ValueError, naming the field, when the shapes disagree.
    """

    tokens: list[str]
    ids: list[int]
    attention: torch.Tensor
    hidden: torch.Tensor
    logits: torch.Tensor
    queries: torch.Tensor | None = None
    keys: torch.Tensor | None = None
    scaling: float | None = None
    text: str = ""
    causal: bool = field(default=True)

    def __post_init__(self):
        count = len(self.tokens)
        if count == 0:
            raise ValueError("Trace needs at least one token; got an empty list.")
        if len(self.ids) != count:
            raise ValueError(f"ids must hold one id a token: {count} tokens, but {len(self.ids)} ids.")
        shape = tuple(self.attention.shape)
        if len(shape) != 4 or shape[2:] != (count, count):
            raise ValueError(
                f"attention must have the shape (layers, heads, {count}, {count}) for {count} tokens; got {shape}."
            )
        layers, heads = shape[:2]
        if self.hidden is not None and tuple(self.hidden.shape[:2]) != (layers + 1, count):
            raise ValueError(
                f"hidden must start with the shape ({layers + 1}, {count}): one state a token before the first layer "
                f"and after each of {layers}; got {tuple(self.hidden.shape)}."
            )
        if self.logits is not None and (self.logits.ndim != 2 or self.logits.shape[0] != count):
            raise ValueError(f"logits must have the shape ({count}, vocab); got {tuple(self.logits.shape)}.")
        if (self.queries is None) != (self.keys is None):
            raise ValueError("queries and keys come together: give both or neither.")
        if self.queries is not None:
            if tuple(self.queries.shape[:3]) != (layers, heads, count):
                raise ValueError(
                    f"queries must have the shape ({layers}, {heads}, {count}, head size); "
                    f"got {tuple(self.queries.shape)}."
                )
            keys = tuple(self.keys.shape)
            if keys[0] != layers or keys[2:] != tuple(self.queries.shape[2:]) or heads % keys[1]:
                raise ValueError(
                    f"keys must have the shape ({layers}, heads that divide {heads}, {count}, "
                    f"{self.queries.shape[-1]}); got {keys}."
                )

    def __len__(self):
        return len(self.tokens)

    def __repr__(self):
        layers, heads = self.attention.shape[:2]
        return f"Trace({len(self)} tokens, {layers} layers x {heads} heads, {self.text[:40]!r})"


def trace(model, tokenizer, text, max_tokens=MAX_TOKENS):
    """Run `text` through `model` once and keep what it computed on the way.

    model: a causal language model of transformers; an attention implementation that hides its weights (sdpa, flash)
        is switched to a visible one for this pass and put back after it.
    text: not empty, at most `max_tokens` tokens and at most the model's context.

    Raises ValueError for empty or too long text, TypeError for something that is not text, and RuntimeError for a
    model that cannot show its attention.

    >>> model, tokenizer = load_model()                                        # doctest: +SKIP
    >>> trace(model, tokenizer, "The cat sat").attention.shape                 # doctest: +SKIP
    torch.Size([30, 9, 3, 3])
    """
    import torch

    tokens, ids = encode(tokenizer, text)
    check_length(len(ids), model, max_tokens)
    with torch.inference_mode(), visible_attention(model) as seen:
        out = model(
            torch.tensor([ids], device=model.device),
            output_attentions=True,
            output_hidden_states=True,
            use_cache=False,
        )
    if not out.attentions or out.attentions[0] is None:
        raise RuntimeError(
            f"{type(model).__name__} returned no attention weights. Load it again with attn='eager': "
            "load_model(name, attn='eager')."
        )
    attention = torch.cat(out.attentions).float().cpu()
    if len(seen) != len(attention):  # a model that does not use the shared attention interface
        queries = keys = scaling = None
    else:
        queries = torch.cat([query for query, _, _ in seen]).float().cpu()
        keys = torch.cat([key for _, key, _ in seen]).float().cpu()
        scaling = seen[0][2]
    return Trace(
        tokens=tokens,
        ids=ids,
        attention=attention,
        hidden=torch.cat(out.hidden_states).float().cpu(),
        logits=out.logits[0].float().cpu(),
        queries=queries,
        keys=keys,
        scaling=scaling,
        text=text,
        causal=not bool(attention.triu(1).any()),
    )


def encode(tokenizer, text):
    """Split text into tokens as they stand in it: (list of token texts, list of ids).

    The texts are slices of the source (from the tokenizer's offsets), so that nothing is lost or replaced. When one
    character becomes several tokens, the first shows the character and the others the bytes they carry, as <0x8a>.
    Raises TypeError for anything but str, ValueError for text without a single token.

    >>> encode(tokenizer, "don't")                                             # doctest: +SKIP
    (['don', "'t"], [9415, 982])
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string; got {type(text).__name__}.")
    if not text:
        raise ValueError("text is empty: write at least one character.")
    # Half of a surrogate pair (a cut emoji) is no text that a tokenizer takes.
    text = text.encode("utf-8", "replace").decode("utf-8")
    encoding = tokenizer(text, return_offsets_mapping=True)
    ids = list(encoding["input_ids"])
    if not ids:
        raise ValueError("text has no token that the model knows: write at least one visible character.")
    tokens, covered = [], 0
    for token_id, (start, end) in zip(ids, encoding["offset_mapping"], strict=True):
        if end > covered:
            tokens.append(text[max(start, covered) : end])
            covered = end
        else:  # a special token, or a further piece of a character that is already shown
            tokens.append(piece_name(tokenizer, token_id))
    return tokens, ids


def piece_name(tokenizer, token_id):
    """The name of a token that is no whole character: its bytes as <0x8a>, or its own name (<|im_end|>).

    >>> piece_name(tokenizer, 227)                                             # doctest: +SKIP
    '<0xa9>'
    """
    piece = tokenizer.convert_ids_to_tokens(token_id)
    if token_id in tokenizer.all_special_ids:
        return piece
    table = _byte_of_character()
    values = [table.get(character) for character in piece]
    if None in values:
        return piece
    try:
        return bytes(values).decode("utf-8")
    except UnicodeDecodeError:
        pass
    return "".join(f"<0x{value:02x}>" for value in values)


@cache
def _byte_of_character():
    """Byte-level BPE writes each byte as one printable character (Radford et al. 2019); this is the way back."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in printable}
    others = (byte for byte in range(256) if byte not in printable)
    table.update({chr(256 + position): byte for position, byte in enumerate(others)})
    return table


def check_length(count, model, max_tokens=MAX_TOKENS):
    """Raise ValueError, naming the limit, when `count` tokens are too many for this model or for a trace."""
    context = getattr(model.config, "max_position_embeddings", None) or max_tokens
    limit = min(context, max_tokens)
    if count > limit:
        reason = "the model's context" if context <= max_tokens else "what a trace holds in memory"
        raise ValueError(f"text has {count:,} tokens; at most {limit:,} fit ({reason}). Shorten it.")
