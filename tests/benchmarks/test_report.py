"""What the benchmarks write: the figures, the budgets that are met and missed, and what has no figure."""

import io
import json

import pytest
import report as report_module
from measurements import budget, machine
from PIL import Image
from plot_widgets import plot_widgets
from report import quantity, report

ROWS = [
    {"name": "ours", "tokens": 16, "bytes": 1000, "build_s": 0.1, "draw_s": 0.2, "click_s": 0.01, "heap_bytes": 2e6},
    {"name": "theirs", "tokens": 16, "bytes": 2e7, "build_s": 0.3, "draw_s": 12.5, "click_s": 1.0, "heap_bytes": 7e7},
    {"name": "theirs", "tokens": 512, "cannot": "not within 60 s"},
    {"name": "ours", "tokens": 512, "bytes": 1e6, "build_s": 1.0, "draw_s": 0.4, "click_s": 0.02, "heap_bytes": 3e6},
]
WHERE = {"date": "2026-01-31", "machine": machine()}


def test_the_table_has_every_figure_and_every_reason():
    text = report({"widgets": WHERE | {"rows": ROWS, "budgets": []}})
    assert "| theirs | 16 | 20 MB | 300 ms | 12.5 s | 1 s | 70 MB |" in text
    assert "| theirs | 512 | cannot | cannot | cannot | cannot | cannot |" in text
    assert "- theirs, 512 tokens: not within 60 s." in text
    assert "2026-01-31" in text and f"Python {WHERE['machine']['python']}" in text


def test_budgets_say_whether_they_are_met_and_why_not(tmp_path, monkeypatch):
    monkeypatch.setattr(report_module, "MISSES", tmp_path / "misses.toml")
    (tmp_path / "misses.toml").write_text(
        'small = "It grew."\n"behind (" = "no"\nbehind = "They are fast."\n"not " = "Why?"'
    )
    lines = [
        budget("fast", 0.4, 0.5, "s"),
        budget("small", 6e6, 5e6, "bytes"),
        budget("ahead", 58.2, 20, "×", at_least=True),
        budget("behind", 19.9, 20, "×", at_least=True),
        budget("not measured", None, 1, "s"),
    ]
    assert [line["met"] for line in lines] == [True, False, True, False, False]
    text = report({"other": WHERE | {"rows": [], "budgets": lines}})
    assert "| fast | ≤ 500 ms | 400 ms | met |" in text
    assert "| small | ≤ 5 MB | 6 MB | **missed** |" in text
    assert "| ahead | ≥ 20 × | 58 × | met |" in text
    assert "| not measured | ≤ 1 s | no figure | **missed** |" in text
    assert "- Missed, small: It grew.\n- Missed, behind: They are fast.\n- Missed, not measured: Why?" in text
    with pytest.raises(SystemExit, match="“late” is missed: say why in misses.toml"):
        report({"other": WHERE | {"rows": [], "budgets": [budget("late", 2, 1, "s")]}})


def test_a_reason_is_told_only_while_its_budget_is_missed():
    assert "Missed" not in report(
        {"other": WHERE | {"rows": [], "budgets": [budget("slowest lesson (2.3)", 1, 90, "s")]}}
    )


def test_lessons_show_what_fails():
    rows = [
        {"lesson": "2.2", "path": "course/a.ipynb", "seconds": 31.4, "peak_bytes": 1.25e9, "yardstick_s": 0.0221},
        {"lesson": "2.4", "path": "course/b.ipynb", "seconds": 3.0, "peak_bytes": 9e8, "failed": "cell 3: Boom"},
    ]
    text = report({"lessons": WHERE | {"rows": rows, "budgets": []}})
    assert "| [2.2](course/a.ipynb) | 31 s | 1.2 GB | 22.1 ms |" in text
    assert "| [2.4](course/b.ipynb) | fails, cell 3: Boom | 900 MB |  |" in text


def test_quantities_read_well():
    assert [quantity(seconds, "s") for seconds in (0.00166, 0.0009, 1800)] == ["1.7 ms", "0.90 ms", "1800 s"]
    assert [quantity(size, "bytes") for size in (534_321, 12, 2.5e9)] == ["534 kB", "12 bytes", "2.5 GB"]


def test_the_plot_is_a_picture_on_white_paper():
    image = Image.open(io.BytesIO(plot_widgets(ROWS))).convert("RGB")
    assert image.width >= 1000
    assert image.getpixel((0, 0)) == (255, 255, 255)
    colours = {colour for _, colour in image.getcolors(1 << 20)}
    assert {(0, 0x72, 0xB2), (0xE6, 0x9F, 0)} <= colours, "a colour a view"


def test_the_machine_is_named_by_its_kind_only():
    import platform

    assert WHERE["machine"]["cores"] >= 1
    assert platform.node() not in map(str, WHERE["machine"].values())


def test_the_readme_gets_table_and_plot_and_keeps_the_rest(tmp_path, monkeypatch):
    results = tmp_path / "results"
    results.mkdir()
    (results / "widgets.json").write_text(json.dumps(WHERE | {"rows": ROWS, "budgets": []}))
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- bench:begin -->\noutdated\n<!-- bench:end -->\nafter\n")
    for name, value in {"ROOT": tmp_path, "RESULTS": results, "PLOT": results / "widgets.png"}.items():
        monkeypatch.setattr(report_module, name, value)
    report_module.main()
    text = readme.read_text()
    assert text.startswith("before\n<!-- bench:begin -->\n") and text.endswith("<!-- bench:end -->\nafter\n")
    assert "outdated" not in text and "](results/widgets.png)" in text and "| ours | 16 |" in text
    assert (results / "widgets.png").read_bytes().startswith(b"\x89PNG")
    report_module.main()
    assert readme.read_text() == text, "writing it again changes nothing"


def test_nothing_measured_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(report_module, "RESULTS", tmp_path)
    with pytest.raises(SystemExit, match="Nothing measured yet"):
        report_module.main()
