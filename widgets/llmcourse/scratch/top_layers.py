"""Fine-tuning of the last layers alone: what a training run costs least, for comparing sets of data.

The layers below are frozen, so an example's way through them is computed once and kept; only the last layers run in
each step, and logits are made only where there is a label. Lessons 3.2 and 3.3 train the whole model.
"""

import contextlib

import torch

from .batch_answers import IGNORED, label_batch, repeated, shared_length


@contextlib.contextmanager
def only_layers(model, start, stop, norm=True):
    """Inside, the decoder consists of the layers start … stop - 1, with or without its last norm."""
    decoder = model.model
    layers, last = decoder.layers, decoder.norm
    kept = decoder.config.num_hidden_layers
    decoder.layers = torch.nn.ModuleList(layers[start:stop])
    decoder.config.num_hidden_layers = stop - start
    if not norm:
        decoder.norm = torch.nn.Identity()
    try:
        yield decoder
    finally:
        decoder.layers, decoder.norm, decoder.config.num_hidden_layers = layers, last, kept


@torch.inference_mode()
def states_below(model, rows, start, pad, batch=16):
    """Rows of (ids, labels) with the hidden states below layer `start` in place of the ids: (states, labels) each.

    What all rows begin with, such as the system turn, is computed once, and so are equal rows.
    states: (tokens, width); labels: (tokens,), a tensor.
    """
    from tqdm.auto import tqdm

    device, shared, states = model.device, shared_length([ids for ids, _ in rows]), {}
    order = sorted({tuple(ids) for ids, _ in rows}, key=lambda ids: (len(ids), ids))
    with only_layers(model, 0, start, norm=False) as decoder:
        if shared:
            opening = decoder(input_ids=torch.tensor([order[0][:shared]], device=device), use_cache=True)
        for first in tqdm(range(0, len(order), batch), desc="layers below", leave=False):
            part = order[first : first + batch]
            ids, _, mask = label_batch([(each[shared:], []) for each in part], pad)
            mask = torch.cat([torch.ones(len(part), shared, dtype=torch.long), mask], dim=1).to(device)
            cache = {"past_key_values": repeated(opening.past_key_values, len(part))} if shared else {}
            hidden = decoder(input_ids=ids.to(device), attention_mask=mask, **cache).last_hidden_state
            if shared:
                hidden = torch.cat([opening.last_hidden_state.expand(len(part), -1, -1), hidden], dim=1)
            states |= {each: hidden[at, : len(each)].clone() for at, each in enumerate(part)}
    return [(states[tuple(ids)], torch.tensor(labels)) for ids, labels in rows]


class TopLayers:
    """The last `trained` layers of a Llama-like model, ready to be trained and set back.

    Raises ValueError unless 1 <= trained < layers.

    >>> top = TopLayers(model, trained=4)                                      # doctest: +SKIP
    >>> top.train(top.prepare(rows), steps=30)                                 # doctest: +SKIP
    """

    def __init__(self, model, trained=4):
        count = model.config.num_hidden_layers
        if not 1 <= trained < count:
            raise ValueError(f"trained must be 1 to {count - 1} of the {count} layers; got {trained}.")
        self.model, self.start, self.count = model, count - trained, count
        model.requires_grad_(False)
        self.weights = [weight for layer in model.model.layers[self.start :] for weight in layer.parameters()]
        self._before = [weight.detach().clone() for weight in self.weights]

    def prepare(self, rows, pad, batch=16):
        """Rows of (ids, labels) with their hidden states below the trained layers: what `train` and `loss` take."""
        return states_below(self.model, rows, self.start, pad, batch)

    def train(self, ready, steps, batch=4, lr=3e-4, seed=0):
        """Train on what `prepare` gave, in shuffled epochs, by AdamW with a warm-up and a falling rate; the losses."""
        from tqdm.auto import tqdm

        random = torch.Generator().manual_seed(seed)
        optimizer = torch.optim.AdamW(self.weights, lr=lr, weight_decay=0.0)
        losses, order = [], []
        for weight in self.weights:
            weight.requires_grad_(True)
        for step in tqdm(range(steps), desc="training", leave=False):
            if len(order) < batch:
                order = torch.randperm(len(ready), generator=random).tolist()
            rows = [ready[order.pop()] for _ in range(min(batch, len(ready)))]
            optimizer.param_groups[0]["lr"] = lr * min(1, (step + 1) / 5) * (1 - step / steps)
            loss = self._loss(rows)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        for weight in self.weights:
            weight.requires_grad_(False)
        return losses

    @torch.inference_mode()
    def loss(self, ready, batch=20):
        """The mean loss of all labelled tokens of prepared rows."""
        parts = [ready[start : start + batch] for start in range(0, len(ready), batch)]
        counts = [sum(int((labels[1:] != IGNORED).sum()) for _, labels in part) for part in parts]
        return sum(self._loss(part).item() * count for part, count in zip(parts, counts, strict=True)) / sum(counts)

    @torch.inference_mode()
    def each(self, ready, batch=20):
        """For each prepared row its mean loss, and the share of its labelled tokens that are the model's likeliest.

        Returns two float tensors (rows,). A share of 1 means that greedy decoding writes the whole answer as wanted.
        """
        losses, shares = [], []
        for start in range(0, len(ready), batch):
            logits, labels, counts = self._logits(ready[start : start + batch])
            token_losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
            losses += [row.mean() for row in token_losses.split(counts)]
            shares += [row.float().mean() for row in (logits.argmax(-1) == labels).split(counts)]
        return torch.stack(losses).cpu(), torch.stack(shares).cpu()

    @torch.no_grad()
    def reset(self):
        """Set the trained layers back to what they were at first."""
        for weight, before in zip(self.weights, self._before, strict=True):
            weight.copy_(before)

    def _loss(self, rows):
        logits, labels, _ = self._logits(rows)
        return torch.nn.functional.cross_entropy(logits, labels)

    def _logits(self, rows):
        """(tokens, vocabulary) logits where there is a label, those labels, and how many there are in each row."""
        longest = max(len(labels) for _, labels in rows)
        hidden = torch.stack([torch.nn.functional.pad(each, (0, 0, 0, longest - len(each))) for each, _ in rows])
        labels = torch.stack(
            [torch.nn.functional.pad(each, (0, longest - len(each)), value=IGNORED) for _, each in rows]
        ).to(hidden.device)
        # Padding stands on the right, behind the causal mask: no attention mask is needed.
        with only_layers(self.model, self.start, self.count) as decoder:
            hidden = decoder(inputs_embeds=hidden, use_cache=False).last_hidden_state
        wanted = labels[:, 1:] != IGNORED
        return self.model.lm_head(hidden[:, :-1][wanted]), labels[:, 1:][wanted], wanted.sum(1).tolist()
