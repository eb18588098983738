"""Many prompts answered at once, and the loss of given answers: how a lesson measures a model on a set."""

import torch

IGNORED = -100


@torch.inference_mode()
def answers(model, tokenizer, prompts, max_new_tokens=36, temperature=0.0, top_p=1.0, seed=0, batch=20):
    """What the model writes after each prompt, as texts without special tokens.

    prompts: texts with their template already around them. temperature: 0 takes the likeliest token each time.
    Prompts of one batch are padded on the left, so that each answer begins right behind its prompt. A bar with the time
    left shows where there are several batches.

    >>> answers(model, tokenizer, ["<|im_start|>user\\nHi<|im_end|>\\n<|im_start|>assistant\\n"])    # doctest: +SKIP
    """
    from tqdm.auto import tqdm

    how = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0} if temperature else {}
    torch.manual_seed(seed)
    texts, starts = [], range(0, len(prompts), batch)
    for start in tqdm(starts, desc="answers", leave=False, disable=len(starts) < 2):
        ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in prompts[start : start + batch]]
        longest = max(map(len, ids))
        padded = torch.tensor([[tokenizer.pad_token_id] * (longest - len(row)) + row for row in ids])
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in ids])
        written = model.generate(
            input_ids=padded.to(model.device),
            attention_mask=mask.to(model.device),
            max_new_tokens=max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **({"do_sample": False} | how),
        )
        texts += tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)
    return texts


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


def answer_loss(model, ids, labels, mask):
    """The mean cross-entropy of the labelled tokens of a batch, a scalar with its gradient.

    The logits are made only where there is a label: most of a prompt's would be thrown away.
    """
    hidden = model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
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
        ids, labels, mask = (each.to(model.device) for each in label_batch(pairs, tokenizer.pad_token_id))
        tokens = int((labels != IGNORED).sum())
        total += answer_loss(model, ids, labels, mask).item() * tokens
        count += tokens
    return total / count
