"""A folder of the cache is whole or absent, whatever happens to its builder, its disk or its bytes."""

import errno
import json
import os
import shutil

import pytest
from llmcourse import model_cache
from llmcourse.model_error import ModelError


@pytest.fixture
def sealed(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(bytes(1000))
    (folder / "config").write_bytes(b"{}")
    model_cache.seal(folder)
    return folder


def overwrite(path, keep_time=False):
    """Change one byte in the middle; the size stays, the time only when asked."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    moment = before.st_mtime_ns if keep_time else before.st_mtime_ns + 10**9
    os.utime(path, ns=(moment, moment))


def test_a_sealed_folder_is_whole(sealed):
    assert model_cache.is_whole(sealed)
    assert model_cache.is_whole(sealed, thorough=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "config").unlink(),
        lambda folder: (folder / "weights").write_bytes(bytes(999)),
        lambda folder: overwrite(folder / "weights"),
        lambda folder: (folder / model_cache.SEAL).unlink(),
        lambda folder: (folder / model_cache.SEAL).write_bytes(b"{"),
        lambda folder: (folder / model_cache.SEAL).write_bytes(b"{}"),
        lambda folder: (folder / model_cache.SEAL).write_bytes(b"[]"),
        shutil.rmtree,
    ],
    ids=["a file gone", "cut", "overwritten", "no seal", "half a seal", "empty seal", "a list", "all gone"],
)
def test_damage_is_seen(sealed, damage):
    damage(sealed)
    assert not model_cache.is_whole(sealed)


def test_damage_that_left_size_and_time_is_seen_by_a_thorough_look(sealed):
    overwrite(sealed / "weights", keep_time=True)
    assert model_cache.is_whole(sealed)
    assert not model_cache.is_whole(sealed, thorough=True)


def test_a_copied_folder_stays_whole_and_is_quick_again(sealed, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    shutil.copytree(sealed, copy, copy_function=shutil.copyfile)
    os.utime(copy / "weights", (0, 0))
    assert model_cache.is_whole(copy)
    monkeypatch.setattr(model_cache, "sha256", lambda path: pytest.fail("read the bytes a second time"))
    assert model_cache.is_whole(copy)


def test_the_seal_of_a_shared_cache_is_readable_by_others(sealed):
    assert (sealed / model_cache.SEAL).stat().st_mode & 0o044 == 0o044


def test_publishing_replaces_an_older_folder(sealed, tmp_path):
    built = tmp_path / "staging" / "model"
    built.mkdir(parents=True)
    (built / "weights").write_bytes(b"new")
    model_cache.publish(built, sealed)
    assert [path.name for path in sealed.iterdir()] == ["weights"]
    assert (sealed / "weights").read_bytes() == b"new"
    assert not built.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_an_interrupted_builder_leaves_nothing_and_frees_the_lock(tmp_path, error):
    with pytest.raises(error), model_cache.only_builder(tmp_path) as staging:
        (staging / "half").write_bytes(b"half")
        raise error
    with model_cache.only_builder(tmp_path) as staging:
        assert list(tmp_path.glob(f"{model_cache.STAGING}*")) == [staging]
        assert list(staging.iterdir()) == []


def test_what_a_killed_builder_left_is_removed(tmp_path):
    (tmp_path / f"{model_cache.STAGING}old").mkdir()
    (tmp_path / f"{model_cache.STAGING}old" / "half").write_bytes(b"half")
    with model_cache.only_builder(tmp_path):
        assert not (tmp_path / f"{model_cache.STAGING}old").exists()


def test_too_little_space_is_told_with_folder_and_megabytes(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(ModelError, match=r"needs [\d,]+ MB in .*, and [\d,]+ MB are free.*LLMCOURSE_HOME") as told:
        model_cache.check_space(tmp_path, free + 10**9)
    assert str(tmp_path) in str(told.value)
    model_cache.check_space(tmp_path, 0)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "filled up: make room for 642 MB"),
        (errno.EDQUOT, "filled up: make room for 642 MB"),
        (errno.EACCES, "cannot be written to"),
        (errno.EROFS, "cannot be written to"),
    ],
    ids=lambda value: errno.errorcode.get(value, ""),
)
def test_errors_of_the_disk_become_one_sentence(tmp_path, number, message):
    with (
        pytest.raises(ModelError, match=message) as told,
        model_cache.explained(tmp_path, 642_000_000),
    ):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path) in str(told.value)
    assert "LLMCOURSE_HOME" in str(told.value)


def test_other_errors_are_not_explained_away(tmp_path):
    with pytest.raises(OSError, match="Input/output"), model_cache.explained(tmp_path, 0):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_the_seal_names_every_file_with_its_hash(sealed):
    notes = json.loads((sealed / model_cache.SEAL).read_bytes())
    assert set(notes) == {"weights", "config"}
    # `printf '{}' | sha256sum`
    assert notes["config"]["sha256"] == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
