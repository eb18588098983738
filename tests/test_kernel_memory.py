"""The peak of a process is seen also when the memory is given back before anyone asks."""

import subprocess
import sys

from llmcourse.kernel_memory import KernelMemory


def test_a_peak_that_is_over_is_still_known():
    code = "held = bytearray(200_000_000); import time; time.sleep(0.3); del held; print('over', flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with KernelMemory(process.pid) as memory:
        assert process.stdout.readline() == "over\n"
        assert 200_000_000 < memory.peak() < 400_000_000
        process.communicate("\n")
    assert memory.peak() > 200_000_000, "also when the process has ended"
