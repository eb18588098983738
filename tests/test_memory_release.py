"""Freed blocks go back to the system."""

import subprocess
import sys

import pytest
from llmcourse.memory_release import release_memory

# A large block teaches glibc to keep smaller ones; then blocks are freed from below one that stays.
FRAGMENTED = """
import numpy as np, psutil
from llmcourse.memory_release import release_memory

def held():
    return psutil.Process().memory_info().rss

large = np.ones(2_000_000)
del large
blocks = [np.ones(400_000) for _ in range(100)]
kept = blocks[-1]
del blocks
before = held()
release_memory()
print(before - held())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc is asked")
def test_freed_blocks_are_given_back():
    run = subprocess.run([sys.executable, "-c", FRAGMENTED], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 100_000_000


def test_a_system_without_glibc_only_collects(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert release_memory() is False
