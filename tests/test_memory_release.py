"""Freed blocks go back to the system."""

import os
import subprocess
import sys

import pytest
from llmcourse.memory_release import release_memory

# glibc is told to serve every block from its heap and never to give any back by itself.
KEEPS_FREED_BLOCKS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "LD_PRELOAD": ""}
FRAGMENTED = """
import numpy as np, psutil
from llmcourse.memory_release import release_memory

def held():
    return psutil.Process().memory_info().rss

before = held()
blocks = [np.ones(400_000) for _ in range(100)]
kept = blocks[-1]
del blocks
freed = held()
release_memory(collect=COLLECT)
print(freed - before, held() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc is asked")
@pytest.mark.parametrize("collect", [True, False])
def test_freed_blocks_are_given_back(collect):
    run = subprocess.run(
        [sys.executable, "-c", FRAGMENTED.replace("COLLECT", str(collect))],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | KEEPS_FREED_BLOCKS,
    )
    freed, released = map(int, run.stdout.split())
    assert freed > 300_000_000  # without the call they stay
    assert released < 30_000_000


def test_a_system_without_glibc_only_collects(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert release_memory() is False
