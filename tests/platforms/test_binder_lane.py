"""Binder's limits are real here: a process over its memory is ended, sizes count each file once."""

import contextlib
import subprocess
import sys

import binder_lane
import pytest
from memory_cell import memory_cell
from process_tree import TreeMemory


def test_the_python_of_the_image():
    assert binder_lane.python_named() == "python3.11"


def test_sizes_count_each_file_once(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"x" * 1000)
    (tmp_path / "b").hardlink_to(tmp_path / "deep" / "a")
    (tmp_path / "c").symlink_to(tmp_path / "b")
    assert binder_lane.size(tmp_path) == 1000


@pytest.mark.parametrize("words, limit", [(("group",), None), ((), binder_lane.LIMIT)])
def test_the_group_is_the_limit_and_watching_stands_in_for_it(words, limit, monkeypatch, tmp_path):
    seen = {}

    def run_lesson(lesson, prefix, environment, current_kernel, most):
        seen.update(prefix=prefix, most=most, kernel=current_kernel)
        return {"lesson": lesson}

    monkeypatch.setattr(binder_lane, "PLACE", tmp_path)
    monkeypatch.setattr(binder_lane, "memory_cell", lambda most: contextlib.nullcontext(words))
    monkeypatch.setattr(binder_lane, "run_lesson", run_lesson)
    row = binder_lane.run(sys.executable, "2.2")
    assert row["limit_by"] == ("control group" if words else "watching")
    assert seen["most"] == limit and seen["kernel"] is False and tuple(seen["prefix"][: len(words)]) == words


def test_a_group_ends_what_asks_for_too_much():
    with memory_cell(150 * 2**20) as words:
        if not words:
            pytest.skip("this machine lets nobody make a control group")
        small = subprocess.run([*words, sys.executable, "-c", "print(len(bytearray(20_000_000)))"], capture_output=True)
        large = subprocess.run(
            [*words, sys.executable, "-c", "print(len(bytearray(b'x' * 900_000_000)))"], capture_output=True
        )
    assert small.returncode == 0 and small.stdout.strip() == b"20000000"
    assert large.returncode != 0, "the kernel ends it"


def test_a_tree_over_its_limit_is_ended_with_its_children():
    child = "held = bytearray(b'x' * 300_000_000); import time; time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", parent])
    with TreeMemory(process.pid, limit=150_000_000) as memory:
        process.wait(timeout=50)
    assert memory.over and memory.peak > 150_000_000


def test_a_tree_counts_what_its_children_hold():
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    child = "held = bytearray(b'x' * 200_000_000); import time; time.sleep(2)"
    process = subprocess.Popen([sys.executable, "-c", code, child])
    with TreeMemory(process.pid) as memory:
        process.wait()
    assert 200_000_000 < memory.peak < 400_000_000 and not memory.over
