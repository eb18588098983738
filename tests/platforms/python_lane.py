"""The Python lane: `python tests/platforms/python_lane.py --python python3.12 [2.2 …]` runs lessons on another Python.

The environment is the one that `make lab` makes with that Python: the tested versions of everything, from the
Makefile's own recipe. What is found goes to results/python3.12.json, and so on.
"""

import os
import re
import shutil
import subprocess
import sys

from lane import ROOT, chosen_lessons, kernel_folder, parser, run_lane, run_lesson, versions


def version_of(python):
    """Which Python a command is, such as 3.12; exits with a sentence where there is no such command.

    >>> version_of(sys.executable) == f"{sys.version_info.major}.{sys.version_info.minor}"
    True
    """
    if not shutil.which(python):
        sys.exit(f"There is no {python} here; name the Python to test: --python PATH.")
    said = subprocess.run([python, "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"3\.\d+", said)[0]


def build(python, version):
    """The Python of the environment that the Makefile makes with `python`, under build/."""
    place = f"build/python{version}"
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run(["make", "model", f"VENV={place}", f"PYTHON={python}"], cwd=ROOT, env=clean, check=True)
    return ROOT / place / "bin" / "python"


def run(own, place, lesson):
    """One lesson with a kernel of that Python."""
    kernels = kernel_folder(own, place, [ROOT / "widgets"])
    return run_lesson(lesson, environment={"JUPYTER_PATH": str(kernels)}, current_kernel=False)


def main(arguments=None):
    told = parser(__doc__.splitlines()[0])
    told.add_argument("--python", required=True, help="the Python to test, such as python3.13")
    chosen = told.parse_args(arguments)
    version = version_of(chosen.python)
    own = build(chosen.python, version)
    facts = {"versions": versions(own, "torch", "transformers", "ipywidgets")}
    run_lane(f"python{version}", chosen_lessons(chosen.lessons), lambda lesson: run(own, own.parents[1], lesson), facts)


if __name__ == "__main__":
    main()
