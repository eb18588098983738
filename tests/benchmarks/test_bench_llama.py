"""What bench_llama.py concludes from its rows, and that its peers compute what they are measured for."""

import bench_llama
import torch
from llmcourse.scratch.gpt import GPT

SPEEDS = {"transformers fp32": 10.0, "course Llama fp32": 12.0, "course Llama bf16": 25.0, "course Llama int8": 19.0}


def rows(step=101.0):
    told = [
        bench_llama._row("decode", name, threads, [speed, speed / 2, speed])
        for name, speed in SPEEDS.items()
        for threads in (1, 2)
    ]
    steps = {"course GPT": step, "plain GPT of nanoGPT's shape": 100.0}
    return told + [bench_llama._row("train", name, 2, [speed, speed / 2, speed]) for name, speed in steps.items()]


def test_budgets_are_ratios_of_the_same_run():
    fp32, fastest, step = bench_llama.budgets(rows())
    assert (fp32["measured"], fastest["measured"], step["measured"]) == (1.2, 2.5, 1.01)
    assert "bf16" in fastest["what"] and all(line["met"] and line["at_least"] for line in (fp32, fastest, step))
    assert not bench_llama.budgets(rows(step=99.0))[2]["met"]


def test_one_slow_moment_on_one_side_changes_nothing():
    assert bench_llama.ratio([12.0, 12.0, 3.0], [10.0, 10.0, 10.0]) == 1.2
    assert bench_llama._row("decode", "llama.cpp Q4_1", 1, [])["value"] is None


def test_the_three_gpts_are_of_one_size_and_learn_the_same_thing():
    torch.manual_seed(0)
    models = [kind(bench_llama.CONFIG) for kind in (GPT, bench_llama.PlainGPT, bench_llama.TheirGPT)]
    sizes = {sum(weight.numel() for weight in model.parameters()) for model in models}
    assert len(sizes) == 1 and 2.8e6 < sizes.pop() < 3.0e6
    ids = torch.randint(1024, (2, 17))
    losses = [model.loss(ids).item() for model in models]
    assert abs(losses[0] - losses[2]) < 0.3 and losses[1] > 0
