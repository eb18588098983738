"""Colab: its list becomes constraints; the install lines add what is missing and can move nothing."""

import json
import subprocess

import colab_lane
import colab_list
import colab_setup
import nbformat
import pytest
from colab_list import canonical, colab_pins, constraint_file, pins
from packaging.requirements import Requirement

LISTED = """# Do not modify this file directly
ipykernel==6.17.1
ipywidgets==7.7.1
google-colab @ file:///colabtools/dist/google_colab-1.0.0.tar.gz
numpy==2.2.0
torch==2.12.0+cu128
Transformers==5.20.0
"""
KEPT = ("torch", "transformers", "ipywidgets", "ipykernel")


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.mark.parametrize("path", colab_setup.lesson_notebooks())
def test_a_lesson_adds_what_is_missing_on_colab_and_moves_nothing(path):
    assert list(colab_setup.complaints(colab_setup.lesson_notebooks()[path])) == []


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["%pip install gguf"], "without --no-deps"),
        (["%pip install --no-deps --upgrade gguf"], "--upgrade"),
        (["%pip install --no-deps 'torch==2.13.0'"], "ask for a version"),
        (["%pip install --no-deps 'transformers>=5.20'"], "ask for a version"),
        (["import faiss"], "imports faiss"),
        (["def later():\n    from pypdf import PdfReader"], "imports pypdf"),
        (["model, tokenizer = load_model()"], "gguf"),
        (["%pip install --no-deps qdrant-client"], "needs portalocker"),
    ],
)
def test_what_is_wrong_with_an_install_line_is_told(cells, told):
    assert told in " ".join(colab_setup.complaints(notebook(*cells)))


def test_a_good_install_line_has_no_complaints():
    good = '%pip install --quiet --no-deps "llmcourse @ git+https://example.org/x" gguf'
    assert list(colab_setup.complaints(notebook(f"try:\n    import llmcourse\nexcept ImportError:\n    {good}"))) == []
    assert colab_setup.added(notebook(good)) == ["gguf"]


def test_a_version_of_what_colab_does_not_have_can_move_nothing():
    line = "%pip install --no-deps 'faiss-cpu<9'"
    assert list(colab_setup.complaints(notebook(line, "import faiss"))) == []


def test_what_the_course_needs_suits_colabs_versions():
    """requirements.txt must not be narrower than Colab's image, or the course would not run there as it is."""
    lines = (colab_lane.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line.split("#")[0]) for line in lines if line and not line.startswith("#")]
    there = colab_pins()
    narrow = [str(one) for one in wanted if (has := there.get(canonical(one.name))) and not one.specifier.contains(has)]
    assert narrow == []
    assert {"torch", "transformers", "ipywidgets", "anywidget"} <= there.keys()


def test_the_published_list_becomes_constraints():
    made = constraint_file(LISTED, "2026-11-26")
    assert "torch==2.12.0\n" in made and "2026-11-26" in made and "file://" not in made
    assert pins(made)["transformers"] == "5.20.0"
    with pytest.raises(ValueError, match="does not hold torch"):
        constraint_file("<html>not found</html>", "2026-11-26")


def test_the_command_reads_a_file_and_tells_what_moved(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(colab_list, "CONSTRAINTS", tmp_path / "constraints.txt")
    (tmp_path / "constraints.txt").write_text("torch==2.11.0\nnumpy==2.2.0\n")
    (tmp_path / "list.txt").write_text(LISTED)
    colab_list.main([str(tmp_path / "list.txt")])
    assert "torch 2.11.0 -> 2.12.0" in capsys.readouterr().out
    assert colab_list.colab_pins()["ipywidgets"] == "7.7.1"
    with pytest.raises(SystemExit, match="could not be read"):
        colab_list.main([str(tmp_path / "missing.txt")])


def test_the_environment_holds_what_colab_has_and_no_more():
    names = colab_lane.base_packages()
    assert {*KEPT, "notebook"} <= set(names) <= colab_pins().keys()
    assert not {"jupyterlab", "gguf", "papermill", "faiss-cpu"} & set(names)


def test_pips_dry_run_is_believed_when_it_would_move_something(tmp_path, monkeypatch):
    """pip says what it would install; a package of the image among it stops the lane."""
    monkeypatch.setattr(colab_lane, "PLACE", tmp_path)
    would = []

    def pip(words, check):
        found = [{"metadata": {"name": name, "version": "9"}} for name in would]
        (tmp_path / "report.json").write_text(json.dumps({"install": found}))
        assert "--dry-run" not in words or "--no-deps" in words
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(colab_lane.subprocess, "run", pip)
    would[:] = ["gguf"]
    assert colab_lane.moved("python", ["gguf"]) == []
    assert colab_lane.beside("python", ["gguf", "torch"]).name == "gguf", "what the image has is left alone"
    would[:] = ["bm25s", "Transformers"]
    with pytest.raises(SystemExit, match="would move Transformers of Colab's image"):
        colab_lane.beside("python", ["bm25s"])
