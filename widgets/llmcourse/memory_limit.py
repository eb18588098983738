"""A limit on how much memory a call may add to the process, so that one huge allocation does not end the kernel."""

import contextlib
import sys
from pathlib import Path

import torch

MEGABYTES = 512  # what a call may add; lessons are planned for machines of 2 GB
_A_THREAD = 16 << 20  # a thread's stack and heap: torch starts its threads at the first large operation


@contextlib.contextmanager
def memory_limit(megabytes=MEGABYTES):
    """Inside, the process may grow by `megabytes`; what asks for more gets an error from Python, NumPy or torch.

    On Linux the kernel keeps the limit (RLIMIT_DATA, which since Linux 4.7 counts every private writable mapping, see
    `man 2 setrlimit`). It is one for all threads of the process. macOS and Windows know no such limit: there
    nothing is limited.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    room = (megabytes << 20) + torch.get_num_threads() * _A_THREAD
    bounds = [_data_bytes() + room, *(each for each in (soft, hard) if each != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def out_of_memory(error):
    """Whether an error says that memory was refused: Python's and NumPy's MemoryError, torch's RuntimeError.

    >>> out_of_memory(MemoryError())
    True
    """
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _data_bytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmData:"))
