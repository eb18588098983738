"""What each part of a transformer computes: its formula, and one sentence, for the architecture view.

Formulas follow the papers: Vaswani et al. 2017 (https://arxiv.org/abs/1706.03762), RMSNorm: Zhang and Sennrich 2019
(https://arxiv.org/abs/1910.07467), GELU: Hendrycks and Gimpel 2016 (https://arxiv.org/abs/1606.08415), SwiGLU: Shazeer
2020 (https://arxiv.org/abs/2002.05202), RoPE: Su et al. 2021 (https://arxiv.org/abs/2104.09864), GQA: Ainslie et al.
2023 (https://arxiv.org/abs/2305.13245).
"""

WORDS = {  # kind of part -> (formula, sentence)
    "token embedding": ("x = E[id]", "Each token id picks one row of the table: a lookup, not a product."),
    "learned positions": (
        "x = E[id] + P[position]",
        "Each position has a row of its own; past the last row there is none.",
    ),
    "sinusoidal positions": (
        "x = √d·E[id] + PE[position]",
        "PE[p, 2i] = sin(p / 10000^(2i/d)), PE[p, 2i+1] the cosine: computed, so there is nothing to learn.",
    ),
    "relative bias": (
        "scores[i, j] += b[bucket(j − i), head]",
        "32 buckets of distance, one learned number a head; the first block owns the table and all blocks use it.",
    ),
    "LayerNorm": ("y = (x − mean(x)) / √(var(x) + ε) · g + b", "Centres and scales each token's features."),
    "RMSNorm": (
        "y = x / √(mean(x²) + ε) · g",
        "Scales each token's features; unlike LayerNorm it does not centre, and has no bias.",
    ),
    "attention": (
        "Attention(Q, K, V) = softmax(QKᵀ / √d_head) V",
        "Each token gathers from the tokens it may see; heads work side by side.",
    ),
    "cross attention": (
        "Q from the decoder, K and V from the encoder",
        "Each target token gathers from all source tokens.",
    ),
    "qkv": ("[Q, K, V] = x W + b", "One fused matrix makes queries, keys and values, then it is cut in three."),
    "query": ("Q = x Wqᵀ", "What each token looks for."),
    "key": ("K = x Wkᵀ", "What each token offers to be found by; kept in the KV cache."),
    "value": ("V = x Wvᵀ", "What each token hands over when it is found; kept in the KV cache."),
    "rotation": (
        "(a, b) → (a cos pθ − b sin pθ, a sin pθ + b cos pθ)",
        "RoPE turns pairs of features of Q and K by an angle that grows with the position p: scores see distance.",
    ),
    "scores": (
        "A = softmax(QKᵀ / √d_head + mask)",
        "How much each token takes from each token it may see; a row sums to 1.",
    ),
    "t5 scores": ("A = softmax(QKᵀ + bias + mask)", "T5 leaves out 1/√d_head: its initial weights hold it."),
    "mix": ("Z = A V", "The values, weighted by the scores."),
    "output projection": ("y = concat(heads) Woᵀ", "Puts the heads together and writes to the residual stream."),
    "residual": ("x ← x + y", "The part's answer is added to what came in: the residual stream."),
    "GELU MLP": ("y = GELU(x W₁ + b₁) W₂ + b₂", "Works on each token alone."),
    "ReLU MLP": ("y = ReLU(x W₁ᵀ) W₂ᵀ", "Works on each token alone."),
    "SwiGLU MLP": ("y = (SiLU(x Wgᵀ) ⊙ x Wuᵀ) Wdᵀ", "Works on each token alone; a gate decides what passes."),
    "gate": ("g = x Wgᵀ", "Opens or closes each feature."),
    "up": ("u = x W₁ᵀ", "Widens each token's features."),
    "GELU": ("GELU(u) = u · Φ(u)", "A smooth step: large values pass, negative ones fade. GPT-2 uses its tanh form."),
    "ReLU": ("ReLU(u) = max(0, u)", "Negative values become 0."),
    "SwiGLU": ("SiLU(g) ⊙ u, with SiLU(g) = g · sigmoid(g)", "The gate multiplies the widened features."),
    "down": ("y = h W₂ᵀ", "Back to the width of the residual stream."),
    "output": ("logits = x Wᵀ", "One score for each token of the vocabulary; softmax makes them probabilities."),
    "tied output": ("logits = x Eᵀ", "The embedding table again, so it costs no parameters here, but the same work."),
    "stack": ("block after block", "The same block many times, each with its own weights."),
    "block": ("x ← x + part(x), twice or more", "Attention moves information between tokens, the MLP works on each."),
    "model": ("ids → logits", "From token ids to one score for each possible next token."),
    "encoder": ("source ids → source states", "Reads the whole source at once: every token sees every other."),
    "decoder": (
        "target ids, source states → logits",
        "Writes the target: each token sees those before it, and the source.",
    ),
    "module": ("", "A part of your own model, as named_modules() and named_parameters() tell it."),
}
