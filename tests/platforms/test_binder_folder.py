"""What Binder makes of binder/: the folder's own rules, and repo2docker's rendering where it is installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"
# Files that repo2docker reads from the folder; with one of the first kind it would pass over runtime.txt in silence.
OVERRIDES = {"environment.yml", "Dockerfile", "Pipfile", "pyproject.toml", "install.R", "default.nix"}
KNOWN = {"runtime.txt", "requirements.txt", "postBuild", "apt.txt", "start"}


def test_the_folder_holds_only_what_repo2docker_reads_and_nothing_that_overrides_the_rest():
    names = {path.name for path in BINDER.iterdir()}
    assert names & OVERRIDES == set()
    assert names <= KNOWN and {"runtime.txt", "postBuild"} <= names


def test_python_is_one_that_the_course_supports():
    assert re.fullmatch(r"python-3\.1[123]", (BINDER / "runtime.txt").read_text().strip())


def test_the_steps_stop_at_the_first_failure_and_install_the_tested_versions():
    text = (BINDER / "postBuild").read_text(encoding="utf-8")
    assert os.access(BINDER / "postBuild", os.X_OK), "Binder would not run it"
    assert text.startswith("#!") and "set -euo pipefail" in text
    installs = [line for line in text.splitlines() if line.startswith("pip install")]
    assert installs and all("--no-cache-dir" in line for line in installs), "a cache would only make the image larger"
    assert any("-c .ci/constraints.txt" in line for line in installs)
    for named in re.findall(r"python -m (llmcourse\.\w+)", text):
        assert (ROOT / "widgets" / f"{named.replace('.', '/')}.py").exists(), named


def repo2docker():
    own = ROOT / "build" / "repo2docker" / "bin" / "repo2docker"
    if found := shutil.which("repo2docker") or (own.exists() and str(own)):
        return found
    pytest.skip("needs repo2docker: make test-binder installs it")


def test_repo2dockers_rendering_runs_our_steps(tmp_path):
    """The Dockerfile that it would build from; no Docker is needed for that."""
    shutil.copytree(BINDER, tmp_path / "binder")
    run = subprocess.run([repo2docker(), "--no-build", "--debug", str(tmp_path)], capture_output=True, text=True)
    told = run.stdout + run.stderr
    assert run.returncode == 0, told[-2000:]
    assert "python=3.11" in told, "it takes the Python of runtime.txt"
    assert re.search(r"RUN .*binder/postBuild", told), "it runs binder/postBuild"
    assert "requirements.txt" not in re.findall(r"RUN .*pip install.*", told), "the root's list is not installed twice"
