"""What a quantization report has finished, kept beside its files so that a stopped one goes on where it was."""

import contextlib
import hashlib
import json
import shutil
from dataclasses import asdict

from .atomic import write_atomically
from .model_error import ModelError

FILE = "report.json"


class Notes:
    """The figures in `folder`/report.json, and which files the report wrote there.

    source: the model's file; text and threads: what else the figures depend on. Figures of another source or text are
    left out, and files made from another source are made anew.
    """

    def __init__(self, folder, source, text, threads):
        self._folder, stamp = folder, source.stat()
        self._source = [str(source.resolve()), stamp.st_size, stamp.st_mtime_ns]
        self._setting = [hashlib.sha256(text.encode()).hexdigest()[:16], threads]
        self._files, self._rows = {}, {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            stored = json.loads((folder / FILE).read_bytes())
            self._files = dict(stored["files"])
            if [stored["source"], stored["setting"]] == [self._source, self._setting]:
                self._rows = dict(stored["rows"])

    def check_files(self, names):
        """Raise ValueError when a file of one of these names is there that no report wrote: it is never overwritten."""
        for name in names:
            if (self._folder / name).exists() and name not in self._files:
                raise ValueError(
                    f"{self._folder / name} is there already and was not written by this report: name another folder."
                )

    def row(self, kind, format):
        """The figures of a format as `kind`, or None where they are not finished or their file has changed."""
        try:
            row = kind(**self._rows[format])
        except (KeyError, TypeError):
            return None
        return row if row.file not in self._files or self.wrote(row.file) else None

    def wrote(self, name):
        """Whether this file is there, whole, and made from this source."""
        try:
            return self._files.get(name) == [self._source, (self._folder / name).stat().st_size]
        except OSError:
            return False

    def starts(self, name):
        """Note that `name` is about to be written: from now on the report may replace it. What a killed report left of
        it goes.
        """
        for leftover in self._folder.glob(f".{name}.*"):
            leftover.unlink(missing_ok=True)
        self._files[name] = None
        self._store()

    def keep(self, row):
        """Note finished figures and, with them, the size of their file; returns the row."""
        if row.file in self._files:
            self._files[row.file] = [self._source, row.size]
        self._rows[row.format] = asdict(row)
        self._store()
        return row

    def _store(self):
        content = {"source": self._source, "setting": self._setting, "files": self._files, "rows": self._rows}
        write_atomically(self._folder / FILE, json.dumps(content, indent=1).encode())


@contextlib.contextmanager
def only_report(folder):
    """Inside, no other report writes in `folder`, which is made when it is missing.

    Raises ModelError when one does.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".report.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ModelError(f"Another report is writing in {folder}: wait for it, or name another folder.") from None
    try:
        yield
    finally:
        lock.release()


def room_for(folder, size):
    """Raise ModelError with the megabytes when `size` bytes do not fit on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise ModelError(
            f"The file needs {size / 1e6:,.0f} MB in {folder}, and {free / 1e6:,.0f} MB are free: make room there, or "
            "name another folder."
        )
