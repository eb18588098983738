"""ChunkViewer in a real page and in JupyterLab: cut by sliders and by hand, clicked, searched, in both themes."""

import pytest
from llmcourse import ChunkViewer
from playwright.sync_api import expect
from widget_examples import HOSTILE
from widget_examples.chunk_viewer import TEXT, WordTokenizer, example, letter_counts


@pytest.fixture
def opened(open_page):
    page = open_page(example())
    expect(page.locator(".llmc-chunk-row").first).to_be_visible()
    return page


def shown_text(page):
    """The text of the page as drawn, without the numbers of the chunks."""
    return page.evaluate(
        "() => Array.from(document.querySelectorAll('.llmc-chunk-text > span:not(.llmc-chunk-mark)'), "
        "(one) => one.textContent).join('')"
    )


def count_of(page):
    return page.locator(".llmc-chunk-value").first


def test_every_splitter_cuts_in_the_page_as_in_python(opened):
    for name, label in example().choices:
        for size in (40, 90):
            viewer = ChunkViewer(TEXT, name, size, 20, tokenizer=WordTokenizer(), embed=letter_counts, threshold=0.5)
            opened.get_by_label("Splitter").select_option(label=label)
            opened.get_by_label("Size, exact value").fill(str(size))
            expect(count_of(opened)).to_have_text(str(len(viewer.spans)))
            expect(opened.get_by_text(f"{viewer.warnings['sentence']} cut inside a sentence")).to_be_visible()
            expect(opened.get_by_text(f"{viewer.warnings['heading']} heading without its text")).to_be_visible()
            assert shown_text(opened) == TEXT


def test_a_chunk_leads_to_its_place_and_back(opened):
    opened.locator(".llmc-chunk-row").nth(2).click()
    expect(opened.locator(".llmc-chunk-row[aria-selected='true']")).to_have_count(1)
    chunk = example().chunks[2]
    expect(opened.locator(".llmc-chunk-story")).to_contain_text("Chunk 2 of")
    marked = opened.locator(".llmc-chunk-selected")
    expect(marked.first).to_be_visible()
    assert "".join(marked.all_text_contents()) == chunk
    opened.locator(".llmc-chunk-text [data-first='3'][data-last='3']").first.click()
    opened.wait_for_function("widgetModel.get('selected') === 3")
    expect(opened.locator("[role=option][aria-posinset='4']")).to_have_attribute("aria-selected", "true")


def test_two_keys_in_one_frame_both_count(opened):
    opened.get_by_role("listbox", name="Chunks").focus()
    opened.evaluate(
        "() => { const list = document.activeElement; for (const key of ['Home', 'ArrowDown', 'ArrowDown']) "
        "list.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); }"
    )
    opened.wait_for_function("widgetModel.get('selected') === 2")
    opened.keyboard.press("Escape")
    opened.wait_for_function("widgetModel.get('selected') === -1")
    opened.get_by_role("group", name="Text with its chunks tinted").focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function("widgetModel.get('selected') === 0")


def test_an_overlap_is_tinted_in_both(open_page):
    page = open_page(ChunkViewer("abcdefghijklmnop", "characters", size=10, overlap=4))
    both = page.locator(".llmc-chunk-both")
    expect(both).to_have_count(1)
    expect(both).to_have_text("ghij")
    expect(both).to_have_attribute("title", "in chunks 0 to 1")
    page.get_by_label("Size, exact value").fill("3")
    page.wait_for_function("widgetModel.get('overlap') === 2")
    expect(count_of(page)).to_have_text("14")


def test_a_phrase_is_found_whole_or_cut(open_page):
    page = open_page(ChunkViewer("one two three two", "characters", size=6, overlap=0))
    page.get_by_label("Find a phrase in the chunks").fill("two")
    expect(page.get_by_text("2 places, 1 of them cut: no chunk holds the phrase whole.")).to_be_visible()
    expect(page.locator(".llmc-chunk-lost")).to_have_count(2)  # its two halves
    page.get_by_role("button", name="whole in 2").click()
    page.wait_for_function("widgetModel.get('selected') === 2")
    page.get_by_label("Find a phrase in the chunks").fill("zebra")
    expect(page.get_by_text("Not in the text.")).to_be_visible()


def test_a_warning_leads_to_the_next_chunk_that_has_it(opened):
    opened.get_by_label("Splitter").select_option("fixed characters")
    button = opened.get_by_role("button", name="cut inside a word")
    expect(button).to_be_enabled()
    opened.evaluate("widgetModel.set('selected', -1)")
    button.click()
    expect(opened.locator(".llmc-chunk-story")).to_contain_text("cut inside a word")


def test_pasted_text_is_cut_without_a_kernel(opened):
    opened.get_by_text("The text (paste your own)").click()
    opened.get_by_label("Text to cut; paste your own").fill("Just this. And that 🎉.")
    expect(count_of(opened)).to_have_text("1")
    assert shown_text(opened) == "Just this. And that 🎉."
    expect(opened.get_by_text("no tokenizer for this text")).to_be_visible()
    opened.get_by_label("Splitter").select_option("fixed tokens")
    expect(opened.get_by_text("needs a running kernel for another text")).to_be_visible()
    opened.get_by_label("Text to cut; paste your own").fill(TEXT)
    expect(opened.get_by_text("Size and overlap in tokens")).to_be_visible()


def test_a_long_text_is_shown_in_pages_and_its_list_in_part(open_page):
    text = "".join(f"Sentence number {number} stands here. " for number in range(6000))
    page = open_page(ChunkViewer(text, "sentences", size=60, overlap=40))
    expect(page.get_by_text("page 1 of")).to_be_visible()
    assert page.locator(".llmc-chunk-row").count() < 20
    assert page.locator(".llmc-chunk-text > span").count() < 2000
    page.get_by_role("listbox", name="Chunks").focus()
    page.keyboard.press("End")
    expect(page.locator(".llmc-chunk-story")).to_contain_text("number 5999 stands here.")
    assert text.endswith(shown_text(page))
    page.get_by_role("slider", name="Page of the text").focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("page 1 of")).to_be_visible()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text("page 2 of")).to_be_visible()


def test_hostile_text_stays_text(open_page):
    page = open_page(example(hostile=True))
    expect(page.locator(".llmc-chunk-row").first).to_be_visible()
    assert page.title() == "ChunkViewer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert HOSTILE.replace("\x00", "") in shown_text(page).replace("\x00", "")


def test_narrow_and_dark(open_page):
    page = open_page(example(), width=360, dark=True)
    expect(page.locator(".llmc.llmc-dark")).to_be_visible()
    expect(page.locator(".llmc-chunk-row").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_the_kernel_measures_a_pasted_text(lab):
    notebook = lab(
        [
            "from llmcourse import ChunkViewer\n"
            "def embed(texts):\n"
            "    if any('bad' in text for text in texts): raise RuntimeError('no such word')\n"
            "    return [[1.0, text.count('a'), text.count('e')] for text in texts]",
            "view = ChunkViewer('One apple. Two bees. Free trees.', 'semantic', embed=embed, threshold=0.95)\nview",
        ]
    )
    widget = notebook.widget
    widget.locator(".llmc-chunk-row").nth(1).click()
    notebook.wait_kernel("view.selected", 1)
    widget.get_by_text("The text (paste your own)").click()
    widget.get_by_label("Text to cut; paste your own").fill("Banana bar. Nothing. Nil. Not so. aaaa")
    notebook.wait_kernel("view.text[:6]", "Banana")
    expect(widget.locator(".llmc-chunk-value").first).to_have_text(str(notebook.kernel("len(view.spans)")))
    widget.get_by_label("Text to cut; paste your own").fill("A bad text. Two.")
    widget.get_by_role("alert").get_by_text("no such word").wait_for()
    assert notebook.kernel("view.text[:6]") == "Banana", "the last good view stays"
    notebook.execute("view.size = 12; view.splitter = 'recursive'")
    expect(widget.locator(".llmc-chunk-value").first).to_have_text(str(notebook.kernel("len(view.spans)")))
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
