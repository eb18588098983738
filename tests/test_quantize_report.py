"""The report over several formats: what it writes, how it goes on after a stop, and its sentences."""

import json

import gguf
import pytest
from llmcourse import quantize_report as module
from llmcourse.model_error import ModelError
from llmcourse.quantize_report import main, quantize_report
from llmcourse.report_notes import only_report
from tiny_gguf import write_tiny_gguf

pytest.importorskip("xllamacpp")
TEXT = "the the cat the the hat"


@pytest.fixture
def source(tmp_path):
    return write_tiny_gguf(tmp_path / "tiny.F32.gguf", gguf.GGMLQuantizationType.F32)


def made(monkeypatch):
    """The formats that are really written, as they are."""
    written, real = [], module.requantize

    def noted(source, path, format, progress):
        written.append(format)
        return real(source, path, format, progress)

    monkeypatch.setattr(module, "requantize", noted)
    return written


def test_files_figures_table_and_plot(source, tmp_path):
    report = quantize_report(source, ["F16", "Q8_0"], tmp_path / "out", TEXT)
    assert [row.format for row in report.rows] == ["original", "F16", "Q8_0"]
    original, half, eight = report.rows
    assert original.size > half.size > eight.size == (tmp_path / "out" / "tiny.Q8_0.gguf").stat().st_size
    assert half.bits_per_weight > eight.bits_per_weight > 8
    assert half.perplexity == pytest.approx(original.perplexity, rel=0.01)
    assert all(row.speed > 0 for row in report.rows)
    names = sorted(path.name for path in (tmp_path / "out").glob("[!.]*"))
    assert names == ["report.json", "report.md", "report.png", "tiny.F16.gguf", "tiny.Q8_0.gguf"]
    assert (tmp_path / "out" / "report.md").read_text().count("\n") == 5
    assert (tmp_path / "out" / "report.png").read_bytes().startswith(b"\x89PNG")
    assert report._repr_markdown_() == report.table()


def test_a_second_run_makes_only_what_is_new(source, tmp_path, monkeypatch):
    first = quantize_report(source, ["F16"], tmp_path / "out", TEXT)
    written = made(monkeypatch)
    second = quantize_report(source, ["F16", "Q4_0"], tmp_path / "out", TEXT)
    assert written == ["Q4_0"] and second.rows[:2] == first.rows
    (tmp_path / "out" / "tiny.F16.gguf").unlink()
    quantize_report(source, ["F16"], tmp_path / "out", TEXT)
    assert written == ["Q4_0", "F16"], "a file that is gone is made again"
    quantize_report(source, ["F16"], tmp_path / "out", TEXT + " the mat")
    assert written == ["Q4_0", "F16"], "another text is measured on the same file"


def test_a_stop_keeps_what_is_finished_and_nothing_half(source, tmp_path, monkeypatch, capsys):
    real = module.requantize

    def stopped(source, path, format, progress):
        if format == "Q4_0":
            raise KeyboardInterrupt
        return real(source, path, format, progress)

    monkeypatch.setattr(module, "requantize", stopped)
    text = tmp_path / "text.txt"
    text.write_text(TEXT)
    command = [str(source), "--formats", "F16", "Q4_0", "--out", str(tmp_path / "out"), "--text", str(text)]
    assert main(command) == 130
    assert "goes on from there" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "out").iterdir()} - {".report.lock"} == {"report.json", "tiny.F16.gguf"}
    monkeypatch.setattr(module, "requantize", real)
    written = made(monkeypatch)
    assert main(command) == 0
    assert written == ["Q4_0"]
    assert "| Q4_0 |" in capsys.readouterr().out


def test_a_damaged_note_is_begun_anew(source, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    for content in ("", "[]", '{"files": 3}', json.dumps({"files": {}, "rows": 7, "source": 1, "setting": 2})):
        (folder / "report.json").write_text(content)
        assert len(quantize_report(source, [], folder, TEXT).rows) == 1


def test_a_file_in_the_way_is_never_overwritten(source, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tiny.Q4_0.gguf").write_text("precious")
    with pytest.raises(ValueError, match="not written by this report"):
        quantize_report(source, ["Q4_0"], tmp_path / "out", TEXT)
    with pytest.raises(ValueError, match="not written by this report"):
        quantize_report(source, ["F32"], tmp_path, TEXT)  # its name is the source's
    assert (tmp_path / "out" / "tiny.Q4_0.gguf").read_text() == "precious"


def test_what_a_killed_report_left_goes_and_two_at_once_do_not(source, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / ".tiny.Q8_0.gguf.abc123").write_text("half")
    quantize_report(source, ["Q8_0"], folder, TEXT)
    assert not (folder / ".tiny.Q8_0.gguf.abc123").exists()
    with only_report(folder), pytest.raises(ModelError, match="Another report is writing"):
        quantize_report(source, ["Q8_0"], folder, TEXT)


def test_a_full_disk_is_told_before_writing(source, tmp_path, monkeypatch):
    import shutil
    from types import SimpleNamespace

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10))
    with pytest.raises(ModelError, match="MB are free"):
        quantize_report(source, ["Q8_0"], tmp_path / "out", TEXT)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{source}", "--formats", "Q9"], "format must be one of"),
        (["{folder}/none.gguf"], "cannot be read or written: No such file"),
        (["{folder}/text.gguf"], "is not a GGUF file"),
        (["{source}", "--text", "{folder}/none.txt"], "none.txt cannot be read or written"),
        (["{source}", "--out", "{folder}/text.gguf"], "cannot be read or written: File exists"),
    ],
)
def test_errors_are_one_sentence(source, tmp_path, capsys, arguments, words):
    (tmp_path / "text.gguf").write_text("just some text that is long enough")
    given = [each.format(source=source, folder=tmp_path) for each in arguments]
    given += [] if "--out" in given else ["--out", str(tmp_path / "out")]
    assert main(given) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in told
