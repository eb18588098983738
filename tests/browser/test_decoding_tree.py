"""DecodingTree in a real page and in JupyterLab: walked by click and keyboard, grown by the kernel, in both themes."""

import pytest
from llmcourse import DecodingTree
from playwright.sync_api import expect
from tiny_models import tiny_llama

TEXT = "She opened the door and saw"


@pytest.fixture
def made(model, tokenizer):
    return DecodingTree(model, tokenizer, TEXT, depth=4, width=3)


def item(page, number):
    return page.locator(f"[role=treeitem][data-number='{number}']")


def test_the_page_shows_every_node_with_its_numbers(open_page, made):
    page = open_page(made)
    expect(page.get_by_role("treeitem")).to_have_count(len(made.nodes))
    last = made.beams[0][-1]
    item(page, last).click()
    story = page.locator(".llmc-tree-story").inner_text()
    assert f"{made.nodes[last]['log_prob']:.2f}" in story
    assert "On beam 1." in story
    assert page.evaluate("widgetModel.get('selected')") == last
    table = page.locator(".llmc-tree-paths tbody tr")
    expect(table).to_have_count(4)
    expect(table.nth(0)).to_contain_text("a·young·woman·with")
    expect(table.nth(1)).to_contain_text("a·group·of·people")


def test_the_paths_are_marked(open_page, made):
    page = open_page(made)
    greedy = [int(one) for one in page.locator(".llmc-greedy").evaluate_all("all => all.map((x) => x.dataset.number)")]
    assert sorted(greedy) == sorted(made.greedy)
    best = [int(one) for one in page.locator(".llmc-best").evaluate_all("all => all.map((x) => x.dataset.number)")]
    assert sorted(best) == sorted(made.beams[0])
    assert "greedy path" in item(page, made.greedy[0]).get_attribute("aria-label")


def test_the_keyboard_walks_the_tree(open_page, made):
    page = open_page(made)
    selected = lambda: page.evaluate("widgetModel.get('selected')")  # noqa: E731
    item(page, 0).focus()
    for place, number in enumerate(made.greedy):
        page.keyboard.press("ArrowRight")
        assert selected() == number, place
    page.keyboard.press("ArrowLeft")
    assert selected() == made.greedy[-2]
    assert page.evaluate("Number(document.activeElement.dataset.number)") == made.greedy[-2]
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    assert selected() != made.greedy[-2]
    page.keyboard.press("Home")
    assert selected() == 0
    expect(page.locator("[role=treeitem][tabindex='0']")).to_have_count(1)


def test_without_a_kernel_growing_says_so(open_page, made):
    page = open_page(made)
    leaf = next(node["number"] for node in made.nodes if not node["grown"])
    item(page, leaf).click()
    expect(page.locator(".llmc-tree-story")).to_contain_text("needs a running kernel")
    expect(page.get_by_role("treeitem")).to_have_count(len(made.nodes))
    assert page.get_by_role("textbox", name="Text to continue").is_disabled()


def test_hostile_text_stays_text(open_page, tokenizer):
    hostile = "<img src=x onerror=\"document.title='x'\">"
    page = open_page(DecodingTree(tiny_llama(), tokenizer, hostile, depth=2, width=2))
    assert page.title() == "DecodingTree"
    expect(page.locator(".llmc img")).to_have_count(0)


def test_narrow_and_dark(open_page, made):
    page = open_page(made, width=360, dark=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_the_kernel_grows_the_tree(lab):
    notebook = lab(
        [
            "from llmcourse import DecodingTree, load_model\nmodel, tokenizer = load_model()",
            "tree = DecodingTree(model, tokenizer, 'The cat sat on the', depth=2, width=2)\ntree",
        ]
    )
    widget = notebook.widget
    leaf = notebook.kernel("next(n['number'] for n in tree.nodes if not n['grown'])")
    before = notebook.kernel("len(tree.nodes)")
    item(widget, leaf).click()
    notebook.wait_kernel("len(tree.nodes)", before + 2)
    item(widget, before + 1).wait_for()
    assert notebook.kernel("tree.selected") == leaf
    notebook.page.keyboard.press("ArrowRight")  # the focus stayed on the node
    notebook.wait_kernel("tree.selected", before)
    notebook.page.keyboard.press("Enter")
    notebook.wait_kernel("len(tree.nodes)", before + 4)
    widget.get_by_label("width").focus()
    notebook.page.keyboard.press("ArrowUp")  # the arrow of a number field
    notebook.wait_kernel("len(tree.beams)", 3)
    widget.get_by_label("Text to continue").fill("")
    widget.get_by_role("alert").get_by_text("text is empty").wait_for()
    widget.get_by_label("Text to continue").fill("Once upon a")
    notebook.wait_kernel("tree.nodes[0]['token']", "Once upon a")
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
