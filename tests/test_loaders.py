"""Loaders of PDF, HTML, Markdown and JSON: the course's own documents, and the traps that real files have."""

import json
import runpy

import pytest
from llmcourse.scratch.loaders import DOCUMENTS, join_hyphens, load, load_html, load_json, load_markdown


def test_a_pdf_is_read_column_by_column_without_its_running_lines():
    first, second = load(DOCUMENTS / "boat_rules.pdf")
    assert "at most six people and four hundred kilograms of goods. Whoever steers\ndecides" in first.text
    assert first.text.index("Rules of the boat") < first.text.index("that.") < first.text.index("Life jackets")
    for page, number in ((first, 1), (second, 2)):
        assert not any(line in page.text for line in ("GULL ROCK", "page", "For the keepers"))
        assert page.metadata == {"source": "boat_rules.pdf", "page": number}


def test_the_pdf_is_what_its_script_writes():
    script = runpy.run_path(str(DOCUMENTS / "make_pdf.py"))
    assert script["pdf"](script["PAGES"]) == (DOCUMENTS / "boat_rules.pdf").read_bytes()


def test_html_keeps_the_main_part_and_the_rows_of_a_table():
    (document,) = load(DOCUMENTS / "visitors.html")
    assert document.metadata == {"source": "visitors.html", "title": "Visit Gull Rock Light"}
    assert "Adult | £18 | yes\nPupil | £9 | yes" in document.text
    assert "[picture" not in document.text or "white tower" in document.text
    assert not any(word in document.text for word in ("cookies", "var visits", "Sign in", "Imprint", "\xa0"))


def test_html_without_a_main_part_and_with_lists(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p>One\n two<ul><li>first <li>second</ul><pre>a\n  b</pre><footer>end</footer>", encoding="utf-8")
    (document,) = load_html(page)
    assert document.text.startswith("One two") and "first" in document.text and "a\n  b" in document.text
    assert "end" not in document.text and document.metadata["title"] == "page"


def test_front_matter_becomes_metadata():
    (document,) = load(DOCUMENTS / "handbook.md")
    assert document.text.startswith("# The keeper's handbook") and "edition" not in document.text
    assert document.metadata["edition"] == 7 and document.metadata["source"] == "handbook.md"


def test_markdown_without_front_matter_stays_as_it_is(tmp_path):
    file = tmp_path / "plain.md"
    file.write_text("# A\n\n---\n\nB\n", encoding="utf-8")
    assert load_markdown(file)[0].text == "# A\n\n---\n\nB\n"


def test_a_record_becomes_lines_that_name_their_numbers():
    documents = load(DOCUMENTS / "lamps.json")
    assert [document.metadata["record"] for document in documents] == [0, 1, 2]
    assert "lamp range value: 19\nlamp range unit: nautical miles" in documents[0].text
    assert "keepers: none" in documents[1].text
    assert documents[0].metadata["revised"] == "2026-03-01"


def test_json_lists_and_wrong_shapes(tmp_path):
    file = tmp_path / "records.json"
    file.write_text(json.dumps([{"a": 1}, {"a": {"b": None}}]), encoding="utf-8")
    assert [document.text for document in load_json(file)] == ["a: 1", "a b: None"]
    file.write_text(json.dumps({"a": 1}), encoding="utf-8")
    with pytest.raises(ValueError, match="must hold a list of objects"):
        load_json(file)


def test_hyphens_are_joined_only_inside_words():
    assert join_hyphens("light-\nhouse\nkeeper") == "lighthouse\nkeeper"
    for lines in ("1990-\n91", "\n- item", "well-\nKnown"):
        assert join_hyphens(lines) == lines


def test_another_ending_is_told():
    with pytest.raises(ValueError, match=r"must end in one of .pdf, .html, .md, .json; got 'a.docx'"):
        load("a.docx")
