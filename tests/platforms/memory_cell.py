"""A place where a command and all that it starts share one limit of memory, as in a container: a control group."""

import contextlib
import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
# How the two versions of control groups call the limit; the second of each is that of memory and swap together.
VERSION_1 = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
VERSION_2 = ("memory.max", "memory.swap.max")


@contextlib.contextmanager
def memory_cell(limit):
    """Yield the words that start a command under the limit (in bytes), or () where no group may be made here.

    The kernel ends what asks for more. Swap is no way out where the system counts it.
    """
    folder, name = None, f"llmcourse-{os.getpid()}"
    for base, files, swap in ((GROUPS / "memory", VERSION_1, limit), (GROUPS, VERSION_2, 0)):
        if (base / "cgroup.procs").exists() and (folder := _made(base / name, files, limit, swap)):
            break
    try:
        yield ("sh", "-c", f'echo $$ > "{folder}/cgroup.procs" && exec "$@"', "sh") if folder else ()
    finally:
        if folder:
            with contextlib.suppress(OSError):  # a process that is still ending keeps it; it is empty and harmless
                folder.rmdir()


def _made(folder, files, limit, swap):
    """The group with its limit written, or None where that is not allowed."""
    try:
        folder.mkdir(exist_ok=True)
        (folder / files[0]).write_text(str(limit))
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        return None
    with contextlib.suppress(OSError):  # not every system counts swap
        (folder / files[1]).write_text(str(swap))
    return folder
