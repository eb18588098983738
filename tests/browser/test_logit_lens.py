"""LogitLens in a real page: walked by keyboard and mouse, with Python's numbers."""

import re

import pytest
from llmcourse import LogitLens, trace
from playwright.sync_api import expect

TEXT = "The capital of France is"


@pytest.fixture(scope="module")
def traced(loaded):
    return trace(*loaded, TEXT)


def get(page, name):
    return page.evaluate(f"widgetModel.get('{name}')")


def test_the_lens_by_keyboard_and_mouse(traced, model, tokenizer, open_page):
    lens = LogitLens(traced, model=model, tokenizer=tokenizer)
    page = open_page(lens)
    grid = page.get_by_role("slider", name="Logit lens")
    expect(grid).to_have_attribute(
        "aria-valuetext", re.compile(f"layer 30, after “·is”: “·Paris” {100 * lens.top()[0][1]:.1f} %")
    )
    for key, layer, position in [("ArrowUp", 29, 4), ("ArrowLeft", 29, 3), ("Home", 29, 0), ("End", 29, 4)]:
        grid.press(key)
        assert (get(page, "layer"), get(page, "position")) == (layer, position)
    options = page.get_by_role("listbox").get_by_role("option")
    for place, (token, p) in enumerate(lens.top(29, 4)):
        expect(options.nth(place)).to_contain_text(token.replace(" ", "·"))
        shown = options.nth(place).locator(".llmc-bar-list-number")
        assert float(shown.inner_text().split(" ")[0]) == pytest.approx(100 * p, rel=0.05, abs=0.06)
    page.get_by_label("Colour").select_option("rank")
    assert get(page, "colour") == "rank"
    expect(page.get_by_text("rank 1", exact=True)).to_be_visible()
    options.nth(2).click()
    assert get(page, "target") == int(lens._columns[4].ids[29, 2])
    expect(page.get_by_label("Token to follow")).to_be_disabled()
