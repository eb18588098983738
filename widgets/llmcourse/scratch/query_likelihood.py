"""Rerank passages by how likely a language model finds the question after each: query likelihood, from scratch.

Ponte & Croft 1998 ranked by P(query | passage) with word counts; Sachan et al. 2022 (https://arxiv.org/abs/2204.07496)
let a pretrained language model say it, with no training. A cross-encoder does it better where there is one (6.3).
"""

import torch

PROMPT = "{passage}\n\nA question about this passage:"


@torch.inference_mode()
def query_log_likelihoods(model, tokenizer, query, passages, prompt=PROMPT, batch=8):
    """The mean log-probability of the query's tokens after each passage: (n,) float32, in nats a token.

    prompt: holds {passage}; the query follows it after a blank. Raises ValueError for an empty query or no passage.
    """
    if not query.strip() or not len(passages):
        raise ValueError("query must hold a word, and passages at least one text.")
    asked = tokenizer(" " + query, add_special_tokens=False)["input_ids"]
    before = [tokenizer(prompt.replace("{passage}", one), add_special_tokens=False)["input_ids"] for one in passages]
    order = sorted(range(len(before)), key=lambda number: len(before[number]))  # like lengths together: little padding
    scores = torch.zeros(len(before))
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        scores[rows] = _scores(model, [before[row] + asked for row in rows], len(asked), tokenizer.pad_token_id)
    return scores


def _scores(model, texts, asked, pad):
    """The mean log-probability of the last `asked` ids of each text; padded on the left, so that they align."""
    longest = max(map(len, texts))
    ids = torch.tensor([[pad] * (longest - len(text)) + text for text in texts], device=model.device)
    mask = torch.tensor([[0] * (longest - len(text)) + [1] * len(text) for text in texts], device=model.device)
    places = (mask.cumsum(1) - 1).clamp(min=0)
    logits = model(ids, attention_mask=mask, position_ids=places, logits_to_keep=asked + 1).logits[:, :-1].float()
    return logits.log_softmax(-1).gather(-1, ids[:, -asked:, None])[..., 0].mean(-1).cpu()
