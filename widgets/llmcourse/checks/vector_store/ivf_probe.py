"""Exercise: The vectors that an IVF search looks at: those in the cells nearest to the query."""

import torch

from ...exercise import Exercise, Mistake


def ivf_probe(query, centroids, cell_of, probe):
    distances = (centroids - query).norm(dim=-1)
    opened = distances.topk(probe, largest=False).indices
    return torch.isin(cell_of, opened).nonzero().flatten()


def nearest_cell_only(query, centroids, cell_of, probe):
    return (cell_of == (centroids - query).norm(dim=-1).argmin()).nonzero().flatten()


def farthest_cells(query, centroids, cell_of, probe):
    opened = (centroids - query).norm(dim=-1).topk(probe).indices
    return torch.isin(cell_of, opened).nonzero().flatten()


def cells_instead_of_vectors(query, centroids, cell_of, probe):
    return (centroids - query).norm(dim=-1).topk(probe, largest=False).indices.sort().values


def first_cells(query, centroids, cell_of, probe):
    return (cell_of < probe).nonzero().flatten()


def make_cells(size, generator):
    cells = size + 4
    centroids = torch.randn(cells, 3, generator=generator)
    # For a query at the origin: middling cells come first, then the nearest, then the farthest.
    centroids = centroids[centroids.norm(dim=-1).argsort(descending=True).roll(-2)]
    cell_of = torch.arange(3 * cells)[torch.randperm(3 * cells, generator=generator)] % cells
    return 0.01 * torch.randn(3, generator=generator), centroids, cell_of, 2


EXERCISE = Exercise(
    name="vector_store.ivf_probe",
    goal="The vectors that an IVF search looks at: those in the cells nearest to the query.",
    solution=ivf_probe,
    cases=make_cells,
    mistakes=[
        Mistake(
            "the nearest cell only",
            nearest_cell_only,
            "You open one cell, whatever `probe` says. A neighbour just across the border is then lost: open the "
            "`probe` nearest.",
        ),
        Mistake(
            "the farthest cells",
            farthest_cells,
            "`topk` takes the largest by itself, here the farthest cells. Distances want `largest=False`.",
        ),
        Mistake(
            "cells instead of vectors",
            cells_instead_of_vectors,
            "Those are the numbers of the cells. The search needs the vectors inside: where `cell_of` is one of them.",
        ),
        Mistake(
            "the first cells",
            first_cells,
            "You open the cells 0 to probe - 1. Which cells are near depends on the query: compare it with the "
            "centroids.",
        ),
    ],
    hint="First the distance from the query to every centroid, then the `probe` smallest, then who lives there.",
    second_hint="`torch.isin(cell_of, opened)` is true where the cell is open; `nonzero().flatten()` numbers those.",
    statement=(
        "`centroids` (cells, d) are the centres, `cell_of` (n,) tells in which cell each vector lies. Return the "
        "numbers of the vectors in the `probe` cells nearest to `query`, rising. Query `[0.9]`, centroids "
        "`[[0], [1], [5]]`, cells `[0, 2, 1, 0]` and probe = 2 give `[0, 2, 3]`."
    ),
    difficulty=2,
    minutes=5,
)
