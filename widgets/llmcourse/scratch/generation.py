"""Generation with a KV cache: read the prompt once (prefill), then one token at a time (decode)."""

import torch

from .kv_cache import KVCache


def stream(model, ids, max_tokens=64, temperature=0.0, seed=None, padding=None, end_ids=None):
    """Yield the next token of every row, (batch,), until all rows have ended or max_tokens are written.

    Arguments as for `generate`. A row that has ended goes on with its end token.
    """
    _check(model, ids, max_tokens, temperature)
    end = torch.tensor(model.config.end_ids if end_ids is None else end_ids, dtype=torch.long, device=ids.device)
    drawn = torch.Generator(ids.device)
    if seed is None:
        drawn.seed()
    else:
        drawn.manual_seed(seed)
    batch, tokens = ids.shape
    weight = model.norm.weight
    cache = KVCache(model.config, batch, tokens + max_tokens, padding, weight.dtype, ids.device)
    ended, token = torch.zeros(batch, dtype=torch.bool, device=ids.device), None
    for _ in range(max_tokens):
        with torch.inference_mode():
            logits = model(ids, cache, last_only=True)[:, -1].float()
            new = _choose(logits, temperature, drawn)
            token = new if token is None else torch.where(ended, token, new)
            ended = ended | torch.isin(token, end)
        yield token
        if ended.all():
            return
        ids = token[:, None]


def generate(model, ids, max_tokens=64, temperature=0.0, seed=None, padding=None, end_ids=None):
    """What the model writes after `ids`: (batch, up to max_tokens) new ids; rows end at the same length.

    ids: (batch, tokens), padded on the left where rows differ; padding: (batch,) how many such tokens each row has.
    temperature: 0 takes the likeliest token (greedy), above 0 draws; seed: makes the draws repeatable.
    end_ids: tokens that end a row, the model's own unless given. A row that has ended repeats its end token.
    Raises ValueError for ids that are not (batch, tokens), max_tokens below 1, a negative temperature, and for more
    tokens than the model's context.

    >>> model.generate(tokenizer("The capital of France is", return_tensors="pt").input_ids)   # doctest: +SKIP
    """
    return torch.stack(list(stream(model, ids, max_tokens, temperature, seed, padding, end_ids)), dim=1)


def _choose(logits, temperature, drawn):
    if temperature == 0:
        return logits.argmax(-1)
    return torch.multinomial((logits / temperature).softmax(-1), 1, generator=drawn)[:, 0]


def _check(model, ids, max_tokens, temperature):
    if ids.ndim != 2 or ids.shape[1] == 0:
        raise ValueError(f"ids must have the shape (batch, tokens) with at least one token; got {tuple(ids.shape)}.")
    if max_tokens < 1:
        raise ValueError(f"max_tokens must be at least 1; got {max_tokens}.")
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, 0 is greedy; got {temperature}.")
    if ids.shape[1] + max_tokens > model.config.context:
        raise ValueError(
            f"ids and max_tokens make {ids.shape[1] + max_tokens:,} tokens; the model reads at most "
            f"{model.config.context:,}."
        )
