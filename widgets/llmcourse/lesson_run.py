"""One lesson executed by papermill in a kernel of its own: its copy, its page, its time and its peak of memory."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import lesson_files
from .lesson_store import CELL_TIMEOUT, write_page

MARKER = "papermill-error-cell-tag"  # of the cells that papermill adds around a failing one


class LessonFailed(RuntimeError):
    """A cell of a lesson failed: `cell` is its id, `error` what it said in one line."""

    def __init__(self, cell, error):
        super().__init__(f"cell {cell}: {error}")
        self.cell, self.error = cell, error


def run(number, parameters, folder):
    """Execute a lesson with papermill, parameters overridden, and write <name>.ipynb and <name>.html to `folder`.

    Returns the path of the page. Raises ValueError for a parameter that the lesson does not have, and LessonFailed when
    a cell fails; the copy so far is kept, and its page written, also then.
    """
    lesson = lesson_files.find_lesson(number)
    source = lesson_files.ROOT / lesson.path
    check_parameters(number, parameters)
    target = Path(folder) / source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # an older copy is not this run's
    try:
        execute(source, target, parameters, source.parent)
    finally:
        page = write_page(target) if target.exists() else None
    return page


def run_text(text, parameters, folder):
    """Execute a notebook given as text (its JSON), as for a new learner, and return what became of it as a dictionary.

    status ("passed" or "failed"), seconds, peak_bytes (of its kernel), cell and error (of a failure, else ""), and
    notebook: the executed copy as text. Text goes in and text comes out, so that another machine can run it; `folder`
    is where the cells run, if it is there. A failing lesson raises nothing.
    """
    outcome = {"status": "passed", "cell": "", "error": ""}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        source, target = Path(temporary, "lesson.ipynb"), Path(temporary, "copy.ipynb")
        source.write_text(text, encoding="utf-8")
        cwd = folder if Path(folder).is_dir() else temporary
        try:
            peak = execute(source, target, parameters, cwd, progress_folder=temporary, progress_bar=False)
        except Exception as problem:  # whatever a lesson does wrong must not stop the course
            peak = _noted(target).get("peak_bytes", 0)
            error = problem.error if isinstance(problem, LessonFailed) else _one_line(problem)
            outcome.update(status="failed", cell=getattr(problem, "cell", ""), error=error)
        copy = target.read_text(encoding="utf-8") if target.exists() else text
    return outcome | {"seconds": time.perf_counter() - start, "peak_bytes": peak, "notebook": copy}


def execute(source, target, parameters, cwd, progress_folder=None, progress_bar=True):
    """Execute a notebook file into `target`, its kernel in the folder `cwd`; return the kernel's peak memory in bytes.

    progress_folder: where the learner's progress is kept; by default their own.
    Raises LessonFailed when a cell fails, takes too long or kills its kernel; one tagged `raises-exception` may.
    """
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillException

    papermill_engines.register("measured", _measured_engine())
    try:
        papermill.execute_notebook(
            source,
            target,
            parameters=parameters,
            engine_name="measured",
            kernel_name="python3",
            progress_bar=progress_bar,
            kernel_folder=str(cwd),  # papermill's own cwd moves the whole process, and with it other threads
            kernel_environment=os.environ | ({"LLMCOURSE_PROGRESS": progress_folder} if progress_folder else {}),
        )
    except Exception as problem:
        noted = _noted(target)
        if "stopped_at" in noted:
            _without_markers(target)
            error = f"{problem.ename}: {problem.evalue}" if isinstance(problem, PapermillException) else problem
            raise LessonFailed(noted["stopped_at"], _one_line(error)) from problem
        if not isinstance(problem, PapermillException):
            raise
        _without_markers(target)  # every cell ran: papermill also reports errors that the lesson shows on purpose
    return _noted(target)["peak_bytes"]


def check_parameters(number, parameters):
    """Raise ValueError where a lesson has no parameter of one of these names: papermill would let it pass."""
    import nbformat

    known = lesson_files.parameter_names(nbformat.read(lesson_files.ROOT / lesson_files.find_lesson(number).path, 4))
    for name in parameters:
        if name not in known:
            raise ValueError(f"Lesson {number} has no parameter {name}; it has {', '.join(known) or 'none'}.")


def _measured_engine():
    """papermill's engine, whose notebook also notes the peak of the kernel's memory and the cell that stopped it."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine

    from .kernel_memory import KernelMemory

    class Client(PapermillNotebookClient):
        def papermill_execute_cells(self):
            with KernelMemory(self.km.provisioner.pid) as memory:
                try:
                    super().papermill_execute_cells()
                finally:
                    self.nb.metadata.papermill["peak_bytes"] = memory.peak()

        def execute_cell(self, cell, index, **options):
            try:
                return super().execute_cell(cell, index, **options)
            except Exception:
                self.nb.metadata.papermill["stopped_at"] = cell.id
                raise

    class Engine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, kernel_folder, kernel_environment, **options):
            place = {"metadata": {"path": kernel_folder}}
            client = Client(nb_man, timeout=CELL_TIMEOUT, startup_timeout=60, kernel_name=kernel_name, resources=place)
            # What a kernel says before it speaks to the notebook would only tear the progress bar apart.
            return client.execute(env=kernel_environment, stderr=subprocess.DEVNULL)

    return Engine


def _noted(target):
    import nbformat

    return nbformat.read(target, 4).metadata.get("papermill", {}) if Path(target).exists() else {}


def _without_markers(target):
    import nbformat

    notebook = nbformat.read(target, 4)
    notebook.cells = [cell for cell in notebook.cells if MARKER not in cell.metadata.get("tags", [])]
    nbformat.write(notebook, target)


def _one_line(problem):
    from nbconvert.filters import strip_ansi

    lines = strip_ansi(str(problem)).strip().splitlines()
    return (lines[0] if lines else type(problem).__name__)[:500]
