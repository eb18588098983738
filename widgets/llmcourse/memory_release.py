"""Give freed memory back to the system: what a notebook has let go should not count against its two gigabytes."""

import ctypes
import gc
import sys


def release_memory(collect=True):
    """Collect what nothing refers to, and return the free pages that the C library keeps; True where it gave some back.

    glibc keeps blocks of some megabytes, such as a layer's weights, for later use once they are freed. After hundreds
    of layers were exchanged the process seems to hold them still. On other systems only Python's own collection runs.
    collect=False leaves that out, where nothing refers to itself: it takes some tenths of a second.

    >>> release_memory() in (True, False)
    True
    """
    if collect:
        gc.collect()
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL("libc.so.6").malloc_trim(0))
    except (OSError, AttributeError):  # a Linux without glibc
        return False
