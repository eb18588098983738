"""The local model benchmark: time to first token, tokens a second and memory of an engine, asked directly."""

import time

from .engine import Job
from .load_test import percentile, run_in_thread


def benchmark(engine, question, tokens=32, rounds=2):
    """One request at a time, greedy: a dictionary of figures. The first round is not counted: it warms up.

    first_token_s, tokens_per_second: medians over `rounds`; the speed is of the tokens after the first.
    """
    prompt = engine.chat_prompt([{"role": "user", "content": question}])
    job = Job(prompt, tokens, temperature=0)
    runs = [run_in_thread(_timed(engine, job)) for _ in range(rounds + 1)][1:]
    return {
        "engine": engine.name,
        "prompt_tokens": len(prompt),
        "first_token_s": percentile([first for first, _ in runs], 0.5),
        "tokens_per_second": percentile([speed for _, speed in runs], 0.5),
    }


def resident_bytes():
    """Memory that this process holds now."""
    import psutil

    return psutil.Process().memory_info().rss


async def _timed(engine, job):
    begin, stamps = time.perf_counter(), []
    async for _ in engine.generate(job):
        stamps.append(time.perf_counter())
    return stamps[0] - begin, (len(stamps) - 1) / max(stamps[-1] - stamps[0], 1e-9)
