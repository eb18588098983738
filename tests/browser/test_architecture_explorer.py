"""ArchitectureExplorer in a real page: walked through, resized, compared; every number as in Python."""

import pytest
from llmcourse import ArchitectureExplorer
from llmcourse.model_shapes import PRESETS
from playwright.sync_api import expect


@pytest.fixture
def opened(open_page):
    return open_page(ArchitectureExplorer("smollm2-135m"))


def state(page, name, value):
    page.wait_for_function("([name, value]) => widgetModel.get(name) === value", arg=[name, value])


def test_a_click_tells_formula_weights_and_cost(opened):
    opened.get_by_role("treeitem", name="Key:").locator(".llmc-part-row").click()
    state(opened, "selected", "block.attention.key")
    detail = opened.get_by_role("region", name="Key of SmolLM2-135M (embedded)")
    expect(detail).to_contain_text("K = x Wkᵀ")
    expect(detail).to_contain_text("model.layers.{0…29}.self_attn.k_proj.weight")
    expect(detail).to_contain_text("192 × 576")
    expect(detail).to_contain_text("110,592 in each of 30 blocks = 3,317,760")
    expect(detail).to_contain_text("2 × 110,592 weights × 30 blocks = 6,635,520")


def test_the_keyboard_walks_opens_and_closes(opened):
    tree = opened.get_by_role("tree")
    tree.focus()
    opened.keyboard.press("ArrowDown")
    state(opened, "selected", "embedding")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowRight")
    state(opened, "selected", "block.attention_norm")
    opened.keyboard.press("ArrowLeft")
    state(opened, "selected", "block")
    block = opened.get_by_role("treeitem", name="Block, 30 times")
    opened.keyboard.press("Enter")
    expect(block).to_have_attribute("aria-expanded", "false")
    expect(tree.get_by_role("treeitem")).to_have_count(4)
    opened.keyboard.press("ArrowDown")
    state(opened, "selected", "norm")
    opened.keyboard.press("End")
    state(opened, "selected", "output")
    opened.keyboard.press("Escape")
    state(opened, "selected", "")


def test_the_triangle_closes_without_selecting(opened):
    block = opened.get_by_role("treeitem", name="Block, 30 times")
    block.locator(".llmc-twisty").first.click()
    expect(block).to_have_attribute("aria-expanded", "false")
    assert opened.evaluate("widgetModel.get('selected')") == ""


@pytest.mark.parametrize("name", PRESETS)
def test_every_models_totals_are_pythons(open_page, name):
    view = ArchitectureExplorer(name, length=777, source_length=333)
    page = open_page(ArchitectureExplorer(length=777, source_length=333))
    page.get_by_label("Model", exact=True).select_option(label=PRESETS[name].title)
    total = page.locator(".llmc-architecture-total").first
    expect(total).to_contain_text(f"{view.parameters:,} parameters")
    scale, unit = (1e9, "G") if view.flops >= 1e9 else (1e6, "M")
    number = float(total.inner_text().split("parameters")[1].split(f" {unit}FLOPs")[0])
    assert number == pytest.approx(view.flops / scale, rel=0.005)


def test_a_slider_changes_shapes_and_costs(opened):
    scores = opened.get_by_role("treeitem", name="Scores")
    expect(scores).to_contain_text("1 × 9 × 512 × 512")
    opened.get_by_label("Tokens (T), exact value").fill("100")
    state(opened, "length", 100)
    expect(scores).to_contain_text("1 × 9 × 100 × 100")
    expect(scores).to_contain_text("3.46 M")
    opened.get_by_label("Batch (B)", exact=True).fill("3")
    state(opened, "batch", 8)
    expect(scores).to_contain_text("8 × 9 × 100 × 100")
    expect(opened.get_by_label("Source tokens (S)", exact=True)).to_be_hidden()


def test_two_models_and_what_changed(open_page):
    page = open_page(ArchitectureExplorer("gpt2", "llama-3-8b", selected="block.attention_norm"))
    expect(page.get_by_role("tree")).to_have_count(2)
    table = page.get_by_role("table", name="What changed")
    expect(table.get_by_role("row", name="Normalisation")).to_contain_text("LayerNorm")
    expect(table.get_by_role("row", name="Norm stands")).to_contain_text("the same")
    expect(page.get_by_role("region")).to_have_count(2)
    expect(page.get_by_role("treeitem", name="RoPE on Q and K, only here")).to_be_visible()
    page.get_by_label("Compare with").select_option(label="nothing")
    expect(page.get_by_role("tree")).to_have_count(1)
    expect(table).to_have_count(0)


def test_an_encoder_decoder_has_both_stacks(open_page):
    page = open_page(ArchitectureExplorer("transformer-base"))
    expect(page.get_by_role("treeitem", name="Cross attention")).to_be_visible()
    page.get_by_label("Source tokens (S), exact value").fill("7")
    scores = page.get_by_role("treeitem", name="Cross attention").get_by_role("treeitem", name="Scores")
    expect(scores).to_contain_text("1 × 8 × 512 × 7")


def test_hostile_names_stay_text(open_page):
    from widget_examples.architecture_explorer import example

    page = open_page(example(hostile=True), width=360, dark=True)
    expect(page.get_by_role("tree").first).to_contain_text("</script>")
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert page.title() == "ArchitectureExplorer"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", ["smollm2-135m", "t5-small"])
def test_narrow_and_dark(open_page, name):
    page = open_page(ArchitectureExplorer(name, compare="gpt2", selected="block.mlp"), width=360, dark=True)
    expect(page.get_by_role("tree").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
