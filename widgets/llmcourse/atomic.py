"""Write a file whole or not at all: a killed kernel or a full disk leaves the old one as it was."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_atomically(path, content):
    """Write `content` (bytes) under `path`, creating its folder, and return the path.

    Raises OSError (a full disk, a folder that cannot be written) with the old file untouched and nothing left beside
    it.

    >>> write_atomically("figure.png", picture)                                # doctest: +SKIP
    PosixPath('figure.png')
    """
    with open_atomically(path) as file:
        file.write(content)
    return Path(path)


@contextlib.contextmanager
def open_atomically(path):
    """A binary file to write piece by piece; it takes the place of `path` when the block ends well, and is gone else.

    >>> with open_atomically("model.gguf") as file:                            # doctest: +SKIP
    ...     file.write(header)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask():
    # The only way to read the mask is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask
