"""Exercise: How many parameters a Llama has, from the sizes in its configuration."""

import torch

from ...exercise import Exercise, Mistake


def parameters(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    attention = width * size * (heads + 2 * key_heads) + heads * size * width
    mlp = 3 * width * mlp_width
    norms = 2 * width
    return vocabulary * width + layers * (attention + mlp + norms) + width


def two_mlp_matrices(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    whole = parameters(vocabulary, width, layers, heads, key_heads, size, mlp_width)
    return whole - layers * width * mlp_width


def every_head_its_keys(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    return parameters(vocabulary, width, layers, heads, heads, size, mlp_width)


def head_counted_twice(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    return parameters(2 * vocabulary, width, layers, heads, key_heads, size, mlp_width)


def no_embedding(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    return parameters(0, width, layers, heads, key_heads, size, mlp_width)


def no_output_projection(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    whole = parameters(vocabulary, width, layers, heads, key_heads, size, mlp_width)
    return whole - layers * heads * size * width


def no_norms(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    return parameters(vocabulary, width, layers, heads, key_heads, size, mlp_width) - (2 * layers + 1) * width


def no_last_norm(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    return parameters(vocabulary, width, layers, heads, key_heads, size, mlp_width) - width


def one_layer(vocabulary, width, layers, heads, key_heads, size, mlp_width):
    return parameters(vocabulary, width, 1, heads, key_heads, size, mlp_width)


def make_sizes(size, generator):
    key_heads, group = size, 2 + int(torch.randint(3, (1,), generator=generator))
    heads, head_size = key_heads * group, 4 * (1 + int(torch.randint(3, (1,), generator=generator)))
    return 100 + 7 * size, heads * head_size, size + 1, heads, key_heads, head_size, 3 * heads * head_size + 8


EXERCISE = Exercise(
    name="transformer.parameters",
    goal="How many parameters a Llama has, from the sizes in its configuration.",
    solution=parameters,
    cases=make_sizes,
    mistakes=[
        Mistake(
            "two feed-forward matrices",
            two_mlp_matrices,
            "SwiGLU has three matrices: gate, up and down. Two was GPT's number.",
        ),
        Mistake(
            "keys for every head",
            every_head_its_keys,
            "You gave every head keys and values of its own. Only `key_heads` of each are there: grouped-query "
            "attention.",
        ),
        Mistake(
            "output matrix counted",
            head_counted_twice,
            "The output matrix *is* the embedding here (tied weights): count it once.",
        ),
        Mistake("no embedding", no_embedding, "The embedding is missing: a vector of `width` for each token id."),
        Mistake(
            "no output projection",
            no_output_projection,
            "Attention has four matrices; the one that mixes the heads' results, back to `width`, is missing.",
        ),
        Mistake("no norms", no_norms, "Each RMSNorm has a weight of `width` numbers: two a layer and one at the end."),
        Mistake("last norm forgotten", no_last_norm, "`width` too few: one more RMSNorm stands after the last layer."),
        Mistake("one layer", one_layer, "That is the embedding and one layer. There are `layers` of them."),
    ],
    hint="Embedding; in each layer query, key, value, output, three matrices of SwiGLU, two norms; one last norm.",
    second_hint=(
        "A layer: `width * size * (heads + 2 * key_heads)` for query, key and value, `heads * size * width` for the "
        "output, `3 * width * mlp_width`, and `2 * width` for the norms."
    ),
    statement=(
        "From the sizes of a Llama return the number of its parameters. No biases; the output matrix is the embedding "
        "(tied). `size` is that of a head. The smallest case to check by hand: `parameters(10, 4, 1, 2, 1, 2, 8)` is "
        "40 (embedding) + 32 + 16 (attention) + 96 (SwiGLU) + 8 + 4 (norms) = 196."
    ),
    difficulty=2,
    minutes=6,
)
