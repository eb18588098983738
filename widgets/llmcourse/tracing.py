"""Trace: everything one forward pass leaves behind, in the one shape that every model view accepts.

text -> tokenizer -> ids and source slices -> one forward pass -> Trace -> widget.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .attention_stack import AttentionStack, numbered
from .text_encoding import encode, encode_with_segments, piece_name

if TYPE_CHECKING:
    import torch

    from .attention_on_demand import AttentionOnDemand

__all__ = ["MAX_TOKENS", "Trace", "check_length", "encode", "piece_name", "trace"]
MAX_TOKENS = 2048  # computing grows with the square: 270 heads of 2,048 tokens have 1.1 billion weights


@dataclass(frozen=True)
class Trace:
    """One text seen from inside the model.

    Of a model with one stack of layers (GPT, Llama, BERT) all fields but the last two are filled. Of an
    encoder-decoder (T5, BART) they are the decoder's, which reads the target and writes; `encoder` and `cross` hold the
    two other stacks of attention. `stacks` lists what there is. A model of your own gives Trace(tokens, attention=…);
    the rest is optional.

    tokens: the text of each token, sliced from the source (a character split over several tokens is shown with
        the first of them; the others are named by their bytes).
    ids: token ids, as long as `tokens`; by default equal tokens get equal numbers.
    attention: (layers, heads, query, key) float32, each row sums to one. A tensor; for texts whose weights would not
        fit in memory an AttentionOnDemand, which computes the rows asked for. None only beside `encoder` or `cross`.
    hidden: (layers + 1, tokens, width); hidden[0] is the embedding, hidden[-1] goes into the output matrix.
    logits: (tokens, vocab) float32; logits[i] scores the token after position i.
    queries: (layers, heads, tokens, head size), as they meet the keys (after RoPE); None when the model hides them.
    keys: (layers, key heads, tokens, head size); with GQA fewer heads than `queries`.
    scaling: what the dot product of a query and a key is multiplied with, usually 1/sqrt(head size).
    causal: whether no token looks ahead.
    bias, layer_numbers, note: see AttentionStack.
    encoder: the AttentionStack of the source's tokens among themselves.
    cross: the AttentionStack in which the target's tokens ask and the source's answer: (layers, heads, target, source).

    Raises ValueError, naming the field, when the shapes disagree.

    >>> Trace(["a", "b"], attention=torch.tensor([[[[1.0, 0.0], [0.5, 0.5]]]])).ids
    [0, 1]
    """

    tokens: list[str]
    ids: list[int] | None = None
    attention: torch.Tensor | AttentionOnDemand | None = None
    hidden: torch.Tensor | None = None
    logits: torch.Tensor | None = None
    queries: torch.Tensor | None = None
    keys: torch.Tensor | None = None
    scaling: float | None = None
    text: str = ""
    causal: bool = field(default=True)
    bias: torch.Tensor | None = None
    layer_numbers: list[int] | None = None
    note: str = ""
    encoder: AttentionStack | None = None
    cross: AttentionStack | None = None

    def __post_init__(self):
        count = len(self.tokens)
        if count == 0:
            raise ValueError("Trace needs at least one token; got an empty list.")
        if self.ids is None:
            object.__setattr__(self, "ids", numbered(self.tokens))
        if len(self.ids) != count:
            raise ValueError(f"ids must hold one id a token: {count} tokens, but {len(self.ids)} ids.")
        if not self.stacks:  # building them checks their shapes
            raise ValueError("attention is missing: give a tensor of the shape (layers, heads, query, key).")
        if self.cross is not None and len(self.cross.query_tokens) != count:
            raise ValueError(f"cross must have {count} queries, one a token; got {len(self.cross.query_tokens)}.")
        if self.hidden is not None:
            self._check_hidden(count)
        if self.logits is not None and (self.logits.ndim != 2 or self.logits.shape[0] != count):
            raise ValueError(f"logits must have the shape ({count}, vocab); got {tuple(self.logits.shape)}.")

    def _check_hidden(self, count):
        shape = tuple(self.hidden.shape)
        layers = shape[0] - 1 if self.attention is None else self.attention.shape[0]
        if self.layer_numbers is not None:  # layers without attention have hidden states too
            layers = max(shape[0] - 1, max(self.layer_numbers) + 1)
        if len(shape) != 3 or shape[:2] != (layers + 1, count):
            raise ValueError(
                f"hidden must start with the shape ({layers + 1}, {count}): one state a token before the first layer "
                f"and after each of {layers}; got {shape}."
            )

    @property
    def stacks(self):
        """All attention of this trace, a list of AttentionStack in the order of the data flow.

        >>> [stack.name for stack in trace(t5, tokenizer, "The cat sat").stacks]      # doctest: +SKIP
        ['encoder', 'decoder', 'cross']
        """
        own = None
        if self.attention is not None:
            own = AttentionStack(
                name="self" if self.encoder is None and self.cross is None else "decoder",
                query_tokens=self.tokens,
                key_tokens=self.tokens,
                query_ids=self.ids,
                key_ids=self.ids,
                **{name: getattr(self, name) for name in _SHARED},
            )
        return [stack for stack in (self.encoder, own, self.cross) if stack is not None]

    def __len__(self):
        return len(self.tokens)

    def __repr__(self):
        shapes = ", ".join(
            f"{'' if stack.name == 'self' else stack.name + ' '}{stack.attention.shape[0]} layers x "
            f"{stack.attention.shape[1]} heads"
            for stack in self.stacks
        )
        return f"Trace({len(self)} tokens, {shapes}, {self.text[:40]!r})"


_SHARED = ("attention", "queries", "keys", "scaling", "causal", "bias", "layer_numbers", "note")


def trace(model, tokenizer, text, max_tokens=MAX_TOKENS, *, target=None, pair=None, attention_only=False):
    """Run `text` through `model` once and keep what it computed on the way.

    model: of transformers: causal (GPT, Llama), encoder (BERT) or encoder-decoder (T5, BART). An attention
        implementation that hides its weights (sdpa, flash) is switched to a visible one for this pass and put back
        after it. Or a model of your own with a method `traced(ids)`: it gets ids (1, tokens) and returns a dict of
        fields of Trace, at least {"attention": (layers, heads, tokens, tokens)}.
    text: not empty, at most `max_tokens` tokens and at most the model's context. An encoder reads it.
    target: what a decoder reads beside an encoder; None: the model's own greedy answer of up to 32 tokens.
    pair: a second text for an encoder that learnt pairs (BERT), joined by the tokenizer.
    attention_only: leave hidden states and logits out; the logits of 2,048 tokens alone take 0.4 GB.

    Raises ValueError for empty or too long text, TypeError for something that is not text or a target for a model
    without a decoder of its own, and RuntimeError for a model that cannot show its attention.

    >>> model, tokenizer = load_model()                                        # doctest: +SKIP
    >>> trace(model, tokenizer, "The cat sat").attention.shape                 # doctest: +SKIP
    torch.Size([30, 9, 3, 3])
    """
    import torch

    from . import forward_pass
    from .target_text import target_ids

    tokens, ids, segments = encode_with_segments(tokenizer, text, pair)
    check_length(len(ids), model, max_tokens)
    device = getattr(model, "device", None) or next(iter(model.parameters()), torch.zeros(0)).device
    inputs = torch.tensor([ids], device=device)
    if hasattr(model, "traced"):
        return _own(model, tokens, ids, inputs, text)
    if not hasattr(model, "config") or not hasattr(model, "set_attn_implementation"):
        raise TypeError(
            f"model must be a model of transformers or have a method traced(ids); {type(model).__name__} is neither. "
            "Write traced(ids), which returns {'attention': …}, or make Trace(tokens, attention=…) yourself."
        )
    if getattr(model.config, "is_encoder_decoder", False):
        answer = target_ids(model, tokenizer, inputs, target)
        check_length(len(answer[1]), model, max_tokens, "target")
        return forward_pass.encoder_decoder_trace(model, (tokens, ids), answer, text, attention_only)
    if target is not None:
        raise TypeError(f"target is for encoder-decoder models such as T5; {type(model).__name__} reads one text.")
    return forward_pass.one_stack_trace(model, (tokens, ids), segments, text, attention_only)


def _own(model, tokens, ids, inputs, text):
    import torch

    with torch.inference_mode():
        given = model.traced(inputs)
    if not isinstance(given, dict) or "attention" not in given:
        raise TypeError("traced(ids) must return a dict of fields of Trace with at least 'attention'.")
    given = {
        name: value.detach().float().cpu() if isinstance(value, torch.Tensor) else value
        for name, value in given.items()
    }
    attention = given["attention"]
    given.setdefault("causal", not any(bool(layer.triu(1).any()) for layer in attention))
    return Trace(**{"tokens": tokens, "ids": ids, "text": text, **given})


def check_length(count, model, max_tokens=MAX_TOKENS, name="text"):
    """Raise ValueError, naming the limit, when `count` tokens are too many for this model or for a trace."""
    config = getattr(model, "config", None)
    config = config.get_text_config() if hasattr(config, "get_text_config") else config
    context = getattr(config, "max_position_embeddings", None) or max_tokens
    limit = min(context, max_tokens)
    if count > limit:
        reason = "the model's context" if context <= max_tokens else "what a trace holds in memory"
        raise ValueError(f"{name} has {count:,} tokens; at most {limit:,} fit ({reason}). Shorten it.")
