"""Many prompts answered at once, and the loss of given answers: how a lesson measures a model on a set."""

import copy

import torch

IGNORED = -100


@torch.inference_mode()
def answers(model, tokenizer, prompts, max_new_tokens=36, temperature=0.0, top_p=1.0, seed=0, batch=20):
    """What the model writes after each prompt, as texts without special tokens.

    prompts: texts with their template already around them. temperature: 0 takes the likeliest token each time.
    What all prompts of a batch begin with, such as the system turn, is computed once; padding stands behind it,
    so that each answer begins right behind its prompt. A bar with the time left shows where there are several batches.

    >>> answers(model, tokenizer, ["<|im_start|>user\\nHi<|im_end|>\\n<|im_start|>assistant\\n"])    # doctest: +SKIP
    """
    from tqdm.auto import tqdm

    how = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0} if temperature else {}
    torch.manual_seed(seed)
    texts, starts = [], range(0, len(prompts), batch)
    for start in tqdm(starts, desc="answers", leave=False, disable=len(starts) < 2):
        ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in prompts[start : start + batch]]
        longest, shared = max(map(len, ids)), shared_length(ids)
        if shared:  # read once; the padding stands behind it
            cache = model.model(input_ids=torch.tensor([ids[0][:shared]], device=model.device), use_cache=True)
            how["past_key_values"] = repeated(cache.past_key_values, len(ids))
        pads = [[tokenizer.pad_token_id] * (longest - len(row)) for row in ids]
        padded = torch.tensor([row[:shared] + pad + row[shared:] for row, pad in zip(ids, pads, strict=True)])
        mask = torch.tensor([[1] * shared + [0] * len(pad) + [1] * (longest - shared - len(pad)) for pad in pads])
        written = model.generate(
            input_ids=padded.to(model.device),
            attention_mask=mask.to(model.device),
            max_new_tokens=max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **({"do_sample": False} | how),
        )
        texts += tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)
    return texts


def shared_length(rows):
    """How many first ids all rows have in common; the last of each row never counts, so that something is left.

    >>> shared_length([[5, 6, 7], [5, 6, 8, 9]])
    2
    """
    columns = zip(*(row[:-1] for row in rows), strict=False)
    return next((place for place, ids in enumerate(columns) if len(set(ids)) > 1), min(map(len, rows)) - 1)


def repeated(cache, count):
    """A copy of the cache of one text for a batch of `count` rows that all begin with it."""
    cache = copy.deepcopy(cache)
    cache.batch_repeat_interleave(count)
    return cache


def label_batch(pairs, pad):
    """Rows of (ids, labels) as tensors of one length, padded on the right: (input_ids, labels, attention_mask).

    >>> label_batch([([5, 6], [-100, 6]), ([7], [7])], pad=0)[1].tolist()
    [[-100, 6], [7, -100]]
    """
    longest = max(len(ids) for ids, _ in pairs)
    ids = torch.tensor([[*ids, *[pad] * (longest - len(ids))] for ids, _ in pairs])
    labels = torch.tensor([[*labels, *[IGNORED] * (longest - len(labels))] for _, labels in pairs])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in pairs])
    return ids, labels, mask


def answer_loss(model, ids, labels, mask, cache=None):
    """The mean cross-entropy of the labelled tokens of a batch, a scalar with its gradient.

    The logits are made only where there is a label: most of a prompt's would be thrown away. cache: of what stands
    before the ids, where that was read already; the mask covers both.
    """
    read = {"use_cache": False} if cache is None else {"past_key_values": cache}
    hidden = model.model(input_ids=ids, attention_mask=mask, **read).last_hidden_state
    wanted = labels[:, 1:] != IGNORED
    logits = model.lm_head(hidden[:, :-1][wanted])
    return torch.nn.functional.cross_entropy(logits, labels[:, 1:][wanted])


@torch.inference_mode()
def mean_answer_loss(model, tokenizer, prompts, wanted, batch=20):
    """The mean loss of each answer's tokens behind its prompt: how surprised the model is by the right answers.

    prompts, wanted: texts, one answer a prompt; the template's end-of-turn token is no part of it, so that templates
    with and without one can be compared. Returns a float, in nats a token.
    """
    total = count = 0
    for start in range(0, len(prompts), batch):
        pairs = []
        for prompt, answer in zip(prompts[start : start + batch], wanted[start : start + batch], strict=True):
            before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
            after = tokenizer(answer, add_special_tokens=False)["input_ids"]
            pairs.append((before + after, [IGNORED] * len(before) + after))
        # One token is left before the first answer: its place predicts the answer's first.
        shared = min(shared_length([ids for ids, _ in pairs]), *(labels.count(IGNORED) - 1 for _, labels in pairs))
        shared, cache = max(shared, 0), None
        if shared:
            opening = torch.tensor([pairs[0][0][:shared]], device=model.device)
            cache = repeated(model.model(input_ids=opening, use_cache=True).past_key_values, len(pairs))
        rest = [(ids[shared:], labels[shared:]) for ids, labels in pairs]
        ids, labels, mask = (each.to(model.device) for each in label_batch(rest, tokenizer.pad_token_id))
        mask = torch.nn.functional.pad(mask, (shared, 0), value=1)
        tokens = int((labels[:, 1:] != IGNORED).sum())
        total += answer_loss(model, ids, labels, mask, cache).item() * tokens
        count += tokens
    return total / count
