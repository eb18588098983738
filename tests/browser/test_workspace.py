"""Workspace in a real page and in JupyterLab: all parts follow every choice, numbers are Python's."""

import re

import pytest
from llmcourse import Workspace
from playwright.sync_api import expect

TEXT = "The capital of France is"


@pytest.fixture
def workspace(model, tokenizer):
    return Workspace(model, tokenizer, TEXT)


def get(page, name):
    return page.evaluate(f"widgetModel.get('{name}')")


def panel(page, name):
    return page.locator(f".llmc-panel-{name}")


def places(page):
    return [get(page, name) for name in ("position", "tokens__selected", "attention__query_token", "lens__position")]


def likeliest(page):
    return panel(page, "sampling").locator(".llmc-bar-row[role=option]:visible").first


def test_a_token_is_chosen_in_all_parts_without_a_kernel(workspace, open_page):
    page = open_page(workspace)
    expect(likeliest(page)).to_contain_text("·Paris")
    panel(page, "tokens").get_by_role("option").nth(3).click()
    assert places(page) == [3, 3, 3, 3]
    workspace.position = 3
    expect(likeliest(page)).to_have_attribute("aria-label", re.compile(f"id {workspace.sampling.kept_ids[0]},"))
    label = likeliest(page).get_attribute("aria-label")
    assert float(label.split("kept: ")[1].split(" %")[0]) == pytest.approx(
        100 * workspace.sampling.kept_probs[0], rel=0.02
    )
    expect(panel(page, "lens").locator(".llmc-lens-cell h3")).to_contain_text("·France")

    grid = panel(page, "lens").get_by_role("slider", name="Logit lens")
    grid.press("ArrowLeft")
    assert places(page) == [2, 2, 2, 2]
    page.get_by_role("button", name="Draw 1", exact=True).click()
    assert get(page, "sampling__draws") == 1
    panel(page, "tokens").get_by_role("listbox").press("Home")
    assert places(page) == [0, 0, 0, 0]
    assert get(page, "sampling__draws") == 0


def test_layers_and_targets_follow_in_the_page(workspace, open_page):
    page = open_page(workspace)
    expect(likeliest(page)).to_contain_text("·Paris")
    grid = panel(page, "lens").get_by_role("slider", name="Logit lens")
    grid.press("ArrowUp")
    assert (get(page, "lens__layer"), get(page, "attention__layer")) == (29, 28)
    panel(page, "attention").get_by_role("gridcell", name="layer 4, head 2", exact=True).click()
    assert (get(page, "lens__layer"), get(page, "attention__head")) == (5, 2)
    rows = panel(page, "sampling").locator(".llmc-bar-row[role=option]:visible")
    rows.nth(2).click()
    assert get(page, "lens__target") == get(page, "sampling__selected") == workspace.sampling.kept_ids[2]
    expect(panel(page, "lens").locator(".llmc-lens-follow h3")).to_contain_text("·London")
    panel(page, "lens").get_by_role("listbox").get_by_role("option").nth(1).click()
    chosen = get(page, "sampling__selected")
    assert chosen == get(page, "lens__target") == int(workspace.lens._columns[4].ids[5, 1])


def test_the_parts_can_be_skipped_between_and_have_headings(workspace, open_page):
    page = open_page(workspace)
    page.get_by_role("button", name="Next token", exact=True).press("Enter")
    for name in ("Tokens", "Attention", "Logit lens", "Next token"):
        expect(page.get_by_role("heading", name=name, exact=True, level=3)).to_have_count(1)
        page.keyboard.press("F6")
        assert page.evaluate("document.activeElement.textContent") == name
    page.keyboard.press("Shift+F6")
    assert page.evaluate("document.activeElement.textContent") == "Logit lens"
    page.get_by_role("button", name="Attention", exact=True).press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Attention"
    levels = page.evaluate(
        """() => Array.from(document.querySelectorAll('.llmc-panel h3, .llmc-panel h4'),
             (one) => Number(one.ariaLevel ?? one.tagName[1]))"""
    )
    assert levels[0] == 3
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    expect(page.get_by_role("textbox", name="Text that the model reads")).to_have_count(1)


def test_what_a_saved_page_does_not_hold_is_said(model, tokenizer, open_page):
    page = open_page(Workspace(model, tokenizer, "one two three " * 12))
    expect(likeliest(page)).to_be_visible()
    panel(page, "tokens").get_by_role("option").first.click()
    expect(panel(page, "sampling").get_by_text("This saved page does not hold the scores")).to_be_visible()
    panel(page, "tokens").get_by_role("option").last.click()
    expect(panel(page, "sampling").get_by_text("What may come after")).to_be_visible()


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_no_page_is_too_narrow(workspace, width, open_page):
    page = open_page(workspace, width=width)
    expect(likeliest(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_in_jupyterlab_all_parts_follow_the_kernel(lab):
    notebook = lab(
        [
            "from llmcourse import Workspace, load_model\nmodel, tokenizer = load_model()",
            "workspace = Workspace(model, tokenizer, 'The capital of France is')\nworkspace",
            "workspace",
        ]
    )
    page = notebook.page
    one, other = page.locator(".llmc-workspace").first, page.locator(".llmc-workspace").nth(1)
    expect(likeliest(one)).to_contain_text("·Paris")
    likeliest(one).click()
    panel(one, "sampling").get_by_role("listbox").press("Enter")
    notebook.wait_kernel("workspace.sampling.text, workspace.position", (" Paris", 5))
    for view in (one, other):
        expect(panel(view, "tokens").get_by_role("option")).to_have_count(6)
        expect(panel(view, "tokens").get_by_role("option", selected=True)).to_contain_text("·Paris")
        expect(panel(view, "lens").locator(".llmc-lens-cell h3")).to_contain_text("·Paris")

    panel(one, "tokens").get_by_role("option").nth(2).click()
    notebook.wait_kernel("workspace.position, workspace.lens.position, workspace.attention.query_token", (2, 2, 2))
    expect(panel(other, "tokens").get_by_role("option", selected=True)).to_contain_text("·of")
    notebook.wait_kernel("workspace.sampling.kept_ids[0] == int(workspace._trace.logits[2].argmax())", True)
    notebook.execute("workspace.attention.layer = 3; workspace.position = 1")
    for view in (one, other):
        expect(panel(view, "attention").get_by_role("heading", name="Layer 3, head 0")).to_be_visible()
        expect(panel(view, "lens").locator(".llmc-lens-cell h3")).to_contain_text("·capital")

    one.get_by_role("button", name="Back to the text").click()
    notebook.wait_kernel("len(workspace.tokens.ids)", 5)
    box = one.get_by_role("textbox", name="Text that the model reads")
    box.fill("")
    expect(one.get_by_role("alert").filter(has_text="text is empty")).to_have_count(1)
    box.fill("one two three four " * 8)
    notebook.wait_kernel("len(workspace.tokens.ids) > 30, workspace.error", (True, ""))
    panel(one, "tokens").get_by_role("option").first.click()  # its scores come in a further block
    notebook.wait_kernel("workspace.position", 0)
    expected = notebook.kernel("workspace.sampling.kept_ids[0]")
    expect(likeliest(one)).to_have_attribute("aria-label", re.compile(f"id {expected},"))
