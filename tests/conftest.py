"""What all tests share: the learner's files go to a temporary folder, the model comes from the usual cache."""

import os
import tempfile

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

_HYPOTHESIS = tempfile.TemporaryDirectory(prefix="hypothesis-")  # removed at the end, and not in the repository
set_hypothesis_home_dir(_HYPOTHESIS.name)
settings.register_profile("gate", derandomize=True)  # the gate tries the same inputs each time, a run by hand new ones
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.fixture(autouse=True)
def learner_folder(tmp_path, monkeypatch):
    """Progress is written below tmp_path; the converted model stays where it is, so it is converted only once."""
    folder = tmp_path / "learner"
    monkeypatch.setenv("LLMCOURSE_PROGRESS", str(folder))
    return folder


@pytest.fixture(scope="session")
def loaded():
    """(model, tokenizer): the embedded model, loaded once for all tests."""
    from llmcourse import load_model

    return load_model()


@pytest.fixture(scope="session")
def model(loaded):
    return loaded[0]


@pytest.fixture(scope="session")
def tokenizer(loaded):
    return loaded[1]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of tiny notebooks in tmp_path: `course.write("9.1", "SEED = 0", "print(SEED)")`."""
    from tiny_course import use

    return use(tmp_path, monkeypatch)


def pytest_collection_modifyitems(items):
    """Tests marked gpu are skipped where torch finds no CUDA GPU; with LLMCOURSE_GPU=1 they run there and fail."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and os.environ.get("LLMCOURSE_GPU") != "1":
        import torch

        if not torch.cuda.is_available():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA GPU, and torch finds none here"))
