"""A task that needs positions: say which token stood a few places earlier. One attention head, five schemes.

Lesson 2.2 trains each scheme on short sequences and then tries it on longer ones.
"""

import torch
from torch import nn

from .attention import attention_weights, causal_mask
from .positions import LearnedPositions, alibi_bias, rope, sinusoidal

SCHEMES = ("none", "sinusoidal", "learned", "RoPE", "ALiBi")
VOCAB, WIDTH = 16, 32


class RecallHead(nn.Module):
    """One attention head that is told positions by one of SCHEMES and predicts an earlier token.

    scheme: one of SCHEMES. length: rows of the table of learned positions.
    Raises ValueError for another scheme.

    >>> RecallHead("RoPE", length=8)(torch.zeros(1, 5, dtype=torch.long)).shape
    torch.Size([1, 5, 16])
    """

    def __init__(self, scheme, length):
        if scheme not in SCHEMES:
            raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}.")
        super().__init__()
        self.scheme = scheme
        self.embed = nn.Embedding(VOCAB, WIDTH)
        self.q_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, VOCAB)
        self.positions = LearnedPositions(length, WIDTH) if scheme == "learned" else None

    def weights(self, ids):
        """ids: (batch, tokens) -> attention weights (batch, tokens, tokens)."""
        x, tokens = self.embed(ids), ids.shape[-1]
        if self.scheme == "sinusoidal":
            x = x + sinusoidal(tokens, WIDTH)
        if self.scheme == "learned":
            x = self.positions(x)
        query, key = self.q_proj(x), self.k_proj(x)
        if self.scheme == "RoPE":
            place = torch.arange(tokens)
            query, key = rope(query, place), rope(key, place)
        # One head has one slope: the steepest of eight, 1/2.
        mask = alibi_bias(8, tokens)[0] if self.scheme == "ALiBi" else causal_mask(tokens)
        return attention_weights(query, key, mask)

    def forward(self, ids):
        """ids: (batch, tokens) -> logits (batch, tokens, VOCAB)."""
        # Values carry no positions, so that all schemes hand on the same thing.
        return self.out(self.weights(ids) @ self.embed(ids))


def train_recall(scheme, back, length=16, steps=300, seed=0):
    """A RecallHead trained for some 0.5 s to say the token `back` places earlier, on random sequences.

    >>> train_recall("RoPE", back=1, steps=1).scheme
    'RoPE'
    """
    torch.manual_seed(seed)
    head = RecallHead(scheme, length)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.01)
    for _ in range(steps):
        ids = torch.randint(VOCAB, (64, length))
        logits = head(ids)[:, back:]
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, :-back].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head


@torch.inference_mode()
def recall_accuracy(head, back, length, seed=1):
    """How often the head is right on 64 new random sequences of this length, in 0 … 1; nan where it cannot run.

    >>> recall_accuracy(RecallHead("learned", length=8), back=1, length=9)
    nan
    """
    ids = torch.randint(VOCAB, (64, length), generator=torch.Generator().manual_seed(seed))
    try:
        answers = head(ids)[:, back:].argmax(-1)
    except ValueError:  # longer than the table of learned positions
        return float("nan")
    return (answers == ids[:, :-back]).float().mean().item()
