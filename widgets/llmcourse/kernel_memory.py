"""The most memory a process has held, on every system: asked from Linux and Windows, watched on others."""

import threading
from pathlib import Path

import psutil

INTERVAL_S = 0.05


class MemoryWatch:
    """A thread that calls `look` at every interval while a `with` block runs, until it returns True."""

    def __init__(self, interval=INTERVAL_S):
        self._interval, self._done = interval, threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._watcher.start()
        return self

    def __exit__(self, *problem):
        self._done.set()
        self._watcher.join()

    def _watch(self):
        while not self._done.wait(self._interval):
            if self.look():
                return

    def look(self):
        """What is to be done at every interval; True when there is nothing left to see."""
        raise NotImplementedError


class KernelMemory(MemoryWatch):
    """Watch a process: `with KernelMemory(pid) as memory: …; memory.peak()` while it is still alive.

    peak: bytes of resident memory. Linux keeps the peak itself (VmHWM), Windows too; on others a thread looks every
    50 ms and can miss a shorter one. Processes that it started are not counted.
    """

    def __init__(self, pid):
        super().__init__()
        self._process = psutil.Process(pid)
        self._seen = 0

    def peak(self):
        """The peak so far in bytes."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            kept = [int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")]
        except OSError:
            kept = []
        return max([self._seen, *kept])

    def look(self):
        try:
            memory = self._process.memory_info()
        except psutil.Error:
            return True
        self._seen = max(self._seen, memory.rss, getattr(memory, "peak_wset", 0))
        return False
