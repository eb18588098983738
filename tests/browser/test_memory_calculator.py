"""MemoryCalculator in a real page: every setting answers without a kernel, with Python's numbers."""

import pytest
from llmcourse import MemoryCalculator
from playwright.sync_api import expect


@pytest.fixture
def opened(open_page):
    return open_page(MemoryCalculator("llama-3-8b"))


def total_is(page, **settings):
    expected = MemoryCalculator(settings.pop("model", "llama-3-8b"), **settings).total
    expect(page.locator(".llmc-memory-total")).to_contain_text(f"= {expected:,} bytes")


def test_every_setting_has_pythons_total(opened):
    total_is(opened)
    opened.get_by_label("Weights", exact=True).select_option(label="4 bits, NF4")
    total_is(opened, weights="nf4")
    opened.get_by_label("KV cache", exact=True).select_option(label="8 bits (fp8)")
    opened.get_by_label("Tokens in each, exact value").fill("5000")
    total_is(opened, weights="nf4", cache="fp8", length=5000)
    opened.get_by_label("Attention", exact=True).select_option(label="eager (T × T scores)")
    total_is(opened, weights="nf4", cache="fp8", length=5000, attention="eager")
    opened.get_by_label("What to do").select_option(label="train LoRA adapters")
    opened.get_by_label("LoRA rank", exact=True).fill("3")  # the fourth stop: 8
    opened.get_by_label("Gradient checkpointing").check()
    opened.get_by_label("Optimizer", exact=True).select_option(label="AdamW, 8 bits")
    settings = {"weights": "nf4", "length": 5000, "attention": "eager", "task": "lora", "rank": 8}
    total_is(opened, checkpointing=True, optimizer="adamw8", **settings)
    opened.get_by_label("Model", exact=True).select_option(label="GPT-2 small")
    total_is(opened, model="gpt2", checkpointing=True, optimizer="adamw8", **settings)
    expect(opened.get_by_role("status")).to_contain_text("trained to read 1,024 tokens")


def test_the_formula_is_filled_in_on_a_click(opened):
    opened.get_by_role("option", name="KV cache").click()
    formula = opened.get_by_role("region", name="Formula of the chosen part")
    expect(formula).to_contain_text("268,435,456 bytes = 0.25 GiB")
    for factor in ("32layers", "8KV heads", "128numbers a head", "2,048tokens"):
        expect(formula).to_contain_text(factor)
    opened.keyboard.press("ArrowDown")
    opened.wait_for_function("() => widgetModel.get('selected') === 'activations'")
    expect(formula).to_contain_text("An estimate, within a factor of 1.25")


def test_a_key_and_a_click_in_one_frame_both_count(opened):
    opened.evaluate(
        """() => {
          const list = document.querySelector("[role=listbox]");
          list.querySelectorAll("[role=option]")[0].click();
          for (const _ of [1, 2]) list.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
        }"""
    )
    opened.wait_for_function("() => widgetModel.get('selected') === 'activations'")


def test_machines_say_whether_it_fits(opened):
    row = opened.get_by_role("row", name="T4 (Colab)")
    expect(row).to_contain_text("too small")
    opened.get_by_label("Weights", exact=True).select_option(label="4 bits, NF4")
    expect(row).to_contain_text("✓ fits")


def test_rounded_weights_are_not_trained(opened):
    opened.get_by_label("What to do").select_option(label="train every weight")
    opened.get_by_label("Weights", exact=True).select_option(label="int8, a scale a row")
    total_is(opened, task="train", weights="bf16")
    expect(opened.get_by_role("status")).to_contain_text("16-bit weights are counted instead")
    expect(opened.get_by_label("KV cache", exact=True)).to_be_hidden()


def test_bad_numbers_leave_the_last_good_view(opened):
    box = opened.get_by_label("Tokens in each, exact value")
    for text in ("", "0", "1.5", "9999999"):
        box.fill(text)
        opened.wait_for_function("() => widgetModel.get('length') === 2048")
    total_is(opened)


def test_narrow_dark_and_hostile(open_page):
    from widget_examples.memory_calculator import example

    page = open_page(example(hostile=True), width=360, dark=True)
    expect(page.get_by_role("option", name="LoRA adapters,")).to_be_visible()
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert page.title() == "MemoryCalculator"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
