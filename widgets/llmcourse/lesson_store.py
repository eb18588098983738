"""Lessons as the repository keeps them: executed, tidied, written whole or not at all; and their HTML pages."""

import base64
import io
import os
import re
import tempfile

from . import lesson_files
from .atomic import write_atomically

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_TIMEOUT = 300  # seconds


def refresh(number):
    """Execute a lesson in place and store its tidied outputs; a failing cell leaves the file as it was.

    It runs as for a new learner: the progress of whoever refreshes it is neither shown nor changed.
    """
    import nbformat

    path = lesson_files.ROOT / lesson_files.find_lesson(number).path
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


def write_page(path):
    """Write the HTML page of an executed notebook beside it and return its path. The notebook is tidied on the way."""
    import nbformat
    from nbconvert import HTMLExporter

    notebook = tidy(nbformat.read(path, 4))
    write_atomically(path, nbformat.writes(notebook).encode("utf-8"))
    exporter = HTMLExporter(require_js_url="", jquery_url="")
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    return write_atomically(path.with_suffix(".html"), page.encode("utf-8"))


def tidy(notebook):
    """Drop what must not be stored: widget state (it breaks GitHub's preview and blanks an offline page), references
    to views that died with their kernel (the static picture beside them is shown instead), times and versions.
    Progress bars go, too: they stood still when the kernel ended. Text that a kernel sent in pieces, cut wherever it
    was busy, is one output again. Figures get a palette, so that a lesson with many of them stays small.
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        for name in ("execution", "papermill", "trusted"):
            cell.metadata.pop(name, None)
        if "outputs" in cell:
            cell.outputs = _joined(output for output in cell.outputs if not _is_bar(output))
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data.pop(WIDGET_VIEW, None)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _smaller(output.data["image/png"])
    return notebook


def _joined(outputs):
    """Outputs in which pieces of the same stream that follow one another are one."""
    whole = []
    for output in outputs:
        if whole and output.output_type == "stream" == whole[-1].output_type and output.name == whole[-1].name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def _is_bar(output):
    """Whether an output is a progress bar of tqdm: a view of a widget whose words are 'name: 0%|'."""
    data = output.get("data", {})
    return WIDGET_VIEW in data and re.match(r"[^|\n]*\d+%\|", str(data.get("text/plain", ""))) is not None


def _smaller(picture):
    """A stored figure (base64) with a palette: a third of the size."""
    from PIL import Image

    from .pictures import png

    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return base64.b64encode(png(image)).decode()
