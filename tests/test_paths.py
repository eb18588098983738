"""LLMCOURSE_HOME moves everything the course writes, LLMCOURSE_PROGRESS the learner's progress alone."""

import pytest
from llmcourse import paths


@pytest.fixture(autouse=True)
def plain_environment(learner_folder, monkeypatch):
    monkeypatch.delenv("LLMCOURSE_PROGRESS")
    monkeypatch.delenv("LLMCOURSE_HOME", raising=False)


def test_home_moves_both_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path))
    assert paths.data_folder() == tmp_path
    assert paths.cache_folder() == tmp_path / "cache"


def test_without_it_the_systems_folders_are_used():
    assert "llmcourse" in paths.data_folder().parts
    assert "llmcourse" in str(paths.cache_folder())


def test_progress_can_live_apart_from_the_models(tmp_path, monkeypatch):
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LLMCOURSE_PROGRESS", str(tmp_path / "progress"))
    assert paths.data_folder() == tmp_path / "progress"
    assert paths.cache_folder() == tmp_path / "home" / "cache"
