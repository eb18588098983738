"""Llama from scratch: what speaks, in one module. Loads the real weights and gives transformers' logits.

Follows Touvron et al. 2023 (https://arxiv.org/abs/2302.13971) with the shared key heads of Llama 2 and 3. Its parts in
the order of the data flow: embedding, blocks (RMSNorm, attention with RoPE, RMSNorm, SwiGLU), RMSNorm, output matrix.
Matrices that read the same input lie in one: query, key and value, and the two halves of SwiGLU. One large product is
faster than three small ones. Lesson 2.3 builds it; 7.2 and 7.3 make it faster and serve it.
"""

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention, silu

from .attention import attention_weights, causal_mask
from .generation import generate
from .llama_files import LlamaConfig, read_weights
from .positions import rope_angles

_INT8 = {"int8": "Int8Linear", "int8-steady": "SteadyInt8Linear"}


class RMSNorm(nn.Module):
    """Scale each token's features to a root mean square of one, then by a learned weight (Zhang, Sennrich 2019).

    >>> RMSNorm(2, eps=0.0)(torch.tensor([[3.0, 3.0]]))
    tensor([[1., 1.]], grad_fn=<MulBackward0>)
    """

    def __init__(self, width, eps=1e-5):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        """x: (…, width) -> the same shape and dtype; the mean is taken in float32, since 16 bits lose it."""
        wide = x.float()
        normed = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        return normed.to(x.dtype) * self.weight


class SwiGLU(nn.Module):
    """The feed-forward layer of Llama: one product gates another (Shazeer 2020), down(silu(gate(x)) · up(x)).

    >>> SwiGLU(width=4, hidden=8)(torch.zeros(1, 4)).shape
    torch.Size([1, 4])
    """

    def __init__(self, width, hidden):
        super().__init__()
        self.gate_up_proj = nn.Linear(width, 2 * hidden, bias=False)
        self.down_proj = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        """x: (…, width) -> the same shape."""
        gate, up = self.gate_up_proj(x).chunk(2, dim=-1)
        return self.down_proj(silu(gate) * up)


def rotate(x, cos, signed_sin):
    """RoPE from ready tables, as `positions.rope` turns: x (…, tokens, size), tables (…, tokens, size).

    Rolling by half brings the partner of each feature to its place; the table holds the minus of the first half.

    >>> rotate(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 0.0]]), torch.tensor([[-1.0, 1.0]]))
    tensor([[0., 1.]])
    """
    return x * cos + x.roll(x.shape[-1] // 2, -1) * signed_sin


class Attention(nn.Module):
    """Causal self-attention with RoPE and shared key heads: lesson 2.2's, with a cache and torch's fused kernel."""

    def __init__(self, config):
        super().__init__()
        self.heads, self.key_heads, self.size = config.heads, config.key_heads, config.head_size
        self.qkv_proj = nn.Linear(config.width, (self.heads + 2 * self.key_heads) * self.size, bias=False)
        self.o_proj = nn.Linear(self.heads * self.size, config.width, bias=False)

    def forward(self, x, rotation, mask=None, cache=None, layer=0, seen=None):
        """x: (batch, tokens, width) -> the same shape. The cache, where there is one, holds all earlier tokens."""
        batch, tokens, _ = x.shape
        heads = self.qkv_proj(x).view(batch, tokens, -1, self.size).transpose(1, 2)
        turned, value = heads.split([self.heads + self.key_heads, self.key_heads], dim=1)
        query, key = rotate(turned, *rotation).split([self.heads, self.key_heads], dim=1)
        if cache is not None:
            key, value = cache.store(layer, key, value)
        if seen is not None:
            seen.append((query, key))
        whole = mask is None and tokens > 1  # the queries are all tokens there are: the plain triangle
        attend = getattr(cache, "attend", scaled_dot_product_attention)  # a paged cache attends row by row
        mixed = attend(query, key, value, attn_mask=mask, is_causal=whole, enable_gqa=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, -1))


class Block(nn.Module):
    """One layer: look back, then think; each reads a normed copy of the stream and adds its result to it."""

    def __init__(self, config):
        super().__init__()
        self.attention_norm = RMSNorm(config.width, config.norm_eps)
        self.attention = Attention(config)
        self.mlp_norm = RMSNorm(config.width, config.norm_eps)
        self.mlp = SwiGLU(config.width, config.mlp_width)

    def forward(self, x, rotation, **context):
        x = x + self.attention(self.attention_norm(x), rotation, **context)
        return x + self.mlp(self.mlp_norm(x))


class Llama(nn.Module):
    """A Llama whose every line you can read: `Llama.from_pretrained(folder)` speaks, `Llama(config)` is untrained.

    >>> config = LlamaConfig(vocabulary=10, width=8, layers=1, heads=2, key_heads=1, head_size=4, mlp_width=16)
    >>> Llama(config)(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 10])
    """

    generate = generate

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_eps)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        if config.tied:
            self.head.weight = self.embed.weight
        self.apply(_small)
        # On the CPU even while from_pretrained builds the rest without memory.
        angles = rope_angles(torch.arange(config.context, device="cpu"), config.head_size, config.rope_base)
        self.register_buffer("cos", torch.cat([angles.cos(), angles.cos()], -1), persistent=False)
        self.register_buffer("signed_sin", torch.cat([-angles.sin(), angles.sin()], -1), persistent=False)

    @classmethod
    def from_pretrained(cls, folder, dtype="float32"):
        """The model of a folder in transformers' format, in evaluation mode and on the CPU.

        dtype: "float32", "bfloat16" or "float16"; or "int8", the fastest here, or "int8-steady", in which no row of
        a batch changes another's: see int8_linear.py.
        Raises ValueError for another dtype and for a folder that holds no Llama of the plain kind.

        >>> model = Llama.from_pretrained(llmcourse.embedded_model.prepare())          # doctest: +SKIP
        """
        config = LlamaConfig.read(folder)
        with torch.device("meta"):  # shapes without memory: the weights of the file take their places
            model = cls(config)
        weights = read_weights(folder, config, torch.float32 if dtype in _INT8 else _floats(dtype))
        if config.tied:
            weights["head.weight"] = weights["embed.weight"]
        model.load_state_dict(weights, assign=True)
        if config.tied:
            model.head.weight = model.embed.weight
        if dtype in _INT8:
            from . import int8_linear

            del weights
            return int8_linear.in_int8(model, getattr(int8_linear, _INT8[dtype])).eval()
        return model.to(_floats(dtype)).eval()

    def forward(self, ids, cache=None, padding=None, last_only=False):
        """ids: (batch, tokens) -> logits (batch, tokens, vocabulary), each token's for the one after it.

        cache: a KVCache that holds the earlier tokens; these are added to it. padding: (batch,) how many tokens at
        the left of each row are only padding; a cache has its own. last_only: logits of the last token alone.
        Raises ValueError when the tokens do not fit into the model's context.
        """
        x, _ = self.hidden(ids, cache, padding)
        return self.head(self.norm(x[:, -1:] if last_only else x))

    def hidden(self, ids, cache=None, padding=None, seen=None, states=None):
        """The stream after the last block, (batch, tokens, width), and the mask that attention used."""
        start = 0 if cache is None else cache.length
        tokens = ids.shape[-1]
        if start + tokens > self.config.context:
            raise ValueError(f"ids reach {start + tokens:,} tokens; the model reads at most {self.config.context:,}.")
        padding = padding if cache is None else cache.padding
        places = slice(start, start + tokens)
        mask = causal_mask(tokens, start + tokens).to(ids.device) if start and tokens > 1 else None
        if padding is not None:
            places = (torch.arange(start, start + tokens, device=ids.device) - padding[:, None]).clamp_min(0)
            real = torch.arange(start + tokens, device=ids.device) >= padding[:, None]
            mask = real[:, None, None] & causal_mask(tokens, start + tokens).to(ids.device)
        rotation = [t[places] if padding is None else t[places][:, None] for t in (self.cos, self.signed_sin)]
        x = self.embed(ids)
        for layer, block in enumerate(self.blocks):
            if states is not None:
                states.append(x)
            x = block(x, rotation, mask=mask, cache=cache, layer=layer, seen=seen)
        if cache is not None:
            cache.length += tokens
        return x, mask

    def traced(self, ids):
        """What `llmcourse.trace` shows of one pass: attention, queries, keys, hidden states, logits."""
        seen, states = [], []
        x, _ = self.hidden(ids, seen=seen, states=states)
        states.append(self.norm(x))
        triangle = causal_mask(ids.shape[-1]).to(ids.device)
        return {
            "attention": torch.stack([attention_weights(q[0], k[0], triangle) for q, k in seen]),
            "queries": torch.stack([q[0] for q, _ in seen]),
            "keys": torch.stack([k[0] for _, k in seen]),
            "scaling": self.config.head_size**-0.5,
            "hidden": torch.stack([state[0] for state in states]),
            "logits": self.head(states[-1])[0],
        }


def _small(module):
    """Begin with small random weights, as GPT-2 did."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)


def _floats(dtype):
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    name = str(dtype).removeprefix("torch.")
    if name not in kinds:
        raise ValueError(f"dtype must be one of {', '.join(kinds)} or int8; got {name[:40]!r}.")
    return kinds[name]
