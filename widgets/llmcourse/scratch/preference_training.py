"""DPO on a real model: pairs become rows of tokens, their log-probabilities are computed, the reference's are kept.

The reference model costs no memory: it is the same model with its adapter switched off. And what the frozen layers
below the adapter make of a text never changes, so it can be computed once and kept (`below_adapter`).
"""

import contextlib
import math

import torch

from .batch_answers import IGNORED, label_batch
from .lora import add_lora, lora_layers
from .top_layers import only_layers, states_below

TURN = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"  # ChatML without a system message: fewer tokens
END = "<|im_end|>"


def adapt_top(model, layers=10, rank=8, alpha=16, targets=("q_proj", "v_proj", "o_proj", "down_proj"), seed=0):
    """Freeze a Llama-like model and put LoRA into its last `layers` layers; returns the parameters that learn.

    The gradient stops where no layer below learns, so a step costs a third of one through the whole model.
    Raises ValueError unless 1 <= layers <= the layers of the model.
    """
    count = len(model.model.layers)
    if not 1 <= layers <= count:
        raise ValueError(f"layers must be 1 to {count}; got {layers}.")
    model.requires_grad_(False)
    add_lora(model.model.layers[count - layers :], rank=rank, alpha=alpha, targets=targets, seed=seed)
    return [weights for weights in model.parameters() if weights.requires_grad]


@contextlib.contextmanager
def adapter_off(model):
    """Inside, the model is the reference: its LoRA updates count for nothing."""
    scales = {name: layer.scale for name, layer in lora_layers(model).items()}
    for layer in lora_layers(model).values():
        layer.scale = 0.0
    try:
        yield model
    finally:
        for name, layer in lora_layers(model).items():
            layer.scale = scales[name]


@torch.no_grad()
def reset_adapter(model, seed=0):
    """Set the adapter back to how `adapt_top` begins: the model is the reference again.

    A is drawn anew from the seed, so that each run begins from the same place.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in lora_layers(model).values():
            layer.A.copy_(torch.nn.init.kaiming_uniform_(torch.empty(layer.A.shape), a=math.sqrt(5)))
            layer.B.zero_()


def answer_row(tokenizer, prompt, answer, turn=TURN, end=END):
    """(ids, labels) of a prompt with its answer: labels are -100 up to the answer, and the end of the turn counts."""
    before = tokenizer(turn.format(prompt), add_special_tokens=False)["input_ids"]
    after = tokenizer(answer + end, add_special_tokens=False)["input_ids"]
    return before + after, [IGNORED] * len(before) + after


def pair_rows(tokenizer, pairs, turn=TURN, end=END):
    """(row of the chosen, row of the rejected answer) for each pair {prompt, chosen, rejected}."""
    return [
        tuple(answer_row(tokenizer, pair["prompt"], pair[name], turn, end) for name in ("chosen", "rejected"))
        for pair in pairs
    ]


def first_adapted(model):
    """The number of the lowest layer with an adapter; the number of layers where there is none."""
    adapted = [at for at, layer in enumerate(model.model.layers) if lora_layers(layer)]
    return adapted[0] if adapted else len(model.model.layers)


def below_adapter(model, rows, pad=0, batch=16):
    """Rows of pairs with their hidden states below the adapter in place of the ids, which `row_logps` takes as well.

    A step then runs the adapted layers alone, and its numbers are the same. Rows as `pair_rows` gives them.
    Raises ValueError where the lowest layer has an adapter, or none has: then there is nothing to keep.
    """
    start, count = first_adapted(model), len(model.model.layers)
    if not 0 < start < count:
        raise ValueError(
            f"model must have an adapter in its last layers alone; its lowest is in layer {start} of {count}."
        )
    flat = states_below(model, [row for pair in rows for row in pair], start, pad, batch)
    return list(zip(flat[::2], flat[1::2], strict=True))


def row_logps(model, rows, pad=0):
    """(log-probability of each answer, its number of tokens), both (rows,), with a gradient where there is one.

    The same numbers as `answer_logps`; logits are made only where there is a label, which saves most of them.

    rows: (ids, labels) each, or (states, labels) of `below_adapter`. pad: an id to fill with; it stands behind the
    answers, where the causal mask hides it.
    """
    if torch.is_tensor(rows[0][0]):
        hidden, targets = _above(model, rows)
    else:
        ids, labels, mask = (each.to(model.device) for each in label_batch(rows, pad))
        hidden = model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        targets = labels[:, 1:]
    wanted = targets != IGNORED
    logits = model.lm_head(hidden[:, :-1][wanted]).float()
    logps = -torch.nn.functional.cross_entropy(logits, targets[wanted], reduction="none")
    owner = wanted.nonzero()[:, 0]
    sums = torch.zeros(len(rows), device=logps.device).index_add(0, owner, logps)
    return sums, wanted.sum(-1)


def _above(model, rows):
    """(last hidden states, targets) of rows of `below_adapter`; the padding stands on the right."""
    longest = max(len(labels) for _, labels in rows)
    missing = [longest - len(labels) for _, labels in rows]
    pad = torch.nn.functional.pad
    states = torch.stack([pad(each, (0, 0, 0, short)) for (each, _), short in zip(rows, missing, strict=True)])
    labels = torch.stack([pad(each, (0, short), value=IGNORED) for (_, each), short in zip(rows, missing, strict=True)])
    with only_layers(model, first_adapted(model), len(model.model.layers)) as decoder:
        hidden = decoder(inputs_embeds=states, use_cache=False).last_hidden_state
    return hidden, labels[:, 1:].to(hidden.device)


@torch.no_grad()
def pair_logps(model, rows, batch=8):
    """(pairs, 2): log-probabilities of the chosen and of the rejected answers, without a gradient, with a bar."""
    from tqdm.auto import tqdm

    starts = range(0, len(rows), batch)
    parts = []
    for start in tqdm(starts, desc="log-probabilities", leave=False, disable=len(starts) < 2):
        part = rows[start : start + batch]
        logps, _ = row_logps(model, [row for pair in part for row in pair])
        parts.append(logps.view(-1, 2).cpu())
    return torch.cat(parts)


def pair_batches(rows, reference, batch=4, epochs=1, seed=0):
    """Batches (rows, reference log-probabilities (batch, 2)) in shuffled epochs, as `fine_tuning.train` takes them.

    Raises ValueError where rows and reference are not of one length.
    """
    if len(rows) != len(reference):
        raise ValueError(f"reference must have a line for each of the {len(rows)} pairs; got {len(reference)}.")
    random = torch.Generator().manual_seed(seed)
    batches = []
    for _ in range(epochs):
        order = torch.randperm(len(rows), generator=random).tolist()
        groups = [order[start : start + batch] for start in range(0, len(order), batch)]
        batches += [([rows[place] for place in group], reference[group]) for group in groups]
    return batches


def preference_step(loss, notes=None, anchor=0.0):
    """A loss for `fine_tuning.train`: a function (model, batch) of a loss of four log-probabilities, such as dpo_loss.

    loss: (chosen, rejected, reference_chosen, reference_rejected) -> scalar, log-probabilities (pairs,).
    notes: a list to which each step adds how far the mean log-probabilities moved from the reference, in nats:
        (chosen, rejected).
    anchor: weight of the cross-entropy of the chosen answers (a token), added so that they rise as well (Pang et al.
        2024, arXiv:2404.19733).
    """

    def step(model, batch):
        rows, reference = batch
        logps, lengths = row_logps(model, [row for pair in rows for row in pair])
        chosen, rejected = logps.view(-1, 2).T
        reference_chosen, reference_rejected = reference.to(logps.device).T
        if notes is not None:
            moved = logps.detach().view(-1, 2).cpu() - reference
            notes.append(tuple(moved.mean(0).tolist()))
        value = loss(chosen, rejected, reference_chosen, reference_rejected)
        return value - anchor * chosen.sum() / lengths.view(-1, 2)[:, 0].sum() if anchor else value

    return step
