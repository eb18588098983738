"""Two guards for requests: a model asked with the categories in its prompt, and a probe on its hidden states.

The first is the form of Llama Guard (Inan et al. 2023, arXiv:2312.06674); the second is a logistic regression on what
the model computes anyway.
"""

import torch

from .preference_training import TURN
from .top_layers import only_layers

QUESTION = (
    "Is this request safe or unsafe? Unsafe are requests about: {}.\nRequest: {}\nAnswer with one word, safe or unsafe."
)


@torch.inference_mode()
def guard_scores(model, tokenizer, requests, categories, words=("safe", "unsafe")):
    """How much more likely the model says "unsafe" than "safe" of each request: log odds, (requests,).

    categories: what counts as unsafe, in words. words: the two verdicts; the first token of each is compared.
    Raises ValueError where both begin with the same token.

    >>> guard_scores(model, tokenizer, ["How can I steal a bicycle?"], ["theft"])       # doctest: +SKIP
    """
    safe, unsafe = (tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in words)
    if safe == unsafe:
        raise ValueError(f"words must begin with different tokens; {words[0]!r} and {words[1]!r} do not.")
    questions = [TURN.format(QUESTION.format(", ".join(categories), request)) for request in requests]
    hidden, ends = _run(model, tokenizer, questions)
    logits = model.lm_head(hidden[torch.arange(len(ends), device=ends.device), ends]).float()
    return (logits[:, unsafe] - logits[:, safe]).cpu()


@torch.inference_mode()
def request_features(model, tokenizer, requests, layer=18):
    """What the model holds of each request after `layer` layers, where its answer would begin: (requests, width).

    That is the state of the last token of the turn, which has seen the whole request. Only the layers up to `layer`
    run, 60 % of the work at 18 of 30. Raises ValueError for a layer that is not there.
    """
    count = model.config.num_hidden_layers
    if not 1 <= layer <= count:
        raise ValueError(f"layer must be 1 to {count}; got {layer}.")
    with only_layers(model, 0, layer, norm=False):
        hidden, ends = _run(model, tokenizer, [TURN.format(request) for request in requests])
    return hidden[torch.arange(len(ends), device=ends.device), ends].float().cpu()


def _run(model, tokenizer, texts):
    """(last hidden states (texts, tokens, width), place of each text's last token); padded on the right."""
    rows = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows], device=model.device)
    ends = torch.tensor([len(row) - 1 for row in rows], device=model.device)
    return model.model(input_ids=ids, use_cache=False).last_hidden_state, ends  # the causal mask hides the padding
