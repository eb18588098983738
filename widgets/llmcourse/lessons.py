"""Run lessons from the command line: `python -m llmcourse.lessons run 2.2` or `… refresh`.

run: a lesson with other parameters (papermill), its executed copy and an HTML page kept under out/.
refresh: execute lessons in place and store their outputs as the repository wants them (tidy()).
"""

import argparse
import base64
import io
import os
import sys
import tempfile
from pathlib import Path

from .atomic import write_atomically
from .course_map import LESSONS

ROOT = Path(__file__).parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_TIMEOUT = 300  # seconds


def find_lesson(number):
    """The lesson with this number, as in the course map; exits with the numbers that exist.

    >>> find_lesson("2.2").path
    'course/2_architecture/2_attention.ipynb'
    """
    for lesson in LESSONS:
        if lesson.number == str(number):
            if not (ROOT / lesson.path).exists():
                sys.exit(f"Lesson {number} ({lesson.title}) is not written yet.")
            return lesson
    there = ", ".join(lesson.number for lesson in LESSONS if (ROOT / lesson.path).exists())
    sys.exit(f"There is no lesson {number}. These can be run: {there}.")


def run(number, parameters, folder):
    """Execute a lesson with papermill, parameters overridden, and write <name>.ipynb and <name>.html to `folder`.

    Returns the path of the page. The copy so far is kept, and its page written, also when a cell fails; the error is
    raised after that.
    """
    import papermill

    lesson = find_lesson(number)
    source = ROOT / lesson.path
    target = Path(folder) / source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            source,
            target,
            parameters=parameters,
            kernel_name="python3",
            cwd=source.parent,
            execution_timeout=CELL_TIMEOUT,
        )
    finally:
        page = write_page(target) if target.exists() else None
    return page


def write_page(path):
    """Write the HTML page of an executed notebook beside it and return its path. The notebook is tidied on the way."""
    import nbformat
    from nbconvert import HTMLExporter

    notebook = tidy(nbformat.read(path, 4))
    write_atomically(path, nbformat.writes(notebook).encode("utf-8"))
    exporter = HTMLExporter(require_js_url="", jquery_url="")
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    return write_atomically(path.with_suffix(".html"), page.encode("utf-8"))


def refresh(number):
    """Execute a lesson in place and store its tidied outputs; a failing cell leaves the file as it was.

    It runs as for a new learner: the progress of whoever refreshes it is neither shown nor changed.
    """
    import nbformat

    path = ROOT / find_lesson(number).path
    return store(nbformat.read(path, 4), path)


def store(notebook, path):
    """Execute a notebook as a new learner would and write it, tidied, to `path`; nothing is written if a cell fails."""
    import nbformat
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT, kernel_name="python3", resources=resources)
    with tempfile.TemporaryDirectory() as newcomer:
        client.execute(env={**os.environ, "LLMCOURSE_PROGRESS": newcomer})
    write_atomically(path, nbformat.writes(tidy(notebook)).encode("utf-8") + b"\n")
    return path


def tidy(notebook):
    """Drop what must not be stored: widget state (it breaks GitHub's preview and blanks an offline page), references
    to views that died with their kernel (the static picture beside them is shown instead), times and versions.
    Figures get a palette, so that a lesson with many of them stays small.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        for name in ("execution", "papermill", "trusted"):
            cell.metadata.pop(name, None)
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data.pop(WIDGET_VIEW, None)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _smaller(output.data["image/png"])
    return notebook


def _smaller(picture):
    """A stored figure (base64) with a palette: a third of the size."""
    from PIL import Image

    from .pictures import png

    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return base64.b64encode(png(image)).decode()


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m llmcourse.lessons", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="run one lesson, keep the executed copy and an HTML page")
    one.add_argument("lesson", help="its number, such as 2.2")
    one.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="set a parameter")
    one.add_argument("--out", type=Path, help="the folder for the results (default: out/<number>)")
    many = commands.add_parser("refresh", help="execute lessons in place and store their outputs")
    many.add_argument("lessons", nargs="*", help="their numbers (default: all that are written)")
    chosen = parser.parse_args(arguments)
    if chosen.command == "run":
        parameters = {name: _value(text) for name, text in chosen.p}
        page = run(chosen.lesson, parameters, chosen.out or ROOT / "out" / chosen.lesson)
        print(f"executed copy: {page.with_suffix('.ipynb')}\npage:          {page}")
    else:
        numbers = chosen.lessons or [lesson.number for lesson in LESSONS if (ROOT / lesson.path).exists()]
        for number in numbers:
            print(f"refreshed {refresh(number).relative_to(ROOT)}")


def _value(text):
    """A parameter as Python reads it (3, 0.5, True), or the text itself."""
    import ast

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    main()
