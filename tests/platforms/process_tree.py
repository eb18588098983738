"""The memory that a process and all that it started hold together, watched while they run, with a limit if wanted."""

import psutil
from llmcourse.kernel_memory import MemoryWatch


class TreeMemory(MemoryWatch):
    """Watch a tree of processes: `with TreeMemory(pid, limit=2 * 2**30) as memory: …; memory.peak`.

    peak: the most bytes of resident memory seen at once; a thread looks twice a second. What is shared counts for each
    process: a little too much is the safe side.
    limit: bytes; a tree that holds more is ended, as a container would end it, and `over` is True.
    """

    def __init__(self, pid, limit=None):
        super().__init__(interval=0.5)
        self.peak, self.over, self._limit = 0, False, limit
        self._root = psutil.Process(pid)

    def look(self):
        processes = tree(self._root)
        self.peak = max(self.peak, sum(map(held, processes)))
        if self._limit and self.peak > self._limit:
            self.over = True
            for process in processes:
                with_no_fuss(process.kill)


def tree(root):
    """A process and all below it that are alive."""
    return [root, *(with_no_fuss(lambda: root.children(recursive=True)) or [])]


def held(process):
    """The bytes that a process holds; 0 when it has ended meanwhile."""
    memory = with_no_fuss(process.memory_info)
    return memory.rss if memory else 0


def with_no_fuss(ask):
    """What `ask` returns, or None where the process has ended or may not be asked."""
    try:
        return ask()
    except psutil.Error:
        return None
