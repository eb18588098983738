"""Folders that hold a model whole or not at all: one builder at a time, a moved-in result, a sealed list of hashes.

A folder is built beside its final place and moved there in one step, so a killed process or a full disk leaves either
the old folder or none. `seal` writes down every file's size, time and SHA-256. `is_whole` compares size and time
(microseconds) and reads the bytes only when these disagree, as git does with its index.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from .atomic import write_atomically
from .model_error import ModelError

SEAL = "seal.json"
STAGING = "preparing-"
MEGABYTE = 10**6


@contextlib.contextmanager
def explained(folder, needed):
    """Turn the two OSErrors that a learner can mend, a full disk and a forbidden folder, into a ModelError.

    needed: what building takes on the disk of `folder`, in bytes.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"The disk of {folder} filled up: make room for {needed / MEGABYTE:,.0f} MB there, or set the "
                "environment variable LLMCOURSE_HOME to a folder on a larger disk."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise ModelError(
                f"The model cannot be written to {folder} ({error.strerror}): set the environment variable "
                "LLMCOURSE_HOME to a folder that you may write to."
            ) from error
        raise


def check_space(folder, needed):
    """Raise ModelError, naming the folder and the megabytes, when `needed` bytes do not fit on its disk."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"The model needs {needed / MEGABYTE:,.0f} MB in {folder}, and {free / MEGABYTE:,.0f} MB are free: make "
            "room there, or set the environment variable LLMCOURSE_HOME to a folder on a larger disk."
        )


@contextlib.contextmanager
def only_builder(folder):
    """Inside this context no other process builds in `folder`; yields a new scratch folder in it, gone afterwards.

    What an earlier, killed builder left behind is removed: as nobody else holds the lock, nobody uses it.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "building.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("Another notebook is preparing the model: waiting for it to finish.", flush=True)
        lock.acquire()
    try:
        for leftover in folder.glob(f"{STAGING}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(dir=folder, prefix=STAGING))
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    finally:
        lock.release()


def sha256(path):
    """The SHA-256 of a file, as hexadecimal text."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder):
    """Write the files of `folder` to disk for good, and note the size, time and SHA-256 of each."""
    notes = {}
    for path in sorted(folder.iterdir()):
        if path.name != SEAL:
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
            notes[path.name] = {**_stamp(path), "sha256": sha256(path)}
    write_atomically(folder / SEAL, _text(notes))


def is_whole(folder, thorough=False):
    """Whether every sealed file is there and unchanged; `thorough` reads all bytes, whatever size and time say."""
    try:
        notes = json.loads((folder / SEAL).read_bytes())
        stamps = {name: _stamp(folder / name) for name in notes}
        if any(stamps[name]["size"] != note["size"] for name, note in notes.items()):
            return False
        doubtful = [name for name, note in notes.items() if thorough or stamps[name]["time"] != note["time"]]
        if any(sha256(folder / name) != notes[name]["sha256"] for name in doubtful):
            return False
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False
    renewed = {name: {**note, **stamps[name]} for name, note in notes.items()}
    if renewed != notes:  # a copied folder has new times: note them, so that the next look is quick again
        with contextlib.suppress(OSError):
            write_atomically(folder / SEAL, _text(renewed))
    return bool(notes)


def _text(notes):
    return json.dumps(notes, indent=1).encode()


def _stamp(path):
    status = path.stat()
    return {"size": status.st_size, "time": status.st_mtime_ns // 1000}


def publish(built, target):
    """Move the folder `built` to `target` in one step; an older folder there is taken out of the way and removed."""
    if target.exists():
        old = tempfile.mkdtemp(dir=built.parent, prefix="old-")
        os.replace(target, os.path.join(old, target.name))
    os.replace(built, target)


def exit_status(fetch):
    """Call `fetch`, which prints what became ready: the exit status of a command, its errors said in a sentence."""
    try:
        fetch()
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: nothing half-written is kept; run it again to go on.", file=sys.stderr)
        return 130
    return 0
