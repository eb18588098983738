"""GGUFMap in a real page and in JupyterLab: sections, tensors, blocks and weights by mouse and keyboard."""

import numpy as np
import pytest
from playwright.sync_api import expect
from widget_examples import HOSTILE
from widget_examples.gguf_map import example, write_example

STATE = "([name, value]) => widgetModel.get(name) === value"


@pytest.fixture
def view():
    return example()


@pytest.fixture
def opened(open_page, view):
    return open_page(view)


def test_sections_by_button_and_by_keys(opened):
    opened.get_by_role("button", name="metadata", exact=False).first.click()
    opened.wait_for_function(STATE, arg=["section", 1])
    expect(opened.get_by_role("table", name="Metadata")).to_be_visible()
    opened.get_by_role("slider", name="Parts of the section").focus()
    opened.keyboard.press("End")
    opened.wait_for_function("widgetModel.get('entry') === widgetModel.get('entries').length - 1")
    expect(opened.get_by_role("region", name="Value of the chosen metadata entry")).to_contain_text("0.5")
    opened.get_by_role("slider", name="Sections of the file").focus()
    opened.keyboard.press("Home")
    opened.wait_for_function(STATE, arg=["section", 0])
    expect(opened.get_by_role("table", name="The header")).to_contain_text("47 47 55 46")


def test_two_keys_in_one_frame_both_count(opened):
    opened.evaluate("""() => {
      const bar = document.querySelector("[aria-label='Parts of the section']");
      for (let press = 0; press < 3; press++) bar.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    }""")
    opened.wait_for_function(STATE, arg=["tensor", 3])


def test_the_table_filters_sorts_and_picks(opened, view):
    table = opened.get_by_role("table", name="Tensors")
    opened.get_by_label("Filter tensors").fill("q4_")
    expect(table.locator("tbody tr")).to_have_count(4)
    opened.get_by_label("Filter tensors").fill("")
    table.get_by_role("button", name="Bits a weight").click()
    expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    expect(table.locator("tbody tr").first.locator("td").last).to_have_text("4.5")
    table.get_by_role("button", name="q4_1.weight").click()
    place = [row[0] for row in view.tensors].index("q4_1.weight")
    opened.wait_for_function(STATE, arg=["tensor", place])
    opened.keyboard.press("ArrowDown")
    opened.wait_for_function("(before) => widgetModel.get('tensor') !== before", arg=place)


@pytest.mark.parametrize("name", ["q4_0", "q4_1", "q5_0", "q8_0", "f32", "f16", "bf16", "q4_k", "q6_k"])
def test_the_weights_are_pythons(open_page, view, name):
    view.tensor = [row[0] for row in view.tensors].index(f"{name}.weight")
    page = open_page(view)
    options = page.get_by_role("listbox", name="Weights of the block").get_by_role("option")
    expect(options).to_have_count(len(view.block_values))
    for place in (0, 5, len(view.block_values) - 1):
        options.nth(place).click()
        page.wait_for_function(STATE, arg=["weight", place])
        shown = options.nth(place).evaluate("(node) => Number(node.lastChild.textContent.replace('−', '-'))")
        assert np.isclose(shown, view.block_values[place], rtol=1e-2)
    expect(page.locator(".llmc-gguf-formula")).to_contain_text("weight")


def test_blocks_of_the_page_and_those_that_need_a_kernel(opened, view):
    place = [row[0] for row in view.tensors].index("q4_0.weight")
    opened.evaluate("(place) => { widgetModel.set('tensor', place); }", place)
    number = opened.get_by_label("Number of the block")
    number.fill("2")
    opened.wait_for_function(STATE, arg=["block", 2])
    expect(opened.locator(".llmc-gguf-byte")).to_have_count(18)
    number.fill("8")
    expect(opened.locator(".llmc-gguf-formula")).to_contain_text("needs a running kernel")
    number.fill("9")
    expect(number).to_have_attribute("aria-invalid", "true")
    opened.wait_for_function(STATE, arg=["block", 8])


def test_hostile_names_stay_text(open_page):
    page = open_page(example(hostile=True), width=360)
    for section in range(5):
        page.evaluate("(section) => widgetModel.set('section', section)", section)
        expect(page.get_by_role("group", name="Sections").get_by_role("button").nth(section)).to_have_attribute(
            "aria-pressed", "true"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "GGUFMap"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert HOSTILE[:20] in page.evaluate("widgetModel.get('tensors')[0][0]")


@pytest.mark.parametrize("section", range(5))
def test_narrow_and_dark(open_page, view, section):
    view.section = section
    page = open_page(view, width=360, dark=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_any_block_is_read(lab, tmp_path):
    path = write_example(tmp_path / "small.gguf")
    notebook = lab([f"from llmcourse import GGUFMap\nview = GGUFMap({str(path)!r})\nview"])
    widget = notebook.widget
    widget.get_by_role("button", name="q4_0.weight").click()
    widget.get_by_label("Number of the block").fill("8")
    notebook.wait_kernel("view.block_at[1]", 8)
    expect(widget.locator(".llmc-gguf-byte")).to_have_count(18)
    notebook.execute("view.tensor = [row[0] for row in view.tensors].index('q6_k.weight'); view.block = 1")
    expect(widget.get_by_role("listbox", name="Weights of the block").get_by_role("option")).to_have_count(256)
