"""Exercise: The cosine between a query and every vector."""

import torch

from ...exercise import Exercise, Mistake


def cosine_similarity(query, vectors):
    return vectors @ query / (vectors.norm(dim=-1) * query.norm())


def dot_product(query, vectors):
    return vectors @ query


def query_not_normalised(query, vectors):
    return vectors @ query / vectors.norm(dim=-1)


def one_length_for_all(query, vectors):
    return vectors @ query / (vectors.norm() * query.norm())


def squared_lengths(query, vectors):
    return vectors @ query / ((vectors**2).sum(-1) * (query**2).sum())


def make_vectors(size, generator):
    scale = 0.5 + 3 * torch.rand(size + 1, 1, generator=generator)
    return 2 * torch.randn(size + 2, generator=generator), scale * torch.randn(size + 1, size + 2, generator=generator)


EXERCISE = Exercise(
    name="vector_store.cosine_similarity",
    goal="The cosine between a query and every vector.",
    solution=cosine_similarity,
    cases=make_vectors,
    mistakes=[
        Mistake(
            "the plain dot product",
            dot_product,
            "That is the dot product: a long vector scores high whatever its direction. Divide by both lengths.",
        ),
        Mistake(
            "the query's length is left in",
            query_not_normalised,
            "The order is right, since the query's length is the same for all. But a cosine lies between -1 and 1, or "
            "no threshold holds: divide by the query's length too.",
        ),
        Mistake(
            "one length for all vectors",
            one_length_for_all,
            "`vectors.norm()` is one number for the whole matrix. Each row has its own length: `norm(dim=-1)`.",
        ),
        Mistake(
            "squared lengths",
            squared_lengths,
            "You divided by squared lengths. The length is the square root of the sum of squares, as `norm` gives it.",
        ),
    ],
    hint="All dot products at once are `vectors @ query`. The length of each row is `vectors.norm(dim=-1)`.",
    second_hint="`vectors @ query` divided by the product of `vectors.norm(dim=-1)` and `query.norm()`.",
    statement=(
        "For a `query` (d,) and `vectors` (n, d) of any length, return the n cosines. "
        "The query `[2, 0]` and the vectors `[3, 0]`, `[0, 5]`, `[1, 1]` give `[1, 0, 0.71]`."
    ),
    difficulty=1,
    minutes=3,
)
