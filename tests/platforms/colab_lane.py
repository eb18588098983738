"""The Colab lane: `python tests/platforms/colab_lane.py [2.2 …]` runs lessons with the versions of Colab's image.

An environment of Python 3.13 holds what the course uses of Colab's list (colab_constraints.txt), and nothing else. What
the install lines of a lesson name is put beside it, as pip would on Colab: without dependencies, after a dry run that
must leave every package of the image where it is. Only the kernel lives there; nbval runs in the course's environment.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from colab_list import CONSTRAINTS, canonical, colab_pins
from colab_setup import added, lesson_notebooks, name_of, needs
from lane import ROOT, chosen_lessons, kernel_folder, parser, run_lane, run_lesson, versions

PLACE = ROOT / "build" / "colab"
PYTHON = "python3.13"
IMAGE = ("ipython", "notebook", "pandas", "pillow")  # of Colab's list, beside what requirements.txt names
PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--only-binary", ":all:")


def base_packages():
    """What the environment holds of Colab's list: what requirements.txt names, what the packages need that lessons
    add, and a notebook."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([\w-]+)", text, re.MULTILINE)
    words = {word for notebook in lesson_notebooks().values() for word in added(notebook)}
    names += [need for word in words for need in needs(name_of(word))]
    return sorted({canonical(name) for name in names if canonical(name) in colab_pins()} | set(IMAGE))


def build(python=PYTHON):
    """The environment's Python, built anew when it is to hold something else. About 5 GB: torch is a CUDA build."""
    own, mark, names = PLACE / "bin" / "python", PLACE / "built_from", base_packages()
    wanted = hashlib.sha256(CONSTRAINTS.read_bytes() + " ".join(names).encode()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return own
    if not shutil.which(python):
        sys.exit(f"The Colab lane needs {python}, as Colab has it; name another one: --python PATH.")
    subprocess.run([python, "-m", "venv", "--clear", PLACE], check=True)
    subprocess.run([own, *PIP, "-c", CONSTRAINTS, *names], check=True)
    mark.write_text(wanted)
    return own


def moved(own, names):
    """What `pip install --no-deps` of these names would put in another version over a package of the image, by a dry
    run of pip itself; the empty list is the right answer."""
    report = PLACE / "report.json"
    subprocess.run([own, *PIP, "--no-deps", "--dry-run", "--report", report, *names], check=True)
    wanted = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [found["metadata"]["name"] for found in wanted if canonical(found["metadata"]["name"]) in colab_pins()]


def beside(own, names):
    """A folder with these packages and no other, for a lesson's kernel; exits when pip would move what is there."""
    names = [name for name in names if canonical(name_of(name)) not in colab_pins()]
    folder = PLACE / "added" / (re.sub(r"[^\w.+-]", "_", "+".join(sorted(names))) or "nothing")
    if not folder.exists():
        if names and (those := moved(own, names)):
            sys.exit(f"Installing {', '.join(names)} would move {', '.join(those)} of Colab's image.")
        folder.mkdir(parents=True)
        if names:
            subprocess.run([own, *PIP, "--no-deps", "--target", folder, *names], check=True)
    return folder


def run(own, lesson):
    """One lesson with a kernel that has Colab's packages and what its own install lines add."""
    extra = beside(own, added(nbformat.read(ROOT / lesson.path, 4)))
    kernels = kernel_folder(own, extra, [extra, ROOT / "widgets"])
    return run_lesson(lesson, environment={"JUPYTER_PATH": str(kernels)}, current_kernel=False)


def main(arguments=None):
    told = parser(__doc__.splitlines()[0])
    told.add_argument("--python", default=PYTHON, help="a Python of Colab's version (default: %(default)s)")
    chosen = told.parse_args(arguments)
    own = build(Path(chosen.python).as_posix())
    names = ("torch", "transformers", "ipywidgets", "ipykernel", "anywidget", "numpy")
    facts = {"versions": versions(own, *names)}
    run_lane("colab", chosen_lessons(chosen.lessons), lambda lesson: run(own, lesson), facts)


if __name__ == "__main__":
    main()
