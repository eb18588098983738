"""Measure the scalar engine and the optimisers beside torch's: `python tests/benchmarks/bench_autograd.py`.

A training step (forward, loss, backward, turning the knobs) of the scalar engine and of torch on the same small network
and points; then a step of each optimiser and of its twin on the same network of tensors. Ours and theirs take turns, so
that both see the same machine; medians. The figures go to results/autograd.json.
"""

import gc
import statistics
import time

import torch
from llmcourse.scratch import optimisers
from llmcourse.scratch.scalar_network import ScalarMLP
from measurements import budget, save_results
from torch import nn
from tqdm import tqdm

POINTS, WIDTHS, REPEATS = 40, (8, 32), 15
SIZES, BATCH = (64, 512, 512, 10), 32
PAIRS = {
    "SGD": (lambda p: optimisers.SGD(p, 0.01), lambda p: torch.optim.SGD(p, 0.01)),
    "momentum": (lambda p: optimisers.Momentum(p, 0.01), lambda p: torch.optim.SGD(p, 0.01, momentum=0.9)),
    "RMSprop": (lambda p: optimisers.RMSprop(p, 1e-3), lambda p: torch.optim.RMSprop(p, 1e-3)),
    "Adam": (lambda p: optimisers.Adam(p, 1e-3), lambda p: torch.optim.Adam(p, 1e-3)),
}


def in_turns(ours, theirs, repeats=REPEATS):
    """Median seconds of both, run one after the other `repeats` times, the first round not counted."""
    times = ([], [])
    for _ in range(repeats + 1):
        for run, took in zip((ours, theirs), times, strict=True):
            start = time.perf_counter()
            run()
            took.append(time.perf_counter() - start)
    return tuple(statistics.median(took[1:]) for took in times)


def engine_row(width):
    """A training step on 2 → width → 1 with 40 points: the scalar engine's number by number, torch's in one batch."""
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(POINTS, 2, generator=generator)
    wanted = (points.prod(1) > 0).float() * 2 - 1
    network, inputs, goals = ScalarMLP([2, width, 1]), points.tolist(), wanted.tolist()
    twin = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 1))
    both = optimisers.SGD(network.parameters(), 0.01), torch.optim.SGD(twin.parameters(), 0.01)

    def ours():
        both[0].zero_grad()
        sum((network(point)[0] - goal) ** 2 for point, goal in zip(inputs, goals, strict=True)).backward()
        both[0].step()

    def theirs():
        both[1].zero_grad()
        (twin(points)[:, 0] - wanted).square().sum().backward()
        both[1].step()

    seconds = in_turns(ours, theirs)
    name = f"a training step of the scalar engine, {len(network.parameters())} knobs, {POINTS} points"
    return {"name": name, "ours_s": seconds[0], "torch_s": seconds[1], "ratio": seconds[0] / seconds[1]}


def optimiser_rows(name):
    """Two rows: the optimiser's step alone, and the whole training step around it."""
    torch.manual_seed(0)
    images, labels = torch.randn(BATCH, SIZES[0]), torch.randint(SIZES[-1], (BATCH,))
    nets = [_network(), _network()]
    both = [make(net.parameters()) for make, net in zip(PAIRS[name], nets, strict=True)]

    def train(place):
        both[place].zero_grad()
        nn.functional.cross_entropy(nets[place](images), labels).backward()
        both[place].step()

    rows, count = [], sum(knob.numel() for knob in nets[0].parameters())
    for what, runs in (
        ("a training step", [lambda: train(0), lambda: train(1)]),
        ("the step alone", [both[0].step, both[1].step]),  # the slopes of the last training step are still there
    ):
        ours, theirs = in_turns(*runs, repeats=3 * REPEATS)
        label = f"{name}, {what}, {count:,} knobs"
        rows.append({"name": label, "ours_s": ours, "torch_s": theirs, "ratio": ours / theirs})
    return rows


def budgets(rows):
    """What the lesson needs: an engine that trains while one watches, optimisers that cost no more than torch's."""
    found = {row["name"]: row for row in rows}
    engine = next(row for name, row in found.items() if name.startswith("a training step of the scalar engine, 33"))
    adam = next(row for name, row in found.items() if name.startswith("Adam, a training step"))
    return [
        budget("scalar autograd engine, 33 knobs, 40 points: a training step", engine["ours_s"], 0.05, "s"),
        budget("a training step with the course's Adam against torch's", adam["ratio"], 1.5, "×"),
    ]


def _network():
    layers = [part for sizes in zip(SIZES, SIZES[1:], strict=False) for part in (nn.Linear(*sizes), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def main():
    gc.freeze()  # the collector need not walk through torch's modules for each new number
    work = [lambda width=width: [engine_row(width)] for width in WIDTHS]
    work += [lambda name=name: optimiser_rows(name) for name in PAIRS]
    rows = [row for run in tqdm(work, unit="contender") for row in run()]
    for row in rows:
        ours, theirs = (1000 * row[name] for name in ("ours_s", "torch_s"))
        print(f"{row['name']}: ours {ours:.2f} ms, torch {theirs:.2f} ms, {row['ratio']:.1f}×")
    print(save_results("autograd", rows, budgets(rows)))


if __name__ == "__main__":
    main()
