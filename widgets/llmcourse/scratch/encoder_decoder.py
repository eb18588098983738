"""The transformer of 2017, from scratch: an encoder that reads, a decoder that writes and looks back at it.

Follows Vaswani et al. 2017 (https://arxiv.org/abs/1706.03762), section 3: six blocks on each side, each sublayer
followed by Add & Norm. Every part equals torch's `nn.Transformer` with the same weights. Lesson 2.3 builds it.
"""

import torch
from torch import nn

from .attention import attention_weights, causal_mask, merge_heads, split_heads
from .positions import sinusoidal

PAD, START, END = 0, 1, 2  # ids that every vocabulary here begins with


class Attention(nn.Module):
    """Multi-head attention of one text to another, or to itself: queries from `x`, keys and values from `memory`.

    >>> Attention(width=8, heads=2)(torch.zeros(1, 3, 8), torch.zeros(1, 5, 8)).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, memory, mask=None, seen=None):
        """x: (batch, tokens, width). mask: True where a query may look. The weights are added to the list `seen`."""
        query = split_heads(self.q_proj(x), self.heads)
        key, value = (split_heads(project(memory), self.heads) for project in (self.k_proj, self.v_proj))
        weights = attention_weights(query, key, mask)
        if seen is not None:
            seen.append(weights)
        return self.o_proj(merge_heads(weights @ value))


class FeedForward(nn.Module):
    """The other half of a block: each token alone goes through a wider layer and back, max(0, x W₁ + b₁) W₂ + b₂."""

    def __init__(self, width, hidden):
        super().__init__()
        self.wide, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.narrow(self.wide(x).relu())


class EncoderBlock(nn.Module):
    """Read: every token looks at every other, then thinks; Add & Norm after both."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention, self.attention_norm = Attention(width, heads), nn.LayerNorm(width)
        self.mlp, self.mlp_norm = FeedForward(width, hidden), nn.LayerNorm(width)

    def forward(self, x, mask=None, seen=None):
        x = self.attention_norm(x + self.attention(x, x, mask, seen))
        return self.mlp_norm(x + self.mlp(x))


class DecoderBlock(nn.Module):
    """Write: look back at what is written (masked), then at the source (cross attention), then think."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention, self.attention_norm = Attention(width, heads), nn.LayerNorm(width)
        self.cross, self.cross_norm = Attention(width, heads), nn.LayerNorm(width)
        self.mlp, self.mlp_norm = FeedForward(width, hidden), nn.LayerNorm(width)

    def forward(self, x, memory, mask=None, memory_mask=None, seen=None, crossed=None):
        x = self.attention_norm(x + self.attention(x, x, mask, seen))
        x = self.cross_norm(x + self.cross(x, memory, memory_mask, crossed))
        return self.mlp_norm(x + self.mlp(x))


class EncoderDecoder(nn.Module):
    """The whole of it: ids of a source and of a target's beginning -> logits of the target's next tokens.

    source_vocabulary, target_vocabulary: how many ids each has; 0, 1 and 2 are PAD, START and END.
    The other defaults are the paper's base model. masked: whether the decoder may not see the future; padding_masked:
    whether padding in the source is hidden. Lesson 2.3 switches both off to see what they are for.

    >>> model = EncoderDecoder(9, 9, width=8, heads=2, hidden=16, layers=1)
    >>> model(torch.tensor([[3, 4, 5]]), torch.tensor([[1, 6]])).shape
    torch.Size([1, 2, 9])
    """

    def __init__(self, source_vocabulary, target_vocabulary, width=512, heads=8, hidden=2048, layers=6, masked=True):
        super().__init__()
        self.width, self.masked, self.padding_masked = width, masked, True
        self.source_embed = nn.Embedding(source_vocabulary, width)
        self.target_embed = nn.Embedding(target_vocabulary, width)
        self.encoder = nn.ModuleList(EncoderBlock(width, heads, hidden) for _ in range(layers))
        self.decoder = nn.ModuleList(DecoderBlock(width, heads, hidden) for _ in range(layers))
        self.head = nn.Linear(width, target_vocabulary)
        for embed in (self.source_embed, self.target_embed):
            nn.init.normal_(embed.weight, std=width**-0.5)  # times √width below: as large as the positions

    def forward(self, source, target):
        """source: (batch, S), target: (batch, T) ids -> logits (batch, T, target vocabulary)."""
        return self.decode(target, self.encode(source), self.source_mask(source))

    def source_mask(self, source):
        """Where the source holds words and no padding: (batch, 1, 1, S), for all heads and queries."""
        return (source != PAD)[:, None, None] if self.padding_masked else None

    def encode(self, source, seen=None):
        """source: (batch, S) -> memory (batch, S, width), what the decoder looks at."""
        x, mask = self._placed(self.source_embed(source)), self.source_mask(source)
        for block in self.encoder:
            x = block(x, mask, seen)
        return x

    def decode(self, target, memory, memory_mask=None, seen=None, crossed=None):
        """target: (batch, T), START first -> logits (batch, T, vocabulary): each token's for the one after it."""
        x = self._placed(self.target_embed(target))
        mask = causal_mask(target.shape[1]).to(x.device) if self.masked else None
        for block in self.decoder:
            x = block(x, memory, mask, memory_mask, seen, crossed)
        return self.head(x)

    @torch.inference_mode()
    def write(self, source, length):
        """Greedy translation: (batch, length) ids, each chosen from those before it."""
        memory, mask = self.encode(source), self.source_mask(source)
        target = source.new_full((len(source), 1), START)
        for _ in range(length):
            best = self.decode(target, memory, mask)[:, -1].argmax(-1, keepdim=True)
            target = torch.cat([target, best], dim=1)
        return target[:, 1:]

    @torch.inference_mode()
    def attention(self, source, target):
        """The weights of one pair, (1, S) and (1, T): {"encoder", "decoder", "cross"}, each (layers, heads, …)."""
        read, written, crossed = [], [], []
        self.decode(target, self.encode(source, read), self.source_mask(source), written, crossed)
        stacks = {"encoder": read, "decoder": written, "cross": crossed}
        return {name: torch.cat(weights) for name, weights in stacks.items()}

    def _placed(self, embedded):
        return embedded * self.width**0.5 + sinusoidal(embedded.shape[1], self.width).to(embedded.device)
