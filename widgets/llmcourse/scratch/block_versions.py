"""From GPT-2's block to Llama 3's, one change at a time, and a small language model to try each in.

Each version is written out whole, so that the difference of two versions is exactly the change. All read and write the
same stream: x (batch, tokens, width) -> the same shape. Lesson 2.3 shows the differences and trains all five.
"""

import math

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from .attention import MultiHeadAttention
from .llama import RMSNorm, SwiGLU


class GPTBlock(nn.Module):
    """GPT-2: LayerNorm, GELU, positions learned outside, every head with keys of its own."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = MultiHeadAttention(width, heads)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class RMSNormBlock(nn.Module):
    """RMSNorm for LayerNorm."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = RMSNorm(width)
        self.attention = MultiHeadAttention(width, heads)
        self.mlp_norm = RMSNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class SwiGLUBlock(nn.Module):
    """SwiGLU for GELU, without biases: three matrices, two thirds as wide, so that the parameters stay the same."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = RMSNorm(width)
        self.attention = MultiHeadAttention(width, heads)
        self.mlp_norm = RMSNorm(width)
        self.mlp = SwiGLU(width, 4 * width * 2 // 3)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class Llama1Block(nn.Module):
    """RoPE for learned positions: this is the block of Llama 1."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = RMSNorm(width)
        self.attention = MultiHeadAttention(width, heads, rope_base=10_000)
        self.mlp_norm = RMSNorm(width)
        self.mlp = SwiGLU(width, 4 * width * 2 // 3)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class Llama3Block(nn.Module):
    """Grouped-query attention, and slower turns for longer texts: this is the block of Llama 3."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm = RMSNorm(width)
        self.attention = MultiHeadAttention(width, heads, key_heads=heads // 2, rope_base=500_000)
        self.mlp_norm = RMSNorm(width)
        self.mlp = SwiGLU(width, 4 * width * 2 // 3)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


VERSIONS = {
    "GPT-2": GPTBlock,
    "+ RMSNorm": RMSNormBlock,
    "+ SwiGLU": SwiGLUBlock,
    "+ RoPE = Llama 1": Llama1Block,
    "+ GQA = Llama 3": Llama3Block,
}


class TinyLM(nn.Module):
    """A language model of a few blocks of one version; it learns positions only where the block has none.

    >>> TinyLM(Llama1Block, vocabulary=10)(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 10])
    """

    def __init__(self, block, vocabulary, width=64, heads=4, layers=2, context=64):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.blocks = nn.Sequential(*(block(width, heads) for _ in range(layers)))
        turned = self.blocks[0].attention.rope_base is not None
        self.positions = None if turned else nn.Parameter(torch.zeros(context, width))
        norm = type(self.blocks[0].mlp_norm)
        self.norm, self.head = norm(width), nn.Linear(width, vocabulary, bias=False)
        for weight in self.parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.02)

    def forward(self, ids):
        """ids: (batch, tokens) -> logits (batch, tokens, vocabulary)."""
        x = self.embed(ids)
        if self.positions is not None:
            x = x + self.positions[: ids.shape[1]]
        return self.head(self.norm(self.blocks(x)))


def train_version(block, ids, vocabulary, steps=200, batch=8, context=32, seed=0):
    """Train a TinyLM on a text's ids (a vector): (model, losses). The last tenth of the text is left for testing."""
    from tqdm.auto import tqdm

    torch.manual_seed(seed)
    model = TinyLM(block, vocabulary, context=context)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / 20, 0.55 + 0.45 * math.cos(math.pi * step / steps))
    )
    drawn, end, losses = torch.Generator().manual_seed(seed), len(ids) * 9 // 10 - context - 1, []
    for _ in tqdm(range(steps), desc=block.__name__, unit="step", leave=False):
        starts = torch.randint(end, (batch,), generator=drawn)
        texts = torch.stack([ids[start : start + context + 1] for start in starts.tolist()])
        loss = cross_entropy(model(texts[:, :-1]).flatten(0, 1), texts[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return model.eval(), losses


@torch.inference_mode()
def held_out_loss(model, ids, context=32, texts=400):
    """Mean cross-entropy on the last tenth of the text, cut into pieces of `context` tokens."""
    held_out = ids[len(ids) * 9 // 10 :]
    pieces = held_out[: len(held_out) // (context + 1) * (context + 1)].view(-1, context + 1)[:texts]
    return cross_entropy(model(pieces[:, :-1]).flatten(0, 1), pieces[:, 1:].flatten()).item()
