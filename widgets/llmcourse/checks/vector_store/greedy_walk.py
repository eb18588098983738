"""Exercise: Walk over a graph of neighbours, always to the nearest, until none is nearer."""

import torch

from ...exercise import Exercise, Mistake


def greedy_walk(query, vectors, links, start):
    here = start
    while True:
        nearest = min([here, *links[here]], key=lambda number: (vectors[number] - query).norm().item())
        if nearest == here:
            return here
        here = nearest


def one_step(query, vectors, links, start):
    return min([start, *links[start]], key=lambda number: (vectors[number] - query).norm().item())


def nearest_of_all(query, vectors, links, start):
    return int((vectors - query).norm(dim=-1).argmin())


def nearest_to_where_it_stands(query, vectors, links, start):
    return min(links[start], key=lambda number: (vectors[number] - vectors[start]).norm().item())


def first_that_is_nearer(query, vectors, links, start):
    here = start
    while True:
        own = (vectors[here] - query).norm()
        nearer = [number for number in links[here] if (vectors[number] - query).norm() < own]
        if not nearer:
            return here
        here = nearer[0]


def make_graph(size, generator):
    # On a line, numbered by place: a long way 0 … n - 1 whose end is nearest to the query but for one vector that no
    # link leads to; and from the start a short way of two steps into a dead end.
    n = size + 4
    jitter = 0.3 * torch.rand(n, generator=generator)
    line = torch.stack([torch.arange(n) + jitter, torch.zeros(n)], dim=1)
    query = torch.tensor([float(n), 0.0])
    dead_end = line[:1] + torch.tensor([[0.3, 0.0], [0.6, 0.0]])
    unlinked = query[None] + 0.01
    links = [[n, 1]] + [[number - 1, number + 1] for number in range(1, n - 1)] + [[n - 2], [0, n + 1], [n], [n]]
    return query, torch.cat([line, dead_end, unlinked]), links, 0


EXERCISE = Exercise(
    name="vector_store.greedy_walk",
    goal="Walk over a graph of neighbours, always to the nearest, until none is nearer.",
    solution=greedy_walk,
    cases=make_graph,
    mistakes=[
        Mistake(
            "one step only",
            one_step,
            "You stop after one step. Go on, until no neighbour is nearer to the query than where you stand.",
        ),
        Mistake(
            "looks at all vectors",
            nearest_of_all,
            "That is exact search: it compares the query with everything. The walk may only look at the neighbours of "
            "where it stands, and so it can miss the best.",
        ),
        Mistake(
            "nearest to where it stands",
            nearest_to_where_it_stands,
            "You take the neighbour nearest to the vector you stand on. What counts is the distance to the query.",
        ),
        Mistake(
            "the first that is nearer",
            first_that_is_nearer,
            "Any improvement is enough for you, and the first may lead into a dead end. Compare all neighbours and "
            "take the nearest to the query.",
        ),
    ],
    hint="In a loop: where you stand and its neighbours, which is nearest to the query? Where you stand: stop.",
    second_hint="`min([here, *links[here]], key=...)` with the key `(vectors[number] - query).norm().item()`.",
    statement=(
        "`links[i]` lists the neighbours of vector `i`. Begin at `start`, go to the neighbour nearest to `query` as "
        "long as it is nearer than where you stand, and return the number of the vector where the walk ends. On the "
        "line 0, 1, 2, 3, each linked to the next, the query 2.2 from start 0 ends at 2."
    ),
    difficulty=3,
    minutes=6,
)
