"""The local model benchmark: time to first token, tokens a second and memory of an engine, asked directly.

`python -m llmcourse.serving.engine_benchmark --engine llama.cpp` takes the server's options and prints one JSON object.
"""

import json
import subprocess
import sys
import time

from .engine import Job
from .load_test import percentile, run_in_thread

QUESTION = "Tell me about the sea."


def benchmark(engine, question=QUESTION, tokens=12, rounds=2):
    """One request at a time, greedy: a dictionary of figures. A short round before warms up and is not counted.

    first_token_s, tokens_per_second: medians over `rounds`; the speed is of the tokens after the first.
    """
    prompt = engine.chat_prompt([{"role": "user", "content": question}])
    run_in_thread(_timed(engine, Job(prompt, 2, temperature=0)))
    runs = [run_in_thread(_timed(engine, Job(prompt, tokens, temperature=0))) for _ in range(rounds)]
    return {
        "engine": engine.name,
        "prompt_tokens": len(prompt),
        "first_token_s": percentile([first for first, _ in runs], 0.5),
        "tokens_per_second": percentile([speed for _, speed in runs], 0.5),
    }


def benchmark_alone(**settings):
    """`benchmark` of an engine in a fresh process, with "memory_mb": what that process holds afterwards.

    All that the engine needs is in it, Python and its libraries too, and nothing of what else runs here; so engines can
    be compared. settings: those of a ServerConfig. Raises RuntimeError with the reason when the process fails.

    >>> benchmark_alone(engine="tiny", slots=1)["engine"]
    'tiny'
    """
    options = [word for name, value in settings.items() for word in ("--" + name.replace("_", "-"), str(value))]
    done = subprocess.run([sys.executable, "-m", __name__, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the benchmark of {settings} failed: {done.stderr.strip().rpartition(chr(10))[2]}")
    return json.loads(done.stdout.splitlines()[-1])


def resident_bytes():
    """Memory that this process holds now, after what was only needed for loading has been given back."""
    import psutil

    from ..memory_release import release_memory

    release_memory()
    return psutil.Process().memory_info().rss


async def _timed(engine, job):
    begin, stamps = time.perf_counter(), []
    async for _ in engine.generate(job):
        stamps.append(time.perf_counter())
    return stamps[0] - begin, (len(stamps) - 1) / max(stamps[-1] - stamps[0], 1e-9)


def main(arguments=None):
    """Measure the engine that the options name; returns the exit status."""
    from .config import from_command_line
    from .engines import make_engine

    engine = make_engine(from_command_line(arguments)[0])
    try:
        row = benchmark(engine)
        print(json.dumps(row | {"memory_mb": resident_bytes() / 1e6}))
    finally:
        engine.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
