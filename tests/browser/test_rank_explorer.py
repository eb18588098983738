"""RankExplorer in a real page and in JupyterLab: the rank by slider, chart and keys, numbers as in Python."""

import pytest
import torch
from llmcourse.rank_explorer import RankExplorer
from playwright.sync_api import expect
from tiny_models import tiny_llama
from widget_examples.rank_explorer import example


@pytest.fixture
def explorer():
    generator = torch.Generator().manual_seed(0)
    return RankExplorer(
        {"a.q_proj": torch.randn(80, 70, generator=generator), "small": torch.randn(4, 6, generator=generator)}, rank=4
    )


def figure(page, name):
    return page.locator(".llmc-rank-figures > div").filter(has_text=name).locator("dd").first


def test_the_rank_changes_every_number_without_a_kernel(explorer, open_page):
    page = open_page(explorer)
    for rank in (4, 20, 70, 0):
        explorer.rank = rank
        page.get_by_label("Rank r, exact value").fill(str(rank))
        page.wait_for_function(f"widgetModel.get('rank') === {rank}")
        value = 100 * explorer.relative_error
        text = "0 %" if value < 1e-9 else "100 %" if value > 99.995 else f"{value:.1f} %"
        expect(figure(page, "Relative error")).to_have_text(text)
        expect(figure(page, "Numbers")).to_have_text(f"{rank * 150:,} of 5,600")
        trained = page.get_by_role("row", name="Trained parameters").get_by_role("cell").first
        expect(trained).to_have_text(f"{explorer.trainable:,}")


def test_the_rank_by_slider_and_by_both_charts(explorer, open_page):
    page = open_page(explorer)
    page.get_by_role("slider", name="Rank r", exact=True).press("ArrowRight")
    page.wait_for_function("widgetModel.get('rank') === 5")
    page.get_by_role("slider", name="Singular values").press("ArrowRight")
    page.wait_for_function("widgetModel.get('rank') === 6")
    page.get_by_role("slider", name="Relative error by rank").press("Home")
    page.wait_for_function("widgetModel.get('rank') === 0")
    expect(figure(page, "Relative error")).to_have_text("100 %")


def test_another_matrix_of_the_exported_page(explorer, open_page):
    page = open_page(explorer)
    expect(page.locator(".llmc-rank-note")).to_contain_text("64 of 80 rows and 64 of 70 columns")
    page.get_by_label("Matrix", exact=True).select_option(label="small")
    explorer.matrix = 1
    expect(page.locator(".llmc-rank-note")).to_have_text("All 4 × 6 weights are shown.")
    expect(figure(page, "Relative error")).to_have_text("0 %")
    page.get_by_label("Rank r, exact value").fill("2")
    explorer.rank = 2
    expect(figure(page, "Relative error")).to_have_text(f"{100 * explorer.relative_error:.1f} %")
    page.get_by_label("Matrix", exact=True).select_option(label="a.q_proj")
    expect(figure(page, "Numbers")).to_have_text("300 of 5,600")


def test_a_cell_says_its_weight(explorer, open_page):
    page = open_page(explorer)
    page.get_by_role("slider", name="W, the matrix").press("ArrowDown")
    page.wait_for_function("JSON.stringify(widgetModel.get('cell')) === '[1,0]'")
    row = explorer.shown["row_places"][1]
    from llmcourse.low_rank import decompose
    from llmcourse.rank_explorer_picture import shown_values

    matrix = torch.randn(80, 70, generator=torch.Generator().manual_seed(0))
    kept = shown_values(decompose(matrix), 4)[1, 0]
    readouts = page.locator(".llmc-rank-maps .llmc-chart-readout")
    expect(readouts.nth(0)).to_have_text(f"row {row}, column 0: {float(matrix[row, 0]):.4g}")
    expect(readouts.nth(1)).to_have_text(f"row {row}, column 0: {kept:.4g}")


def test_lora_counts_the_chosen_targets(explorer, open_page):
    page = open_page(explorer)
    page.get_by_label("small: (4 × 6)").uncheck()
    page.wait_for_function("JSON.stringify(widgetModel.get('targets_on')) === '[\"q_proj\"]'")
    cells = page.get_by_role("row", name="File").get_by_role("cell")
    expect(cells.first).to_have_text("2.4 kB")
    page.get_by_label("Adapter stored in").select_option("bfloat16")
    expect(cells.first).to_have_text("1.2 kB")
    page.get_by_label("Alpha, exact value").fill("8")
    expect(page.locator(".llmc-rank-lora")).to_contain_text("scaled by 2.")


def test_matrices_the_page_did_not_take_along_need_the_kernel(open_page):
    page = open_page(RankExplorer(model=tiny_llama()))
    options = page.get_by_label("Matrix", exact=True).locator("option")
    expect(options).to_have_count(14)
    expect(options.nth(5)).to_be_disabled()
    expect(options.nth(0)).to_be_enabled()


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_and_hostile(dark, open_page):
    page = open_page(example(hostile=True), width=360, dark=dark)
    assert ("llmc-dark" in page.locator(".llmc").get_attribute("class")) == dark
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "RankExplorer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)


def test_in_jupyterlab_the_kernel_takes_the_chosen_matrix_apart(lab):
    notebook = lab(
        [
            "import torch\nfrom llmcourse import RankExplorer\n"
            "explorer = RankExplorer({'one': torch.eye(5), 'two': torch.ones(3, 4)}, rank=1)\nexplorer",
        ]
    )
    widget = notebook.widget
    expect(figure(widget, "Relative error")).to_have_text("89.4 %")
    widget.get_by_label("Matrix", exact=True).select_option(label="two")
    notebook.wait_kernel("explorer.matrix, explorer.shown['rows']", (1, 3))
    expect(figure(widget, "Relative error")).not_to_have_text("89.4 %")
    expect(figure(widget, "Numbers")).to_have_text("7 of 12")
    widget.get_by_label("Rank r, exact value").fill("2")
    notebook.wait_kernel("explorer.rank", 2)
    notebook.execute("explorer.matrix = 0; explorer.rank = 3")
    expect(figure(widget, "Numbers")).to_have_text("30 of 25")
