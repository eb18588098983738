"""Nothing leaves unnoticed: the audit hook sees what Python asks for, the counters what the kernel refuses."""

import os
import subprocess
import sys

import offline_lane
import pytest

ASKS = """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(server.getsockname()): pass
try: socket.getaddrinfo("example.org", 443)
except OSError: pass
try: socket.create_connection(("192.0.2.1", 80), timeout=0.1)
except OSError: pass
"""


def watched(code, tmp_path, *words):
    log = tmp_path / "asked"
    environment = os.environ | {"PYTHONPATH": str(offline_lane.WATCH), "NETWORK_LOG": str(log)}
    subprocess.run([*words, sys.executable, "-c", code], env=environment, check=True)
    return [line.split()[1:3] for line in log.read_text().splitlines()] if log.exists() else []


def test_only_what_leaves_the_machine_is_noted(tmp_path):
    found = watched(ASKS, tmp_path)
    assert ["socket.getaddrinfo", "example.org:443"] in found
    assert ["socket.connect", "192.0.2.1:80"] in found
    assert all("127.0.0.1" not in place for _, place in found)


def test_a_quiet_program_leaves_no_note(tmp_path):
    assert watched("import json, http.client", tmp_path) == []


def test_packets_without_a_way_are_counted():
    text = "Ip: InReceives OutNoRoutes InDelivers\nIp: 12 3 4\nTcp: Opens\nTcp: 5\nIp6InReceives 9\nIp6OutNoRoutes 2\n"
    assert offline_lane.ways_out(text) == 5


@pytest.fixture
def words():
    try:
        return offline_lane.namespace()
    except SystemExit as problem:
        pytest.skip(str(problem))


def test_inside_there_is_loopback_and_nothing_else(words, tmp_path):
    code = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0)); socket.create_connection(server.getsockname())\n"
        "try: socket.create_connection(('192.0.2.1', 80), timeout=5)\n"
        "except OSError as problem: print(problem.errno)\n"
    )
    counters = tmp_path / "counters"
    inside = [*words, "sh", "-c", offline_lane.INSIDE, str(counters), sys.executable, "-c", code]
    run = subprocess.run(inside, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "101", "network is unreachable"
    assert offline_lane.ways_out(counters.read_text()) >= 1, "an attempt of any program is counted"


def test_where_none_may_be_made_a_sentence_says_so(monkeypatch):
    monkeypatch.setattr(offline_lane.subprocess, "run", lambda *words, **how: subprocess.CompletedProcess(words, 1))
    with pytest.raises(SystemExit, match="lets nobody make a network namespace"):
        offline_lane.namespace()
    monkeypatch.setattr(offline_lane.sys, "platform", "darwin")
    with pytest.raises(SystemExit, match="needs Linux with unshare"):
        offline_lane.namespace()
