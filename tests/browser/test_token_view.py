"""TokenView in a real page and in JupyterLab: clicked, typed into, by keyboard, with hostile text, in both themes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from llmcourse import TokenView
from playwright.sync_api import expect

HOSTILE = "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\"> مرحبا 🎉" + "a" * 300


@pytest.fixture
def opened(open_page, tokenizer):
    return open_page(TokenView("The cat sat on the mat.", tokenizer))


def test_a_click_selects_and_describes(opened):
    opened.get_by_role("option").nth(1).click()
    expect(opened.get_by_role("option", selected=True)).to_have_count(1)
    assert opened.evaluate("widgetModel.get('selected')") == 1
    expect(opened.locator("[aria-live]")).to_contain_text("id 2644")


def test_arrow_keys_move_the_selection(opened):
    opened.get_by_role("listbox").focus()
    opened.keyboard.press("End")
    assert opened.evaluate("widgetModel.get('selected')") == 6
    opened.keyboard.press("ArrowLeft")
    opened.keyboard.press("ArrowLeft")
    assert opened.evaluate("widgetModel.get('selected')") == 4
    opened.keyboard.press("Escape")
    assert opened.evaluate("widgetModel.get('selected')") == -1


def test_the_page_says_that_editing_needs_a_kernel(opened):
    assert opened.get_by_role("textbox").is_disabled()
    assert "kernel" in opened.get_by_role("textbox").get_attribute("title")


def test_hostile_text_stays_text(open_page, tokenizer):
    page = open_page(TokenView(HOSTILE, tokenizer))
    assert page.title() == "TokenView"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.locator(".llmc-tokens")).to_contain_text("</")


def test_narrow_and_dark(open_page, tokenizer):
    page = open_page(TokenView("A narrow page in the dark. " * 8, tokenizer), width=360, dark=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_several_tokenizers_mark_the_same_characters(open_page, tokenizer):
    view = TokenView("The naïve 猫", tokenizers={"real": tokenizer, "characters": "characters", "bytes": "bytes"})
    page = open_page(view)
    rows = [page.get_by_role("listbox", name=f"Tokens of {row['name']}") for row in view.rows]
    for row, expected in zip(rows, view.rows, strict=True):
        expect(row.get_by_role("option")).to_have_count(len(expected["ids"]))
    rows[1].get_by_role("option").last.click()
    assert page.evaluate("[widgetModel.get('row'), widgetModel.get('selected')]") == [1, 10]
    expect(rows[2].locator(".llmc-token-same")).to_have_count(3)
    covering = sum(start <= 10 < end for start, end in view.rows[0]["spans"])
    expect(page.locator(".llmc-token-story")).to_have_text(
        f"“猫”, character 11. Tokens that cover it: real {covering}, characters 1, bytes 3."
    )
    rows[0].focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    expect(rows[2].locator(".llmc-token-same")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".llmc-token-same")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_axe_knows_no_barrier_in_a_comparison(open_page, dark):
    view = TokenView("naïve", tokenizers={"characters": "characters", "bytes": "bytes"}, selected=2)
    found = Axe().run(open_page(view, dark=dark), options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_comparison_is_narrow_and_its_names_stay_text(open_page):
    page = open_page(TokenView(HOSTILE, tokenizers={HOSTILE: "characters", "bytes": "bytes"}), width=360, dark=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)


def test_in_jupyterlab_the_kernel_follows(lab):
    notebook = lab(
        [
            "from llmcourse import TokenView, load_model\nmodel, tokenizer = load_model()",
            "view = TokenView('The cat sat', tokenizer)\nview",
        ]
    )
    widget = notebook.widget
    widget.get_by_role("option").nth(2).click()
    notebook.wait_kernel("view.selected", 2)
    widget.get_by_label("Text to cut into tokens").fill("Hello there, world")
    notebook.wait_kernel("len(view.ids)", 4)
    expect(widget.get_by_role("option")).to_have_count(4)
    widget.get_by_label("Text to cut into tokens").fill("")
    widget.get_by_role("alert").get_by_text("text is empty").wait_for()
    assert notebook.kernel("len(view.ids)") == 4, "the last good view stays"
    notebook.execute("view.text = 'Set from Python'")
    widget.get_by_role("option").get_by_text("Python").wait_for()
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
