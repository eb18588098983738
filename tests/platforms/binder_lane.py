"""The Binder lane: `python tests/platforms/binder_lane.py [2.2 …]` builds what Binder builds and runs lessons in it.

Binder gives a learner one core and 2 GB. The steps of binder/ run in an environment of their own; its size, the time
until JupyterLab answers and the memory of the server are told. Then lessons run on one core, their kernel and nbval (in
the server's place) under one limit of 2 GB together. test_binder_folder.py checks what repo2docker makes of binder/.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from lane import ROOT, chosen_lessons, kernel_folder, parser, run_lane, run_lesson, versions
from memory_cell import memory_cell
from process_tree import TreeMemory

PLACE = ROOT / "build" / "binder"
LIMIT = 2 * 2**30  # what JupyterHub calls 2G
PATIENCE_S = 180
PORT = 8765


def python_named():
    """The Python that binder/runtime.txt asks for, such as python3.11."""
    return (ROOT / "binder" / "runtime.txt").read_text().strip().replace("-", "")


def build(python):
    """The environment's Python after the steps of binder/, made anew when those or the tested versions have changed."""
    own, mark = PLACE / "bin" / "python", PLACE / "built_from"
    sources = [ROOT / "binder" / "postBuild", ROOT / ".ci" / "constraints.txt", ROOT / "requirements.txt"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return own
    if not shutil.which(python):
        sys.exit(f"The Binder lane needs {python}, as binder/runtime.txt says; name another one: --python PATH.")
    subprocess.run([python, "-m", "venv", "--clear", PLACE], check=True)
    inside = os.environ | {"PATH": f"{PLACE / 'bin'}:{os.environ['PATH']}", "PIP_RETRIES": "1"}
    inside.pop("PYTHONPATH", None)
    subprocess.run([ROOT / "binder" / "postBuild"], cwd=ROOT, env=inside, check=True)
    mark.write_text(wanted)
    return own


def size(folder):
    """The bytes of all files in a folder, each counted once."""
    files = {(entry.stat().st_dev, entry.stat().st_ino): entry.stat().st_size for entry in _files(folder)}
    return sum(files.values())


def _files(folder):
    for place, _, names in os.walk(folder):
        yield from (path for path in (Path(place, name) for name in names) if path.is_file() and not path.is_symlink())


def start_time(own):
    """(seconds until JupyterLab answers, the most bytes it held until then)."""
    words = ["--no-browser", "--ServerApp.token=", f"--port={PORT}", "--allow-root", f"--ServerApp.root_dir={ROOT}"]
    start = time.perf_counter()
    server = subprocess.Popen([own, "-m", "jupyterlab", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with TreeMemory(server.pid) as memory:
        try:
            while not _answers(f"http://127.0.0.1:{PORT}/lab"):
                if server.poll() is not None or time.perf_counter() - start > PATIENCE_S:
                    sys.exit("JupyterLab does not start in Binder's environment.")
                time.sleep(0.2)
            seconds = time.perf_counter() - start
            time.sleep(1)  # one look more at its memory
        finally:
            server.terminate()
            server.wait()
    return seconds, memory.peak


def _answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def run(own, lesson):
    """One lesson on one core under the limit: the control group's, which is Binder's own and counts shared pages once;
    where none can be made, processes are watched and their resident memory added up."""
    core = ["taskset", "--cpu-list", "0"] if shutil.which("taskset") else []
    kernels = kernel_folder(own, PLACE, [ROOT / "widgets"])
    with memory_cell(LIMIT) as cell:
        row = run_lesson(lesson, [*cell, *core], {"JUPYTER_PATH": str(kernels)}, False, None if cell else LIMIT)
    return row | {"limit_by": "control group" if cell else "watching"}


def main(arguments=None):
    told = parser(__doc__.splitlines()[0])
    told.add_argument("--python", default=python_named(), help="the Python of the environment (default: %(default)s)")
    chosen = told.parse_args(arguments)
    own = build(chosen.python)
    seconds, memory = start_time(own)
    figures = {"size_bytes": size(PLACE), "start_s": round(seconds, 1), "server_bytes": memory}
    print(f"size {figures['size_bytes'] / 1e9:.1f} GB, JupyterLab answers after {seconds:.1f} s, {memory / 1e6:.0f} MB")
    facts = {"versions": versions(own, "torch", "transformers", "ipywidgets", "jupyterlab")} | figures
    run_lane("binder", chosen_lessons(chosen.lessons), lambda lesson: run(own, lesson), facts)


if __name__ == "__main__":
    main()
