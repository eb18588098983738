"""Does every dependency come as a ready wheel? `python tests/platforms/wheels.py` asks the registry, system by system.

For Linux, macOS and Windows uv resolves requirements.txt with the tested versions, wheels only, and says how large they
are together. (pip's dry run reads the conditions of this system, so it cannot ask for another one.) The dated answer
goes to results/wheels.json. Nothing is downloaded but what the registry tells of the packages.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from llmcourse.atomic import write_atomically
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
RESULT = Path(__file__).parent / "results" / "wheels.json"
PYTHONS = ("3.11.9", "3.12", "3.13")  # soupsieve needs 3.11.5
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # the oldest macOS that torch still has wheels for
SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
    "Windows x86-64": "x86_64-pc-windows-msvc",
}


def command(python, system, lock):
    """uv's words for a resolution of requirements.txt on a system, into the file `lock`."""
    where = ["--python-platform", SYSTEMS[system], "--python-version", python, "--only-binary", ":all:"]
    what = [str(ROOT / "requirements.txt"), "--constraint", str(ROOT / ".ci" / "constraints.txt")]
    return ["uv", "pip", "compile", "--quiet", *where, *what, "--format", "pylock.toml", "--output-file", str(lock)]


def ask(python, system):
    """One row: how many packages there are and their size, or what is missing."""
    row = {"system": system, "python": python}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder, "pylock.toml")
        words = command(python, system, lock)
        run = subprocess.run(words, capture_output=True, text=True, env=os.environ | MACOS)
        row["seconds"] = round(time.perf_counter() - start)
        if run.returncode:
            return row | {"missing": " ".join(run.stderr.split())[:500]}
        return row | described(tomllib.loads(lock.read_text(encoding="utf-8"))["packages"])


def described(packages):
    """What a row says of the packages of a lock file: how many, how large, the largest, and those without a wheel.

    A wheel for several Pythons may stand beside one for this Python alone: the largest is counted.

    >>> described([{"name": "a", "wheels": [{"size": 2_000_000}]}, {"name": "b"}])["without_a_wheel"]
    ['b']
    """
    sizes = {each["name"]: max((wheel["size"] for wheel in each.get("wheels", [])), default=0) for each in packages}
    largest = sorted(sizes, key=sizes.get, reverse=True)[:3]
    return {
        "packages": len(sizes),
        "bytes": sum(sizes.values()),
        "largest": [f"{name} {sizes[name] / 1e6:.0f} MB" for name in largest],
        "without_a_wheel": [each["name"] for each in packages if not each.get("wheels")],
    }


def main():
    if not shutil.which("uv"):
        sys.exit("This asks with uv, which is not here: pip install uv, or make wheels.")
    work = [(python, system) for system in SYSTEMS for python in PYTHONS]
    rows = [ask(*each) for each in tqdm(work, unit="system")]
    content = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "constraints": ".ci/constraints.txt", "rows": rows}
    print(write_atomically(RESULT, (json.dumps(content, indent=1) + "\n").encode()))
    for row in rows:
        found = row.get("missing") or f"{row['packages']} packages, {row['bytes'] / 1e6:.0f} MB, {row['largest']}"
        print(f"{row['system']:<15} Python {row['python']}: {found}")
    if any(row.get("missing") or row.get("without_a_wheel") for row in rows):
        sys.exit("Not every dependency has a wheel everywhere.")


if __name__ == "__main__":
    main()
