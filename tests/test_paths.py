"""LLMCOURSE_HOME moves everything the course writes."""

import importlib

from llmcourse import paths


def test_home_moves_both_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LLMCOURSE_HOME", str(tmp_path))
    fresh = importlib.reload(paths)
    assert fresh.data_folder() == tmp_path
    assert fresh.cache_folder() == tmp_path / "cache"


def test_without_it_the_systems_folders_are_used(monkeypatch):
    monkeypatch.delenv("LLMCOURSE_HOME", raising=False)
    fresh = importlib.reload(paths)
    assert "llmcourse" in fresh.data_folder().parts
    assert "llmcourse" in str(fresh.cache_folder())
