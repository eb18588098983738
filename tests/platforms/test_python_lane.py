"""The Python lane tests the Python that it was told, with the course's own recipe."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import python_lane


def test_a_python_that_is_not_there_is_named():
    with pytest.raises(SystemExit, match="no python3.99 here; name the Python to test: --python PATH"):
        python_lane.main(["--python", "python3.99"])


def test_the_version_is_asked_from_the_program_itself():
    assert python_lane.version_of(sys.executable) == "{}.{}".format(*sys.version_info)


def test_the_environment_comes_from_the_makefile(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(python_lane.subprocess, "run", lambda words, **more: seen.update(words=words, **more))
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    own = python_lane.build("/usr/bin/python3.12", "3.12")
    assert own == python_lane.ROOT / "build" / "python3.12" / "bin" / "python"
    assert seen["words"] == ["make", "model", "VENV=build/python3.12", "PYTHON=/usr/bin/python3.12"]
    assert "PYTHONPATH" not in seen["env"] and seen["env"]["PATH"] == os.environ["PATH"]
    monkeypatch.undo()
    words = ["make", "-n", "model", f"VENV={tmp_path / 'new'}", seen["words"][3]]
    said = subprocess.run(words, cwd=python_lane.ROOT, check=True, capture_output=True, text=True).stdout
    assert f"/usr/bin/python3.12 -m venv {tmp_path / 'new'}" in said


def test_a_lesson_runs_in_that_environment(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr(
        python_lane, "run_lesson", lambda lesson, **more: seen.update(more) or {"lesson": lesson.number}
    )
    assert python_lane.run(sys.executable, tmp_path, SimpleNamespace(number="2.2")) == {"lesson": "2.2"}
    assert seen["environment"]["JUPYTER_PATH"].startswith(str(tmp_path)) and seen["current_kernel"] is False
    (spec,) = tmp_path.rglob("kernel.json")
    assert sys.executable in spec.read_text()
