"""DatasetViewer in a real page and in JupyterLab: walked, searched, filtered, by keyboard, with hostile text."""

import copy

import pytest
from llmcourse import DatasetViewer
from playwright.sync_api import expect
from tiny_tokenizer import byte_tokenizer
from widget_examples import HOSTILE

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }};{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture
def chat_tokenizer():
    tokenizer = copy.copy(byte_tokenizer())
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_viewer(tokenizer, count=30, **options):
    examples = [{"instruction": f"Question {place}", "output": "yes " * (place % 9)} for place in range(count)]
    return DatasetViewer(examples, tokenizer, **options)


def test_the_tokens_show_the_loss_mask(open_page, chat_tokenizer):
    viewer = make_viewer(chat_tokenizer, selected=2, max_length=36)
    page = open_page(viewer)
    example = viewer.masked[2]
    tokens = page.get_by_role("listbox", name="Tokens of the example")
    expect(tokens.get_by_role("option")).to_have_count(len(example.ids))
    expect(tokens.locator(".llmc-data-trained")).to_have_count(sum(label != -100 for label in example.labels))
    expect(tokens.locator(".llmc-data-cut")).to_have_count(len(example.ids) - 36)
    expect(page.locator(".llmc-data-title")).to_contain_text(f"36 tokens, {example.trained} trained on")
    expect(page.locator(".llmc-data-trouble")).to_have_text("truncated answer")
    tokens.focus()
    page.keyboard.press("End")
    last = len(example.ids)
    expect(page.locator(".llmc-data-story")).to_contain_text(f"Token {last} of {last}: “;”, id {example.ids[-1]}")
    page.get_by_label("boxes with ids").check()
    expect(tokens.locator("small").first).to_have_text(str(example.ids[0]))
    total = sum(one.kept for one in viewer.masked)
    expect(page.locator(".llmc-data-figures")).to_contain_text(f"{total:,} tokens")


def test_list_buttons_and_histogram_lead_to_examples(open_page, chat_tokenizer):
    page = open_page(make_viewer(chat_tokenizer))
    examples = page.get_by_role("listbox", name="Examples")
    examples.focus()
    for _ in range(7):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("widgetModel.get('selected') === 7")
    expect(page.get_by_text("page 2 of 5, 30 examples")).to_be_visible()
    expect(examples.get_by_role("option", selected=True)).to_contain_text("Question 7")
    page.get_by_role("button", name="Later examples").click()
    examples.get_by_role("option").first.click()
    page.wait_for_function("widgetModel.get('selected') === 12")
    page.get_by_role("button", name="Back", exact=False).click()
    page.wait_for_function("widgetModel.get('selected') === 11")
    chart = page.get_by_role("slider", name="Lengths of the examples in tokens")
    chart.focus()
    page.keyboard.press("Home")
    page.wait_for_function("widgetModel.get('selected') === 0 || widgetModel.get('selected') % 9 === 0")
    expect(page.locator(".llmc-data-trouble")).to_contain_text("empty answer")


def test_search_and_filter_work_without_a_kernel(open_page, chat_tokenizer):
    page = open_page(make_viewer(chat_tokenizer))
    page.get_by_role("searchbox").fill("QUESTION 2")
    expect(page.get_by_text("page 1 of 2, 11 examples")).to_be_visible()
    page.get_by_role("searchbox").fill("nowhere")
    expect(page.get_by_text("nothing found")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Show").select_option(label="empty answer")
    expect(page.get_by_text("page 1 of 1, 4 examples")).to_be_visible()


def test_a_page_of_many_says_how_many_it_holds(open_page, chat_tokenizer, monkeypatch):
    monkeypatch.setattr("llmcourse.dataset_viewer.EMBEDDED_TOKENS", 300)
    viewer = make_viewer(chat_tokenizer)
    page = open_page(viewer)
    page.evaluate("widgetModel.set('selected', 25)")
    expect(page.get_by_text(f"This page holds the first {viewer.embedded} examples")).to_be_visible()
    expect(page.locator(".llmc-data-title")).to_contain_text("Example 25 of 30")
    page.get_by_role("searchbox").fill("question")
    expect(page.get_by_text(f"only the first {viewer.embedded} examples are in this page")).to_be_visible()


def test_hostile_text_stays_text(open_page, chat_tokenizer):
    page = open_page(DatasetViewer([{"instruction": HOSTILE, "output": HOSTILE}, HOSTILE], chat_tokenizer))
    assert page.title() == "DatasetViewer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.get_by_role("listbox", name="Examples")).to_contain_text("</script>")


def test_narrow_and_dark(open_page, chat_tokenizer):
    page = open_page(DatasetViewer(["x" * 500, "short"], chat_tokenizer), width=360, dark=True)
    expect(page.locator(".llmc.llmc-dark")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_the_kernel_sends_more_and_searches_all(lab):
    notebook = lab(
        [
            "import llmcourse.dataset_viewer as home\nhome.EMBEDDED_TOKENS = 20\n"
            "from llmcourse import DatasetViewer\nfrom llmcourse.embedded_model import prepare\n"
            "from transformers import AutoTokenizer\ntokenizer = AutoTokenizer.from_pretrained(prepare())",
            "viewer = DatasetViewer([f'Number {n}' for n in range(60)], tokenizer)\nviewer",
        ]
    )
    widget = notebook.widget
    notebook.execute("viewer.selected = 47")
    expect(widget.get_by_role("listbox", name="Tokens of the example")).to_have_text("Number 47")
    widget.get_by_role("searchbox").fill("number 5")
    notebook.wait_kernel("viewer.matches", [5, *range(50, 60)])
    expect(widget.get_by_text("page 1 of 2, 11 examples")).to_be_visible()
    widget.get_by_role("listbox", name="Examples").get_by_role("option").nth(1).click()
    notebook.wait_kernel("viewer.selected", 50)
