"""The same jobs on Dask workers: the same rows, and a worker that is killed in the middle loses nothing."""

import os
import re
import signal
import sys

import pytest
from llmcourse import course_cluster, course_run, lessons
from llmcourse.course_cluster import run_on_cluster
from llmcourse.course_run import jobs, run_course


def test_a_cluster_gives_what_this_process_gives(course, tmp_path):
    course.write("9.1", "SEED = 0", "print('seed', SEED)")
    course.write("9.2", "SEED = 0", "1 / 0")
    work = jobs(["9.1"], grid={"SEED": [1, 2]}) + jobs(["9.2"])
    here = run_course(work, tmp_path / "here")
    there = run_course(work, tmp_path / "there", each=lambda left: run_on_cluster("local", left))
    kept = ("name", "status", "cell", "error", "parameters", "page", "fingerprint")
    assert [{name: row[name] for name in kept} for row in there] == [{name: row[name] for name in kept} for row in here]
    assert all(row["seconds"] > 0 and row["peak_bytes"] > 0 for row in there)
    for row in here:
        copy = row["page"].replace(".html", ".ipynb")
        pattern = r'"text": \[[^\]]*\]'
        texts = [re.findall(pattern, (tmp_path / place / copy).read_text()) for place in ("here", "there")]
        assert texts[0] == texts[1]


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_a_worker_that_is_killed_loses_nothing(course, tmp_path):
    """The first execution of 9.1 kills the process that runs it, its worker; the second finds the mark and passes."""
    mark = tmp_path / "killed"
    kill = (
        "import os, signal\nfrom pathlib import Path\n"
        f"mark = Path('{mark}')\n"
        "if not mark.exists():\n    mark.write_text(str(os.getppid()))\n    os.kill(os.getppid(), signal.SIGKILL)"
    )
    course.write("9.1", "SEED = 0", kill)
    course.write("9.2", "SEED = 0", "print('other')")
    rows = run_course(jobs(["9.1", "9.2"]), tmp_path / "out", each=lambda left: run_on_cluster("local", left))
    assert [row["status"] for row in rows] == ["passed", "passed"]
    killed = int(mark.read_text())
    assert killed != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(killed, signal.SIGTERM)


def test_a_lesson_that_every_worker_dies_of_is_a_failed_one(course, tmp_path):
    course.write("9.1", "SEED = 0", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    course.write("9.2", "SEED = 0", "print('other')")
    rows = run_course(jobs(["9.1", "9.2"]), tmp_path / "out", each=lambda left: run_on_cluster("local", left))
    assert [row["status"] for row in rows] == ["failed", "passed"]
    assert "its worker died each time" in rows[0]["error"]


def test_a_scheduler_address_is_used(course, tmp_path):
    from distributed import LocalCluster

    course.write("9.1", "SEED = 0", "print('there')")
    with LocalCluster(
        n_workers=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
    ) as cluster:
        lessons.main(["run", "9.1", "--dask", cluster.scheduler_address, "--out", str(tmp_path / "out")])
    assert "there" in (tmp_path / "out" / "9.1.html").read_text()


def test_what_is_no_address_is_one_sentence(course):
    course.write("9.1", "SEED = 0")
    with pytest.raises(SystemExit, match="--dask must be local or an address such as tcp://10.0.0.5:8786; this was x."):
        lessons.main(["run", "9.1", "--dask", "x"])


def test_no_scheduler_is_one_sentence(course, monkeypatch):
    course.write("9.1", "SEED = 0")
    monkeypatch.setattr(course_cluster, "PATIENCE_S", 0.5)
    with pytest.raises(SystemExit, match="No Dask scheduler answers at tcp://127.0.0.1:9."):
        lessons.main(["run", "9.1", "--dask", "tcp://127.0.0.1:9"])


def test_a_missing_package_is_one_sentence_with_the_command(course, monkeypatch):
    course.write("9.1", "SEED = 0")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit, match="needs the package distributed.*-m pip install"):
        lessons.main(["run", "9.1", "--dask", "local"])


def test_only_text_travels(course):
    course.write("9.1", "SEED = 0")
    text, parameters, folder = course_run.job_text(jobs(["9.1"], {"SEED": 2})[0])
    assert text.startswith("{") and parameters == {"SEED": 2} and isinstance(folder, str)
