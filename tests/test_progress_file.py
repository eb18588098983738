"""The progress file: nothing is lost by killed kernels, two notebooks at once, or a broken file."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from llmcourse import check, progress_file

WRITE_MANY = """
import sys
from llmcourse import progress_file
for i in range(int(sys.argv[2])):
    progress_file.record_exercise(f"{sys.argv[1]}.{i}", "passed")
    progress_file.record_quiz("shared", "question", i % 2 == 0)
    print(i, flush=True)
"""


def start_writer(folder, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITE_MANY, name, str(count)],
        env={**os.environ, "LLMCOURSE_PROGRESS": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def kept_aside(word="broken"):
    return sorted(progress_file.path().parent.glob(f"progress.{word}-*.json"))


@pytest.fixture
def clock(monkeypatch):
    """clock(seconds): let this much time go by for the progress file."""
    now = [datetime(2026, 1, 1, 9, tzinfo=UTC)]
    monkeypatch.setattr(progress_file, "_now", lambda: now[0])

    def pass_(seconds):
        now[0] += timedelta(seconds=seconds)

    return pass_


def test_begins_empty_and_reads_back_what_was_recorded(clock):
    assert progress_file.read() == {"version": 2, "lessons": {}, "exercises": {}, "quizzes": {}}
    assert not progress_file.path().exists()
    progress_file.record_visit("2.2")
    visited = progress_file.read()["lessons"]["2.2"]["visited"]
    progress_file.record_visit("2.2")
    progress_file.record_exercise("attention.softmax", "failed")
    progress_file.record_exercise("attention.softmax", "passed")
    progress_file.record_exercise("attention.softmax", "failed")
    progress_file.record_quiz("attention", "axis", False)
    progress_file.record_quiz("attention", "axis", True)
    progress_file.record_quiz("attention", "axis", False)
    assert progress_file.read() == {
        "version": 2,
        "lessons": {"2.2": {"visited": visited, "seconds": 0}},
        "exercises": {"attention.softmax": {"status": "passed", "tries": 3}},
        "quizzes": {"attention": {"axis": {"right": True, "tries": 3}}},
    }


def test_another_status_is_refused():
    with pytest.raises(ValueError, match="status must be 'passed' or 'failed', not 'done'"):
        progress_file.record_exercise("attention.softmax", "done")


def test_two_processes_at_once_lose_nothing(learner_folder):
    writers = [start_writer(learner_folder, name, 40) for name in ("one", "two", "three")]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    progress = progress_file.read()
    assert set(progress["exercises"]) == {f"{name}.{i}" for name in ("one", "two", "three") for i in range(40)}
    assert progress["quizzes"]["shared"]["question"] == {"right": True, "tries": 120}


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_a_killed_process_loses_only_what_it_had_not_written(learner_folder):
    for attempt in range(4):
        writer = start_writer(learner_folder, f"killed-{attempt}", 10_000)
        for _ in range(3):
            last = int(writer.stdout.readline())
        time.sleep(0.003 * attempt)  # so that the kill meets different moments of a write
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate(timeout=60)
        last = max([last, *(int(line) for line in rest.split("\n")[:-1])])
        progress_file.record_visit("0")  # neither a left lock nor half a file is in the way
        assert {f"killed-{attempt}.{i}" for i in range(last + 1)} <= set(progress_file.read()["exercises"])
    assert kept_aside() == []
    assert sorted(path.name for path in learner_folder.iterdir()) == ["progress.json", "progress.lock"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        '{"version": 1}',
        "[" * 100_000,
        '{"version": true, "lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 0, "lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 1e999, "lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 2, "lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 2, "id": "a", "last": {"lesson": "0", "at": "2026-01-01T00:00:00"}, "others": {}, '
        '"lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 2, "id": "a", "last": null, "others": {"b": {}}, "lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 2, "id": "a", "last": null, "others": {}, '
        '"lessons": {"0": {"visited": "", "seconds": -1}}, "exercises": {}, "quizzes": {}}',
        '{"version": "1", "lessons": {}, "exercises": {}, "quizzes": {}}',
        '{"version": 1, "lessons": [], "exercises": {}, "quizzes": {}}',
        '{"version": 1, "lessons": {"0": {}}, "exercises": {}, "quizzes": {}}',
        '{"version": 1, "lessons": {}, "exercises": {"a": {"status": "won", "tries": 1}}, "quizzes": {}}',
        '{"version": 1, "lessons": {}, "exercises": {}, "quizzes": {"a": {"b": {"right": 1, "tries": 1}}}}',
        b"\xff\xfe\x00broken",
    ],
)
@pytest.mark.parametrize("use", [progress_file.read, lambda: progress_file.record_visit("0")])
def test_a_broken_file_is_kept_aside_and_told_once(content, use, learner_folder, recwarn):
    learner_folder.mkdir()
    content = content if isinstance(content, bytes) else content.encode()
    progress_file.path().write_bytes(content)
    use()
    assert [str(warning.message) for warning in recwarn] == [
        f"Your progress file could not be read. It is kept as {kept_aside()[0]}; a new one begins."
    ]
    assert [path.read_bytes() for path in kept_aside()] == [content]
    progress_file.record_exercise("start.next_token", "passed")
    assert progress_file.read()["exercises"] == {"start.next_token": {"status": "passed", "tries": 1}}
    assert len(recwarn) == 1 and len(kept_aside()) == 1


def test_a_file_of_a_newer_course_is_left_alone(learner_folder):
    learner_folder.mkdir()
    newer = json.dumps({**progress_file.empty(), "version": 3, "something": "new"})
    progress_file.path().write_text(newer)
    for use in (progress_file.read, lambda: progress_file.record_visit("0")):
        with pytest.raises(OSError, match="newer version of the course"):
            use()
    assert progress_file.path().read_text() == newer
    assert kept_aside() == []


def test_a_folder_that_cannot_be_made_is_an_oserror(learner_folder):
    learner_folder.write_text("a file where the folder should be")
    with pytest.raises(OSError):
        progress_file.record_visit("0")


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_a_read_only_folder_can_be_read_and_writing_is_an_oserror(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: only its owner may enter that
        monkeypatch.setenv("LLMCOURSE_PROGRESS", folder)
        progress_file.record_visit("0")
        Path(folder).chmod(0o555)
        with as_somebody_without_rights():
            assert list(progress_file.read()["lessons"]) == ["0"]
            with pytest.raises(OSError):
                progress_file.record_visit("2.2")
            result = check("start.next_token", lambda logits: logits.argmax())
        assert result.status == "passed"
        assert result.note.startswith("Your progress could not be saved: ")
        assert list(progress_file.read()["lessons"]) == ["0"]
        Path(folder).chmod(0o755)


@contextlib.contextmanager
def as_somebody_without_rights():
    """Root may write everywhere, so for a moment the test is somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_lock_that_is_held_is_an_oserror_after_a_while(monkeypatch, learner_folder):
    from filelock import FileLock

    monkeypatch.setattr(progress_file, "_PATIENCE", 0.1)
    learner_folder.mkdir()
    with FileLock(learner_folder / "progress.lock"), pytest.raises(OSError):
        progress_file.record_visit("0")


def test_merge_keeps_the_better_of_both_and_all_tries():
    progress_file.record_exercise("a.one", "passed")
    progress_file.record_exercise("a.two", "failed")
    progress_file.record_quiz("a", "q", False)
    other = {
        "version": 1,
        "lessons": {"0": {"visited": "2026-01-01T00:00:00+00:00"}},
        "exercises": {"a.one": {"status": "failed", "tries": 2}, "a.two": {"status": "passed", "tries": 1}},
        "quizzes": {"a": {"q": {"right": True, "tries": 4}}},
    }
    progress_file.merge(other)
    for _ in range(2):  # the second time nothing is added
        assert progress_file.read() == {
            "version": 2,
            "lessons": {"0": {"visited": "2026-01-01T00:00:00+00:00", "seconds": 0}},
            "exercises": {"a.one": {"status": "passed", "tries": 3}, "a.two": {"status": "passed", "tries": 2}},
            "quizzes": {"a": {"q": {"right": True, "tries": 5}}},
        }
        progress_file.merge(other)


def test_two_machines_that_exchange_their_files_count_everything_once(monkeypatch, tmp_path):
    def at(machine):
        monkeypatch.setenv("LLMCOURSE_PROGRESS", str(tmp_path / machine))

    def carry(source, target):
        at(source)
        text = progress_file.export()
        at(target)
        progress_file.merge(progress_file.parsed(text))

    for machine, tries in (("desk", 3), ("lap", 2)):
        at(machine)
        for _ in range(tries):
            progress_file.record_exercise("a.one", "failed")
    carry("desk", "lap")
    progress_file.record_exercise("a.one", "passed")
    carry("lap", "desk")
    carry("lap", "desk")
    carry("desk", "lap")
    for machine in ("desk", "lap"):
        at(machine)
        assert progress_file.read()["exercises"] == {"a.one": {"status": "passed", "tries": 6}}


def test_an_export_brings_everything_back_after_a_reset():
    progress_file.record_exercise("a.one", "passed")
    saved, before = progress_file.parsed(progress_file.export()), progress_file.read()
    progress_file.merge(saved)
    assert progress_file.read() == before, "one's own export adds nothing"
    progress_file.set_aside("before-reset")
    progress_file.merge(saved)
    assert progress_file.read() == before


VERSION_1 = {
    "version": 1,
    "lessons": {"0": {"visited": "2026-01-01T00:00:00+00:00"}},
    "exercises": {"start.next_token": {"status": "passed", "tries": 3}},
    "quizzes": {"start": {"softmax-gap": {"right": False, "tries": 2}}},
}


def test_a_file_of_version_1_is_taken_over_whole(learner_folder):
    learner_folder.mkdir()
    progress_file.path().write_text(json.dumps(VERSION_1))
    visited = {"visited": "2026-01-01T00:00:00+00:00", "seconds": 0}
    assert progress_file.read() == {**VERSION_1, "version": 2, "lessons": {"0": visited}}
    assert json.loads(progress_file.path().read_text()) == VERSION_1, "reading writes nothing"
    progress_file.record_exercise("start.next_token", "failed")
    assert json.loads(progress_file.path().read_text())["version"] == 2
    assert progress_file.read()["exercises"] == {"start.next_token": {"status": "passed", "tries": 4}}
    assert progress_file.read()["quizzes"] == VERSION_1["quizzes"]
    progress_file.merge(VERSION_1)
    assert progress_file.read()["exercises"]["start.next_token"]["tries"] == 4, "it is this file's own past"
    assert kept_aside() == []


def seconds():
    return {number: entry["seconds"] for number, entry in progress_file.read()["lessons"].items()}


def test_time_goes_from_event_to_event_and_a_break_counts_little(clock):
    progress_file.record_visit("0")
    clock(60)
    progress_file.record_exercise("start.next_token", "failed")
    clock(100)
    progress_file.record_quiz("start", "softmax-gap", True)
    assert seconds() == {"0": 160}
    clock(8 * 3600)
    progress_file.record_event("0")
    assert seconds() == {"0": 460}
    clock(-3600)  # a clock that was set back
    progress_file.record_event("0")
    assert seconds() == {"0": 460}


def test_lessons_side_by_side_share_the_time(clock):
    progress_file.record_visit("0")
    clock(60)
    progress_file.record_visit("2.2")
    clock(30)
    progress_file.record_event("0")
    clock(30)
    progress_file.record_event("2.2")
    assert seconds() == {"0": 90, "2.2": 30}
    progress_file.record_quiz("no-such-topic", "q", True)  # belongs to no lesson, so it is no event
    assert seconds() == {"0": 90, "2.2": 30}


def test_set_aside_renames():
    assert progress_file.set_aside("before-reset") is None
    progress_file.record_visit("0")
    kept = progress_file.set_aside("before-reset")
    assert json.loads(kept.read_text())["lessons"].keys() == {"0"}
    assert progress_file.read() == progress_file.empty()
