"""BPEStepper in a real page and in JupyterLab: stepped, typed into without a kernel, by keyboard, with hostile text."""

import pytest
from llmcourse import BPEStepper
from llmcourse.scratch.bpe import BPETokenizer
from playwright.sync_api import expect
from widget_examples import HOSTILE

TEXT = "low low low lower newest newest widest"


@pytest.fixture
def opened(open_page):
    return open_page(BPEStepper(TEXT, merges=6))


def first_piece(page):
    return page.locator(".llmc-bpe-pieces li").first


def test_buttons_and_slider_walk_the_steps(opened):
    expect(first_piece(opened)).to_have_text("·low× 2")
    expect(first_piece(opened).locator(".llmc-bpe-chip")).to_have_count(4)
    opened.evaluate("[0, 1].forEach(() => document.querySelectorAll('.llmc-bpe-bar > button')[1].click())")
    opened.wait_for_function("widgetModel.get('step') === 2")
    expect(first_piece(opened).locator(".llmc-bpe-chip")).to_have_count(2)
    expect(opened.locator(".llmc-bpe-headline")).to_contain_text("Merge 2 joined “lo” and “w” into “low”, id 257")
    expect(opened.locator("tr.llmc-bpe-first")).to_contain_text("e + s")
    opened.get_by_role("slider", name="Merges learnt", exact=True).press("End")
    opened.wait_for_function("widgetModel.get('step') === 6")
    expect(opened.get_by_role("button", name="Next")).to_be_disabled()
    opened.get_by_role("spinbutton").fill("0")
    expect(opened.get_by_role("button", name="Back")).to_be_disabled()
    expect(opened.locator(".llmc-bpe-headline")).to_contain_text("No merge yet")


def test_the_text_trains_anew_without_a_kernel(opened):
    opened.get_by_label("Text to train on").fill("aaab aaab")
    expect(opened.locator(".llmc-bpe-pieces li")).to_have_count(2)
    opened.get_by_role("slider", name="Merges learnt", exact=True).press("End")
    expect(opened.locator(".llmc-bpe-headline")).to_contain_text("“aaab”")
    expected = BPETokenizer().train("aaab aaab", 262)
    opened.wait_for_function(f"widgetModel.get('step') === {len(expected.merges)}")


def test_more_merges_are_learnt_without_a_kernel(opened):
    opened.get_by_label("Learn up to").select_option(label="10 merges")
    opened.get_by_role("slider", name="Merges learnt", exact=True).press("End")
    opened.wait_for_function("widgetModel.get('step') === 10")
    expect(opened.get_by_role("listbox", name="Merges so far").get_by_role("option")).to_have_count(10)


def test_bad_text_is_told_and_the_last_view_stays(opened):
    opened.get_by_label("Text to train on").fill("")
    expect(opened.get_by_role("alert")).to_have_text("text is empty: write at least one word.")
    expect(first_piece(opened)).to_have_text("·low× 2")
    opened.get_by_label("Text to train on").fill("again")
    expect(opened.locator(".llmc-error")).to_have_text("")


def test_a_merge_tells_where_it_is_used(opened):
    opened.evaluate("widgetModel.set('step', 4)")
    merges = opened.get_by_role("listbox", name="Merges so far")
    expect(merges.get_by_role("option")).to_have_count(4)
    merges.focus()
    opened.keyboard.press("End")
    opened.wait_for_function("widgetModel.get('selected') === 0")
    opened.keyboard.press("ArrowUp")
    opened.wait_for_function("widgetModel.get('selected') === 1")
    expect(opened.locator(".llmc-bpe-story")).to_contain_text("“lo” + “w” → “low” was merge 2, 4 times.")
    opened.keyboard.press("Escape")
    expect(opened.locator(".llmc-bpe-story")).to_have_text("")


def test_typed_words_end_in_the_tokenizers_ids(open_page, tokenizer):
    page = open_page(BPEStepper("unbelievable", tokenizer=tokenizer))
    for text in ("Unbelievable tokenizers: 1234", "你好 naïve 🎉<|im_end|>\n"):
        page.get_by_label("Text to encode").fill(text)
        page.wait_for_function("(text) => widgetModel.get('text') === text", arg=text)
        page.get_by_role("slider", name="Merges made", exact=True).press("End")
        expect(page.locator(".llmc-bpe-headline")).to_contain_text("these ids are what the model reads")
        expected = [str(number) for number in tokenizer(text)["input_ids"]]
        expect(page.locator(".llmc-bpe-pieces small")).to_have_text(expected)


@pytest.mark.parametrize("tokenizer_too", [False, True])
def test_hostile_text_stays_text(open_page, tokenizer_too):
    page = open_page(BPEStepper(HOSTILE, tokenizer=BPETokenizer() if tokenizer_too else None, step=20))
    assert page.title() == "BPEStepper"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)


def test_narrow_and_dark(open_page):
    page = open_page(BPEStepper(TEXT + " " + "x" * 400, step=4), width=360, dark=True)
    expect(page.locator(".llmc.llmc-dark")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_python_reads_the_steps(lab):
    notebook = lab(["from llmcourse import BPEStepper\nstepper = BPEStepper('low low lower', merges=9)\nstepper"])
    notebook.widget.get_by_role("button", name="Next").click()
    notebook.wait_kernel("stepper.merges", [(b"l", b"o")])
    notebook.widget.get_by_label("Text to train on").fill("zz zz")
    notebook.wait_kernel("stepper.text", "zz zz")
    notebook.wait_kernel("stepper.merges", [(b"z", b"z")])
