"""QuantizationExplorer in a real page and in JupyterLab: sliders, views, the measured points, narrow and dark."""

import pytest
from llmcourse import QuantizationExplorer
from playwright.sync_api import expect
from widget_examples.quantization_explorer import example

STATE = "([name, value]) => widgetModel.get(name) === value"


def figure(page, name):
    return page.locator(".llmc-quant-figures div", has_text=name).first.locator("b")


def percent(value):
    return f"{float(f'{value * 100:.3g}'):g}%"


@pytest.fixture
def view():
    return example()


@pytest.fixture
def opened(open_page, view):
    return open_page(view)


def test_every_setting_gives_pythons_numbers(opened, view):
    for bits, method, group, clip in (
        (2, "absmax", "tensor", 0.0),
        (5, "zeropoint", "32", 0.0),
        (8, "zeropoint", "channel", 0.05),
    ):
        view.bits, view.method, view.group, view.clip = bits, method, group, clip
        opened.get_by_label("Bits, exact value").fill(str(bits))
        opened.get_by_label("Method", exact=True).select_option(index=["absmax", "zeropoint"].index(method))
        opened.get_by_label("Group", exact=True).select_option(index=["tensor", "channel", "16", "32"].index(group))
        opened.get_by_label("Clipped share, exact value").fill(str(clip))
        opened.wait_for_function(STATE, arg=["clip", clip])
        expect(figure(opened, "Relative error")).to_have_text(percent(view.errors()["relative"]))
        expect(figure(opened, "Signal to noise")).to_have_text(f"{view.errors()['snr']:.2f} dB")
        assert abs(float(figure(opened, "Bits a weight").inner_text()) - view.quantized.bits_per_weight) < 1e-3


def test_a_planted_outlier_and_the_selected_row(opened, view):
    opened.get_by_label("Row, exact value").fill("7")
    opened.get_by_label("Planted outlier (σ), exact value").fill("30")
    view.row, view.outlier = 7, 30.0
    opened.wait_for_function(STATE, arg=["outlier", 30])
    expect(figure(opened, "Relative error")).to_have_text(percent(view.errors()["relative"]))
    expect(figure(opened, "Largest weight")).to_have_text("30.0 σ")
    opened.get_by_role("slider", name="Weights of the selected row").focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function(STATE, arg=["column", 1])
    expect(opened.get_by_text("Row 7, column 1:")).to_be_visible()


def test_the_heat_map_picks_rows_and_the_curve_picks_bits(opened):
    opened.get_by_role("slider", name="Rounding error by place").focus()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowDown")
    opened.wait_for_function(STATE, arg=["row", 2])
    opened.get_by_role("slider", name="Error against bits").focus()
    opened.keyboard.press("End")
    opened.wait_for_function(STATE, arg=["bits", 8])


def test_measured_points_stand_in_the_table_and_measuring_needs_a_kernel(open_page, opened, tokenizer):
    rows = opened.get_by_role("table", name="Measured perplexity").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("as it is")
    expect(rows.nth(2)).to_contain_text("4.50")
    expect(opened.get_by_role("button", name="Measure perplexity")).to_have_count(0)
    from tiny_models import tiny_llama

    page = open_page(QuantizationExplorer(model=tiny_llama(), tokenizer=tokenizer))
    expect(page.get_by_role("button", name="Measure perplexity")).to_be_disabled()
    assert "kernel" in page.get_by_role("button", name="Measure perplexity").get_attribute("title")
    expect(page.get_by_label("Matrix", exact=True)).to_be_disabled()


def test_hostile_name_stays_text(open_page):
    page = open_page(example(hostile=True), width=360)
    assert page.title() == "QuantizationExplorer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_narrow_and_dark(open_page, view):
    page = open_page(view, width=360, dark=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


MODEL = """
import sys
sys.path.insert(0, {tests!r})
from tiny_models import tiny_llama
from llmcourse import QuantizationExplorer
class Words:
    is_fast = True
    def __call__(self, text, **options):
        spans = [(at, at + 1) for at in range(len(text))]
        return {{"input_ids": [ord(one) % 100 for one in text], "offset_mapping": spans}}
view = QuantizationExplorer(model=tiny_llama(), tokenizer=Words(), text="a short text", group="16")
view
"""


def test_in_jupyterlab_the_kernel_measures(lab, pytestconfig):
    notebook = lab([MODEL.format(tests=str(pytestconfig.rootpath / "tests"))])
    widget = notebook.widget
    widget.get_by_label("Bits, exact value").fill("3")
    widget.get_by_role("button", name="Measure perplexity").click()
    notebook.wait_kernel("[(one['method'], one['bits']) for one in view.points]", [("none", 32), ("absmax", 3)])
    expect(widget.get_by_role("table", name="Measured perplexity").locator("tbody tr")).to_have_count(2)
    widget.get_by_label("Matrix", exact=True).select_option(index=1)
    notebook.wait_kernel("view.name", "model.layers.0.self_attn.k_proj")
    expect(widget.locator(".llmc-quant-title")).to_contain_text("16 × 32 weights")
