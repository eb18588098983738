"""The learner's votes on disk: one JSON line each, in a file that survives killed kernels and two notebooks at once."""

import contextlib
import json
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from . import paths
from .atomic import write_atomically

VOTES = ("left", "right", "tie", "both bad")
_PATIENCE = 5  # seconds that another notebook may hold the lock; writing takes milliseconds


def default_path():
    """Where votes are kept unless told otherwise: `preferences.jsonl` in the folder of the learner's data."""
    return paths.data_folder() / "preferences.jsonl"


def read(path):
    """(votes, note): the votes in a file, and a sentence where lines could not be read.

    A broken line is moved to `<name>.broken-<date>.jsonl` beside the file; all other votes stay. Raises OSError when
    the file cannot be read or its lock is held for more than five seconds.
    """
    with _locked(path):
        return _load(path)


def change(path, edit):
    """Replace the votes by `edit(votes)`, whole or not at all, and return (votes, note).

    Another notebook's votes are kept: the file is read anew first. Raises OSError if it cannot be written.
    """
    with _locked(path):
        votes, note = _load(path)
        votes = edit(votes)
        _write(path, votes)
        return votes, note


def is_vote(record):
    """Whether a value read from a file is a vote: id, prompt, left and right {text, model}, vote, label."""
    return (
        isinstance(record, dict)
        and all(isinstance(record.get(name), str) for name in ("id", "prompt"))
        and record.get("vote") in VOTES
        and record.get("label") in (None, "left", "right", "tie")
        and all(_is_answer(record.get(side)) for side in ("left", "right"))
    )


def _is_answer(answer):
    return (
        isinstance(answer, dict)
        and isinstance(answer.get("text"), str)
        and isinstance(answer.get("model"), (str, type(None)))
    )


def _load(path):
    try:
        lines = Path(path).read_bytes().splitlines()
    except FileNotFoundError:
        return [], ""
    votes, broken = [], []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if is_vote(record):
            votes.append(record)
        elif line.strip():
            broken.append(line)
    if not broken:
        return votes, ""
    aside = Path(path).with_suffix(f".broken-{datetime.now():%Y%m%d-%H%M%S-%f}.jsonl")
    write_atomically(aside, b"\n".join(broken) + b"\n")
    _write(path, votes)
    lines = "1 line was" if len(broken) == 1 else f"{len(broken)} lines were"
    return votes, f"{lines} no vote and cannot be read: kept in {aside}. The other {len(votes)} votes are all there."


def _write(path, votes):
    write_atomically(path, "".join(json.dumps(vote) + "\n" for vote in votes).encode())


@contextlib.contextmanager
def _locked(path):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(path.name + ".lock"), timeout=_PATIENCE):
        for unfinished in path.parent.glob(f".{path.name}.*"):  # of a writer that was killed
            unfinished.unlink(missing_ok=True)
        yield
