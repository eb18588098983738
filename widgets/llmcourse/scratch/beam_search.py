"""Beam search: keep the likeliest few continuations instead of one.

Same beams and scores as transformers' `generate(num_beams=…)`; tests/test_beam_search.py holds it to that.
"""

import torch


@torch.inference_mode()
def beam_search(model, ids, beams, max_new_tokens, end_id=None, length_penalty=1.0):
    """Find likely continuations of a text by keeping the best `beams` unfinished ones at each step.

    model: a causal language model of transformers; its KV cache is reordered as beams overtake each other.
    ids: the ids of the text so far (a list).
    end_id: the token that finishes a beam; None if only `max_new_tokens` does.
    length_penalty: a finished beam scores its summed log probability / length ** length_penalty, so 1 is the mean
        log probability of a new token and 0 the sum.

    Returns at most `beams` pairs (new ids, score), best first. Raises ValueError for a count below 1 or empty ids.
    Follows Graves 2012 with the length normalisation of Wu et al. 2016, simplified as transformers does.

    >>> beam_search(model, ids, beams=4, max_new_tokens=10)[0]                 # doctest: +SKIP
    """
    if min(beams, max_new_tokens) < 1:
        raise ValueError(f"beams and max_new_tokens must be at least 1; got {beams} and {max_new_tokens}.")
    if not ids:
        raise ValueError("ids is empty: the model needs at least one token to go on from.")
    running, finished = [([], 0.0)], []  # pairs of new ids and log probability or score, best first
    fresh, cache = torch.tensor([list(ids)], device=model.device), None
    for length in range(1, max_new_tokens + 1):
        out = model(fresh, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        so_far = torch.tensor([[total] for _, total in running], device=model.device)
        totals = (out.logits[:, -1].float().log_softmax(-1) + so_far).flatten()
        # Twice as many candidates as beams: even if the best half ends, the search has enough to go on with.
        best = totals.topk(min(2 * beams, len(totals)))
        vocab = out.logits.shape[-1]

        grown, kept_parents = [], []
        for place, (index, total) in enumerate(zip(best.indices.tolist(), best.values.tolist(), strict=True)):
            parent, token = divmod(index, vocab)
            new = [*running[parent][0], token]
            if token == end_id or length == max_new_tokens:
                if place < beams:  # an ending further down only made the list because others ended above it
                    finished.append((new, total / length**length_penalty))
            elif len(grown) < beams:
                grown.append((new, total))
                kept_parents.append(parent)
        finished = sorted(finished, key=lambda beam: -beam[1])[:beams]

        # Sums of log probabilities only fall, so a beam that would not enter the finished ones now never will. (With a
        # length penalty that is a guess; transformers makes the same.)
        if not grown or (len(finished) == beams and grown[0][1] / length**length_penalty <= finished[-1][1]):
            break
        running = grown
        fresh = torch.tensor([new[-1:] for new, _ in running], device=model.device)
        cache.reorder_cache(torch.tensor(kept_parents, device=model.device))
    return finished
