"""Files are written whole or not at all, whatever happens on the way."""

import os
import signal
import subprocess
import sys
import time

import pytest
from llmcourse.atomic import write_atomically


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "new" / "file"
    assert write_atomically(path, b"one") == path
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_others_may_read_what_the_mask_allows(tmp_path):
    path = tmp_path / "file"
    before = os.umask(0o022)
    try:
        write_atomically(path, b"one")
        assert path.stat().st_mode & 0o777 == 0o644
        path.chmod(0o600)
        write_atomically(path, b"two")
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_writer_leaves_one_whole_version(tmp_path):
    path = tmp_path / "file"
    code = (
        "import itertools, sys\nfrom llmcourse.atomic import write_atomically\n"
        "for n in itertools.count(): write_atomically(sys.argv[1], bytes([n % 256]) * 300_000)"
    )
    for pause in (0.02, 0.05, 0.11):
        writer = subprocess.Popen([sys.executable, "-c", code, str(path)])
        while not path.exists():
            time.sleep(0.005)
        time.sleep(pause)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        content = path.read_bytes()
        assert len(content) == 300_000
        assert len(set(content)) == 1
