"""GPT from scratch: GPT-2's network, small enough to train here and equal to transformers' with the same weights.

Follows Radford et al. 2019: a decoder alone. Against the decoder of 2017: no cross attention, the norm stands before
each sublayer (pre-norm) and once more at the end, GELU for ReLU, learned positions for sinusoids, and the output matrix
is the embedding.
"""

from dataclasses import dataclass

from torch import nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention


@dataclass(frozen=True)
class GPTConfig:
    """The sizes of a GPT; the defaults are GPT-2 small's.

    vocabulary, context: rows of the two tables. width: features of a token, a multiple of heads.
    """

    vocabulary: int = 50_257
    context: int = 1024
    width: int = 768
    layers: int = 12
    heads: int = 12


class Attention(nn.Module):
    """Causal multi-head attention; query, key and value come out of one product."""

    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.qkv_proj = nn.Linear(config.width, 3 * config.width)
        self.o_proj = nn.Linear(config.width, config.width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv_proj(x).chunk(3, dim=-1)
        query, key, value = (part.view(batch, tokens, self.heads, -1).transpose(1, 2) for part in qkv)
        mixed = scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    """Look back, then think; each reads a normed copy of the stream and adds its result to it (pre-norm)."""

    def __init__(self, config):
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(config.width), Attention(config)
        self.mlp_norm = nn.LayerNorm(config.width)
        self.wide, self.narrow = nn.Linear(config.width, 4 * config.width), nn.Linear(4 * config.width, config.width)
        self.gelu = nn.GELU("tanh")

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.narrow(self.gelu(self.wide(self.mlp_norm(x))))


class GPT(nn.Module):
    """A GPT-2 of any size.

    >>> GPT(GPTConfig(vocabulary=10, context=8, width=8, layers=1, heads=2))(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 10])
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Embedding(config.context, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        self.head.weight = self.embed.weight
        for name, weight in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(weight)
            elif weight.ndim == 2:
                # What is added to the stream starts smaller, so that its sum over all layers keeps its size.
                deep = name.endswith(("o_proj.weight", "narrow.weight"))
                nn.init.normal_(weight, std=0.02 * (2 * config.layers) ** -0.5 if deep else 0.02)

    def forward(self, ids):
        """ids: (batch, tokens) -> logits (batch, tokens, vocabulary). Raises ValueError beyond the context."""
        tokens = ids.shape[1]
        if tokens > self.config.context:
            raise ValueError(f"ids have {tokens:,} tokens, but only {self.config.context:,} positions were learned.")
        x = self.embed(ids) + self.positions.weight[:tokens]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))

    def loss(self, ids):
        """Mean cross-entropy of each token of ids (batch, tokens + 1) given those before it."""
        return cross_entropy(self(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
