"""The JavaScript tests: every tests/javascript/*.test.mjs, by Node's own test runner."""

import subprocess
from pathlib import Path

import pytest
from programs import need_program

FOLDER = Path(__file__).parent / "javascript"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test.mjs")), ids=lambda path: path.name)
def test_in_node(path):
    run = subprocess.run(
        [need_program("node"), "--test", str(path)], capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "\n# pass 0\n" not in run.stdout, f"{path.name} holds no test"
