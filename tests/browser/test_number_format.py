"""NumberFormat in a real page and in JupyterLab: bits flipped, numbers typed, neighbours, formats, narrow and dark."""

import math

import pytest
from llmcourse import NumberFormat
from playwright.sync_api import expect

STATE = "([name, value]) => widgetModel.get(name) === value"


@pytest.fixture
def opened(open_page):
    return open_page(NumberFormat(3.14159, "bf16"))


def test_a_flipped_bit_changes_the_number(opened):
    opened.get_by_role("button", name="sign bit 1").click()
    opened.wait_for_function(STATE, arg=["entered", "-3.140625"])
    expect(opened.locator(".llmc-bit-sum")).to_contain_text("= −3.140625")
    expect(opened.get_by_role("button", name="sign bit 1")).to_have_attribute("aria-pressed", "true")
    opened.get_by_role("button", name="exponent bit 1, worth 128").focus()
    opened.keyboard.press("Space")
    expected = NumberFormat(0, "bf16", bits=0b1_00000000_1001001)
    opened.wait_for_function(STATE, arg=["bits", expected.bits])
    expect(opened.locator(".llmc-bit-formula")).to_contain_text("subnormal")


def test_a_typed_number_is_rounded(opened):
    box = opened.get_by_label("Number to store")
    box.fill("70000")
    opened.get_by_label("Format", exact=True).select_option(label="FP16 (16 bits)")
    opened.wait_for_function(STATE, arg=["bits", 0x7C00])
    expect(opened.locator(".llmc-bit-formula")).to_contain_text("infinity")
    box.fill("1e")
    expect(opened.get_by_role("alert")).to_contain_text("Type a number")
    opened.wait_for_function(STATE, arg=["entered", "70000"])
    box.fill("nan")
    expect(opened.locator(".llmc-bit-formula")).to_contain_text("NaN")
    expect(opened.locator(".llmc-error")).to_be_empty()
    opened.get_by_role("button", name="INT8", exact=True).click()
    expect(opened.get_by_role("alert")).to_contain_text("INT8 has no pattern for NaN")
    opened.wait_for_function(STATE, arg=["format", "fp16"])


def test_clicks_within_one_frame_all_count(opened):
    opened.evaluate("""() => {
      const [next] = [...document.querySelectorAll("button")].filter((one) => one.textContent === "Next →");
      for (let press = 0; press < 3; press++) next.click();
    }""")
    number = NumberFormat(3.14159, "bf16")
    opened.wait_for_function(STATE, arg=["bits", number.bits + 3])


def test_neighbours_end_at_the_last_number(open_page):
    page = open_page(NumberFormat(448, "fp8_e4m3"))
    expect(page.get_by_role("button", name="Next →")).to_be_disabled()
    page.get_by_role("button", name="← Previous").click()
    page.wait_for_function(STATE, arg=["entered", "416"])
    expect(page.get_by_role("button", name="Next →")).to_be_enabled()


def test_the_table_is_pythons(open_page):
    number = NumberFormat(0.1, "fp32")
    page = open_page(number)
    rows = page.locator(".llmc-bit-table tbody tr")
    expect(rows).to_have_count(9)
    for place, (_, stored, _) in enumerate(number.compare()):
        expect(rows.nth(place).locator(".llmc-bit-stored")).to_have_text(f"{stored:.9g}".replace("-", "−"))
    page.get_by_role("button", name="FP4 E2M1", exact=True).click()
    page.wait_for_function(STATE, arg=["format", "fp4_e2m1"])


def test_both_number_lines_are_drawn(opened):
    drawn = """() => [...document.querySelectorAll(".llmc-number-line")].every((canvas) =>
      canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0))"""
    opened.wait_for_function(drawn)
    opened.get_by_label("Steps to each side, exact value").fill("64")
    opened.wait_for_function(STATE, arg=["zoom", 6])


@pytest.mark.parametrize("value", [-300.0, math.inf, 2.0**-149])
def test_narrow_and_dark(open_page, value):
    page = open_page(NumberFormat(value, "fp32"), width=360, dark=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_python_follows(lab):
    notebook = lab(["from llmcourse import NumberFormat\nnumber = NumberFormat(1.0, 'fp8_e4m3')\nnumber"])
    widget = notebook.widget
    widget.get_by_role("button", name="fraction bit 1").click()
    notebook.wait_kernel("number.value", 1.5)
    widget.get_by_label("Number to store").fill("0.3")
    notebook.wait_kernel("number.stored", 0.3125)
    notebook.execute("number.format = 'int4'")
    expect(widget.locator(".llmc-bit-formula")).to_contain_text("Two's complement")
