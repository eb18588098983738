"""The whole course, or a grid of parameters, in one command: each lesson in a kernel of its own, and one report.

After every lesson the state and the report are written anew, each whole or not at all: whenever the run is stopped,
even by `kill -9`, the report shows what is known, and `--resume` goes on from there.
"""

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

from . import lesson_files
from .atomic import write_atomically
from .course_report import report_page
from .lesson_profiles import profile_parameters
from .lesson_run import check_parameters, run_text
from .lesson_store import write_page

STATE, REPORT = "state.json", "report.html"


@dataclass(frozen=True)
class Job:
    """One lesson with one set of parameters. fingerprint: changes with the lesson's source and with the parameters."""

    number: str
    title: str
    source: Path
    parameters: dict = field(hash=False)
    label: str = ""

    @property
    def name(self):
        """Its name in the report and its file: '2.4', or '2.4 SEED=1' in a grid."""
        return f"{self.number} {self.label}".strip()

    @property
    def fingerprint(self):
        told = json.dumps(self.parameters, sort_keys=True, default=repr)
        return hashlib.sha256(self.source.read_bytes() + told.encode()).hexdigest()


def jobs(numbers, parameters=None, grid=None, profile="cpu"):
    """The jobs for these lessons: every lesson with every combination of the grid, {name: list of values}.

    Raises ValueError for an unknown profile, or a parameter that one of the lessons does not have.

    >>> [job.name for job in jobs(["2.2"], grid={"SEED": [0, 1]})]
    ['2.2 SEED=0', '2.2 SEED=1']
    """
    parameters, grid = parameters or {}, grid or {}
    work = []
    for number in numbers:
        lesson = lesson_files.find_lesson(number)
        check_parameters(number, [*parameters, *grid])
        for values in itertools.product(*grid.values()):
            point = dict(zip(grid, values, strict=True))
            chosen = profile_parameters(number, profile) | parameters | point
            label = " ".join(f"{name}={value}" for name, value in point.items())
            work.append(Job(lesson.number, lesson.title, lesson_files.ROOT / lesson.path, chosen, label))
    return work


def run_course(work, folder, resume=False, each=None):
    """Run jobs one after the other, or as `each` does, and keep copies, pages, state and report in `folder`.

    each: yields (job, outcome) for each of a list of jobs, in any order; `run_here` by default, a cluster otherwise.
    resume: keep what passed before, unless its source or its parameters changed since.
    Returns the rows of the report, one a job. Raises RuntimeError when another run is writing to `folder`.
    """
    from filelock import FileLock, Timeout
    from tqdm import tqdm

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise RuntimeError(f"Another run is writing to {folder}; wait for it, or name another folder: --out.") from None
    with lock:
        rows = {job.name: _row(job) for job in work}
        rows |= _kept(rows, folder) if resume else {}
        left = [job for job in work if rows[job.name]["status"] == "not run"]
        _write(rows, folder)
        with tqdm(total=len(work), initial=len(work) - len(left), unit="lesson") as progress:
            for job, outcome in (each or run_here)(left):
                rows[job.name] |= _stored(job, outcome, folder)
                _write(rows, folder)
                progress.set_description(f"{job.name} {outcome['status']}")
                progress.update()
    return list(rows.values())


def run_here(work):
    """Yield (job, outcome) for each job, run in this process one after the other."""
    for job in work:
        yield job, run_job(job)


def run_job(job):
    return run_text(*job_text(job))


def job_text(job):
    """What `run_text` needs for a job: plain text and values, which can travel to another machine."""
    return job.source.read_text(encoding="utf-8"), job.parameters, str(job.source.parent)


def _row(job):
    return {
        "name": job.name,
        "title": job.title,
        "parameters": {name: repr(value) for name, value in job.parameters.items()},
        "fingerprint": job.fingerprint,
        "status": "not run",
    }


def _kept(rows, folder):
    """The rows of an earlier run that still hold: passed, the same fingerprint, and the page is still there."""
    try:
        before = json.loads((folder / STATE).read_text(encoding="utf-8"))["rows"]
        return {
            row["name"]: row
            for row in before
            if row["name"] in rows
            and row["status"] == "passed"
            and row["fingerprint"] == rows[row["name"]]["fingerprint"]
            and (folder / row["page"]).exists()
        }
    except (OSError, ValueError, KeyError, TypeError):  # no earlier run, or no state of ours: everything is run
        return {}


def _stored(job, outcome, folder):
    """The copy and the page of an outcome in files; returns what the row gets to know."""
    safe = "".join(sign if sign.isalnum() or sign in "._=-" else "_" for sign in job.name)
    if len(safe) > 100 or safe != job.name.replace(" ", "_"):  # two texts must not share a file
        safe = f"{safe[:100]}-{job.fingerprint[:8]}"
    copy = folder / f"{safe}.ipynb"
    write_atomically(copy, outcome.pop("notebook").encode("utf-8"))
    return outcome | {"page": write_page(copy).name}


def _write(rows, folder):
    state = json.dumps({"rows": list(rows.values())}, indent=1)
    write_atomically(folder / STATE, state.encode("utf-8"))
    write_atomically(folder / REPORT, report_page(list(rows.values())).encode("utf-8"))
