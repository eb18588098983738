"""A run over the course: one report, failures that stop nothing, and state that outlives Ctrl-C and kill -9."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from llmcourse import course_run, lessons
from llmcourse.course_report import report_page, summary
from llmcourse.course_run import jobs, run_course

COUNT = "open('{log}', 'a').write('{name}\\n')"  # a cell that leaves a trace of each execution
COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a shell's background has it ignored
from pathlib import Path
from llmcourse.lessons import main
from tiny_course import use
course = use(Path(sys.argv[1]))
for path in sorted((Path(sys.argv[1]) / "course").glob("*.ipynb")):
    course.add(path.stem)
main(sys.argv[2:])
"""


@pytest.fixture
def counted(course, tmp_path):
    """Three lessons that note each execution; returns the function that gives the notes so far."""
    log = tmp_path / "log"
    for number in ("9.1", "9.2", "9.3"):
        course.write(number, "SEED = 0", COUNT.format(log=log.as_posix(), name=number))
    return lambda: log.read_text().split() if log.exists() else []


def start(root, *arguments):
    """The command in a process of its own, over the lessons under `root`."""
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(root), *arguments],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def rows(folder):
    return {row["name"]: row for row in json.loads((folder / course_run.STATE).read_text())["rows"]}


def test_a_failing_lesson_is_in_the_report_and_stops_nothing(course, tmp_path, capsys):
    course.write("9.1", "SEED = 0", "held = bytearray(150_000_000); del held")
    course.write("9.2", "SEED = 0", "raise ValueError('<b>no</b>')")
    course.write("9.3", "SEED = 0", "print('after')")
    with pytest.raises(SystemExit, match="These lessons fail:\n9.2, cell cell-1: ValueError: <b>no</b>"):
        lessons.main(["run", "all"])
    folder = tmp_path / "out" / "course"
    page = (folder / "report.html").read_text()
    assert "2 passed, 1 failed" in page and "2 passed, 1 failed" in capsys.readouterr().out
    assert "in cell <code>cell-1</code>: <code>ValueError: &lt;b&gt;no&lt;/b&gt;</code>" in page
    assert "<script" not in page and "<b>no</b>" not in page
    links = re.findall(r"href='([^']+)'", page)
    assert len(links) == 3 and all((folder / link).exists() for link in links)
    assert 150_000_000 < rows(folder)["9.1"]["peak_bytes"] < 500_000_000
    assert "ValueError" in (folder / "9.2.html").read_text()


def test_a_grid_runs_every_combination_with_a_file_each(course, tmp_path):
    course.write("9.1", "SEED = 0\nTEXT = ''", "print(SEED, TEXT)")
    lessons.main(["run", "9.1", "--grid", "SEED=0,1", "--grid", "TEXT='a/b','a b'", "--out", str(tmp_path / "grid")])
    done = rows(tmp_path / "grid")
    assert list(done) == ["9.1 SEED=0 TEXT=a/b", "9.1 SEED=0 TEXT=a b", "9.1 SEED=1 TEXT=a/b", "9.1 SEED=1 TEXT=a b"]
    pages = {row["page"] for row in done.values()}
    assert len(pages) == 4 and all((tmp_path / "grid" / page).exists() for page in pages)
    assert "1 a/b" in (tmp_path / "grid" / done["9.1 SEED=1 TEXT=a/b"]["page"]).read_text()


@pytest.mark.parametrize(
    "grid, told",
    [("SEED", "--grid must look like SEED=0,1,2; this was SEED."), ("SEDE=1,2", "no parameter SEDE; it has SEED")],
)
def test_a_bad_grid_is_one_sentence(course, grid, told):
    course.write("9.1", "SEED = 0")
    with pytest.raises(SystemExit, match=re.escape(told)):
        lessons.main(["run", "9.1", "--grid", grid])


def test_resume_keeps_what_passed_and_runs_what_changed(course, counted, tmp_path):
    folder, numbers = tmp_path / "out", ["9.1", "9.2", "9.3"]
    run_course(jobs(numbers), folder)
    assert counted() == numbers
    run_course(jobs(numbers), folder, resume=True)
    assert counted() == numbers, "nothing changed, nothing is run"
    path = tmp_path / "course" / "9.2.ipynb"
    path.write_text(path.read_text().replace("SEED = 0", "SEED = 7"))
    run_course(jobs(numbers), folder, resume=True)
    assert counted() == [*numbers, "9.2"]
    run_course(jobs(["9.1"], {"SEED": 3}), folder, resume=True)
    assert counted() == [*numbers, "9.2", "9.1"], "other parameters are another run"


def test_resume_runs_what_failed_or_lost_its_page(course, tmp_path):
    course.write("9.1", "SEED = 0", "from pathlib import Path; assert Path('mended').exists()")
    assert run_course(jobs(["9.1"]), tmp_path / "out")[0]["status"] == "failed"
    (tmp_path / "course" / "mended").touch()
    assert run_course(jobs(["9.1"]), tmp_path / "out", resume=True)[0]["status"] == "passed"
    (tmp_path / "out" / "9.1.html").unlink()
    run_course(jobs(["9.1"]), tmp_path / "out", resume=True)
    assert (tmp_path / "out" / "9.1.html").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"rows": 3}', '{"rows": [{}]}'])
def test_a_state_that_is_none_of_ours_is_run_over(counted, tmp_path, content):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / course_run.STATE).write_text(content)
    run_course(jobs(["9.1"]), tmp_path / "out", resume=True)
    assert counted() == ["9.1"]


def test_two_runs_do_not_write_to_one_folder(course, tmp_path):
    course.write("9.1", "SEED = 0")
    work = jobs(["9.1"])

    def second(left):
        with pytest.raises(RuntimeError, match="Another run is writing to"):
            run_course(work, tmp_path / "out")
        yield from course_run.run_here(left)

    assert run_course(work, tmp_path / "out", each=second)[0]["status"] == "passed"


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("how, code", [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_stopped_run_leaves_a_valid_report_and_goes_on(course, tmp_path, how, code):
    log, gate = tmp_path / "log", tmp_path / "gate"
    note = "open('{log}', 'a').write('{name}\\n')"
    course.write("9.1", "SEED = 0", note.format(log=log, name="9.1"))
    waiting = f"import time\nfrom pathlib import Path\nwhile not Path('{gate}').exists(): time.sleep(0.05)"
    course.write("9.2", "SEED = 0", note.format(log=log, name="9.2") + "\n" + waiting)
    process = start(tmp_path, "run", "all")
    wait_for(lambda: log.exists() and "9.2" in log.read_text())
    process.send_signal(how)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == code, told
    assert {name: row["status"] for name, row in rows(tmp_path / "out" / "course").items()} == {
        "9.1": "passed",
        "9.2": "not run",
    }
    assert "1 passed, 1 not run" in (tmp_path / "out" / "course" / "report.html").read_text()
    if how == signal.SIGINT:
        assert "--resume goes on from here" in told
    gate.touch()
    again = start(tmp_path, "run", "all", "--resume")
    told, _ = again.communicate(timeout=60)
    assert again.returncode == 0, told
    assert log.read_text().split() == ["9.1", "9.2", "9.2"]


def test_the_report_of_nothing_and_of_hostile_text():
    assert summary([]).startswith("Nothing to run")
    hostile = "</script><script>alert('x')</script>"
    row = {"name": hostile, "title": hostile, "parameters": {hostile: hostile}, "status": "failed", "cell": hostile}
    page = report_page([row | {"error": hostile, "seconds": 1.0, "peak_bytes": 0, "page": hostile}])
    assert "<script" not in page
