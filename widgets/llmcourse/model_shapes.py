"""The sizes of well-known models: what the architecture and memory views compute from.

A ModelShape holds the few numbers from which every weight's shape follows. `PRESETS` has the models of the course with
the paper or model card of each; `shape_of` also takes a transformers configuration or a loaded model.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelShape:
    """The sizes that fix a transformer: from them follow every weight, the KV cache and the cost of a token.

    layout: whose weight names and block it has: "gpt2", "llama", "marian" (the 2017 Transformer) or "t5".
    width: features of a token in the residual stream; mlp_width: features inside the MLP; head_size: of one head.
    encoder_layers: 0 for a decoder-only model. context: tokens it was trained to read at once; 0 where positions set
    no limit. tied: the output matrix is the embedding. source: the paper or model card that states these sizes.
    """

    name: str
    title: str
    layout: str
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    mlp_width: int
    vocabulary: int
    context: int
    tied: bool
    encoder_layers: int = 0
    attention_bias: bool = False
    mlp_bias: bool = False
    rope_base: float = 0.0
    source: str = ""

    @property
    def norm(self):
        """The normalisation: "LayerNorm" or "RMSNorm"."""
        return "RMSNorm" if self.layout in ("llama", "t5") else "LayerNorm"

    @property
    def activation(self):
        """The MLP's non-linearity: "GELU", "SwiGLU" or "ReLU"."""
        return {"gpt2": "GELU", "llama": "SwiGLU"}.get(self.layout, "ReLU")

    @property
    def positions(self):
        """How order enters: "learned", "RoPE", "sinusoidal" or "relative bias"."""
        return {"gpt2": "learned", "llama": "RoPE", "marian": "sinusoidal", "t5": "relative bias"}[self.layout]

    @property
    def attention(self):
        """How heads share keys and values: "MHA" (none do), "GQA" (groups do) or "MQA" (all do)."""
        return "MHA" if self.kv_heads == self.heads else "MQA" if self.kv_heads == 1 else "GQA"


def _llama(name, title, source, **sizes):
    return ModelShape(name=name, title=title, layout="llama", source=source, **sizes)


_LLAMA_7B = {
    "width": 4096,
    "layers": 32,
    "heads": 32,
    "kv_heads": 32,
    "head_size": 128,
    "mlp_width": 11008,
    "vocabulary": 32_000,
    "tied": False,
    "rope_base": 10_000.0,
}
_BASE_2017 = {"width": 512, "layers": 6, "heads": 8, "kv_heads": 8, "head_size": 64, "mlp_width": 2048, "tied": True}

PRESETS = {
    shape.name: shape
    for shape in (
        _llama(
            "smollm2-135m",
            "SmolLM2-135M (embedded)",
            "Ben Allal et al. 2025, https://arxiv.org/abs/2502.02737",
            width=576,
            layers=30,
            heads=9,
            kv_heads=3,
            head_size=64,
            mlp_width=1536,
            vocabulary=49_152,
            context=8192,
            tied=True,
            rope_base=100_000.0,
        ),
        ModelShape(
            name="gpt2",
            title="GPT-2 small",
            layout="gpt2",
            width=768,
            layers=12,
            heads=12,
            kv_heads=12,
            head_size=64,
            mlp_width=3072,
            vocabulary=50_257,
            context=1024,
            tied=True,
            attention_bias=True,
            mlp_bias=True,
            source="Radford et al. 2019, https://huggingface.co/openai-community/gpt2",
        ),
        _llama(
            "llama-1-7b",
            "Llama 1 7B",
            "Touvron et al. 2023a, https://arxiv.org/abs/2302.13971",
            **_LLAMA_7B,
            context=2048,
        ),
        _llama(
            "llama-2-7b",
            "Llama 2 7B",
            "Touvron et al. 2023b, https://arxiv.org/abs/2307.09288",
            **_LLAMA_7B,
            context=4096,
        ),
        _llama(
            "llama-3-8b",
            "Llama 3 8B",
            "Grattafiori et al. 2024, https://arxiv.org/abs/2407.21783",
            **_LLAMA_7B
            | {"kv_heads": 8, "mlp_width": 14_336, "vocabulary": 128_256, "rope_base": 500_000.0, "context": 8192},
        ),
        ModelShape(
            name="transformer-base",
            title="Transformer base (2017)",
            layout="marian",
            **_BASE_2017,
            encoder_layers=6,
            vocabulary=37_000,
            context=0,
            attention_bias=True,
            mlp_bias=True,
            source="Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; weights as in MarianMT, which follows it "
            "and adds biases to the attention projections",
        ),
        ModelShape(
            name="t5-small",
            title="T5-small",
            layout="t5",
            **_BASE_2017,
            encoder_layers=6,
            vocabulary=32_128,
            context=512,
            source="Raffel et al. 2020, https://arxiv.org/abs/1910.10683",
        ),
    )
}


def shape_of(model, name="your model"):
    """The sizes of a preset's name, a ModelShape, a transformers configuration, or a model that has one.

    Raises ValueError for a name that is no preset or an architecture without a layout here, TypeError otherwise.

    >>> shape_of("gpt2").width
    768
    """
    if isinstance(model, ModelShape):
        return model
    if isinstance(model, str):
        if model not in PRESETS:
            raise ValueError(f"no preset is called {model[:60]!r}; there are {', '.join(PRESETS)}.")
        return PRESETS[model]
    config = getattr(model, "config", model)
    if not hasattr(config, "model_type"):
        raise TypeError(
            "a model must be a preset's name, a transformers configuration or a model that has one; "
            f"got {type(model).__name__}."
        )
    from .model_configs import from_config

    return from_config(config, name)
