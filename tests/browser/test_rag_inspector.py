"""RAGInspector in a real page and in JupyterLab: ranked by sliders, asked anew, clicked through, answered."""

import pytest
from llmcourse import RAGInspector
from playwright.sync_api import expect
from widget_examples.rag_inspector import PASSAGES, QUERY, example


@pytest.fixture
def opened(open_page):
    page = open_page(example())
    expect(page.locator(".llmc-rag-passage").first).to_be_visible()
    return page


def shown_ranking(page, column):
    """The passage numbers of a column, best first, each with its score as shown."""
    items = (
        page.locator(".llmc-rag-column")
        .nth(column)
        .get_by_role("option")
        .evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    )
    return [(int(item.split("passage ")[1].split(",")[0]), item.rsplit(" ", 1)[1]) for item in items]


def expect_as_python(page, inspector):
    for place, name in enumerate(inspector._scores.columns):
        scores, ranking = inspector.scores(name), inspector.ranking(name)
        expect(page.locator(".llmc-rag-column").nth(place).get_by_role("option")).to_have_count(len(ranking))
        page.wait_for_function(
            "([place, ranking]) => String(Array.from(document.querySelectorAll('.llmc-rag-column')[place]"
            ".querySelectorAll('[role=option]'), (one) => one.getAttribute('aria-label').match(/passage (\\d+)/)[1]))"
            " === String(ranking)",
            arg=[place, ranking],
        )
        assert shown_ranking(page, place) == [(number, f"{scores[number]:.3f}") for number in ranking]
    expect(page.locator(".llmc-rag-prompt")).to_have_text(inspector.prompt, use_inner_text=True)
    rows = page.locator(".llmc-rag-evaluation tbody tr")
    for place, (name, found) in enumerate(inspector.evaluation.items()):
        expect(rows.nth(place)).to_have_text(f"{name}{found['recall']:.3f}{found['mrr']:.3f}")


def test_the_page_ranks_as_python_and_sliders_rank_anew(opened):
    inspector = example()
    expect_as_python(opened, inspector)
    for label, name, value in [
        ("BM25 k1", "k1", 0.3),
        ("BM25 b", "b", 0.1),
        ("Weight of dense", "weight", 0.9),
        ("Top k", "k", 2),
    ]:
        opened.get_by_label(f"{label}, exact value").fill(str(value))
        setattr(inspector, name, value)
        expect_as_python(opened, inspector)
    for name in inspector._scores.columns:
        opened.get_by_label("Rank by").select_option(label=name)
        inspector.rank_by = name
        expect_as_python(opened, inspector)


def test_the_words_of_a_passage_sum_to_its_score(opened):
    inspector = example()
    words, parts = inspector.parts
    opened.locator(".llmc-rag-passage[data-passage='3']").click()
    opened.wait_for_function("widgetModel.get('selected') === 3")
    rows = opened.locator(".llmc-rag-parts tbody tr")
    expect(rows).to_have_count(len(words))
    for place, word in enumerate(words):
        expect(rows.nth(place)).to_contain_text(word)
        expect(rows.nth(place)).to_contain_text(f"{parts[place][3]:.4f}")
    expect(opened.locator(".llmc-rag-parts tfoot")).to_contain_text(f"{inspector.scores('BM25')[3]:.4f}")
    expect(opened.locator(".llmc-rag-whole")).to_have_text(PASSAGES[3])
    assert set(opened.locator(".llmc-rag-whole mark").all_text_contents()) == {"a", "purr", "cat", "does"}


def test_a_new_query_is_ranked_by_bm25_without_a_kernel(opened):
    query = opened.get_by_role("searchbox", name="Query")
    query.fill("lion roaring")
    expect(opened.locator(".llmc-rag-passage").first).to_contain_text("The larynx of a lion")
    expect(opened.get_by_text("a new query needs a running kernel; ranked by BM25")).to_be_visible()
    expect(opened.locator(".llmc-rag-prompt")).to_contain_text("Question: lion roaring")
    expect(opened.get_by_text("This answer belongs to another query")).to_be_visible()
    query.fill("")
    expect(opened.get_by_role("alert")).to_have_text("query is empty: write at least one word.")
    expect(opened.locator(".llmc-rag-prompt")).to_contain_text("Question: lion roaring")
    query.fill("zebra")
    expect(opened.get_by_text("No passage holds a word of the query.")).to_be_visible()
    expect(opened.locator("[role=alert]")).to_be_empty()
    opened.get_by_label("Queries with gold passages").select_option(QUERY)
    expect_as_python(opened, example())


def test_what_does_not_fit_falls_out(opened):
    expect(opened.get_by_text("Too long: #3 falls out.")).to_be_visible()
    expect(opened.locator(".llmc-rag-passage[data-passage='3']")).to_contain_text("does not fit into the context")
    expect(opened.get_by_text(f"{example().counted[1]} tokens of 170", exact=False)).to_be_visible()


def test_a_citation_leads_to_its_passage(opened):
    first, second = example().answer["passages"]
    opened.get_by_role("button", name="[2]").click()
    opened.wait_for_function(f"widgetModel.get('selected') === {second}")
    expect(opened.get_by_text(f"Passage #{second}", exact=True)).to_be_visible()
    expect(opened.locator(".llmc-rag-nowhere")).to_have_text("[9?]")
    rows = opened.locator(".llmc-rag-shares tbody tr")
    for place, (sentence, shares) in enumerate(example().traced):
        expect(rows.nth(place)).to_contain_text(sentence)
        expect(rows.nth(place).locator("td").nth(1)).to_have_text(f"{100 * shares[1]:.0f} %")
    expect(opened.get_by_role("button", name="Generate the answer")).to_be_disabled()


def test_keys_walk_through_the_ranks(opened):
    ranking = example().ranking("BM25")
    opened.get_by_role("listbox", name="BM25").focus()
    opened.evaluate(
        "() => { for (const key of ['Home', 'ArrowDown']) "
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); }"
    )
    opened.wait_for_function(f"widgetModel.get('selected') === {ranking[1]}")
    opened.get_by_role("listbox", name="Passages by rank").focus()
    opened.keyboard.press("Home")
    opened.wait_for_function(f"widgetModel.get('selected') === {example().ranking()[0]}")
    opened.keyboard.press("Escape")
    opened.wait_for_function("widgetModel.get('selected') === -1")


@pytest.mark.parametrize("width", [1000, 360])
def test_hostile_text_stays_text(open_page, width):
    page = open_page(example(hostile=True), width=width, dark=width == 360)
    expect(page.locator(".llmc-rag-passage").first).to_be_visible()
    assert page.title() == "RAGInspector"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_narrow_and_dark(open_page):
    page = open_page(example(), width=360, dark=True)
    expect(page.locator(".llmc.llmc-dark .llmc-rag-passage").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_bm25_alone_has_no_controls_for_joining(open_page):
    page = open_page(RAGInspector(PASSAGES, query=QUERY))
    expect(page.locator(".llmc-rag-column")).to_have_count(1)
    expect(page.get_by_label("Rank by")).to_be_hidden()
    expect(page.get_by_text("No generate function was given.")).to_be_visible()


def test_in_jupyterlab_the_kernel_answers_and_stops(lab):
    notebook = lab(
        [
            "import time\n"
            "from llmcourse import RAGInspector\n"
            "def embed(texts): return [[1.0, text.count('cat'), text.count('dog')] for text in texts]\n"
            "def generate(prompt):\n"
            "    if 'broken' in prompt: raise RuntimeError('no memory')\n"
            "    yield 'Cats purr [1].'\n"
            "    while 'endless' in prompt: time.sleep(0.05); yield ' more'",
            "view = RAGInspector(['A cat purrs.', 'A dog barks.', 'endless'], None, generate, 'cat', 1, embed=embed)\n"
            "view",
        ]
    )
    widget = notebook.widget
    widget.get_by_role("button", name="Generate the answer").click()
    notebook.wait_kernel("view.answer.get('state')", "done")
    expect(widget.locator(".llmc-rag-answer")).to_have_text("Cats purr [1].")
    widget.get_by_role("button", name="[1]").click()
    notebook.wait_kernel("view.selected", notebook.kernel("view.answer['passages'][0]"))
    query = widget.get_by_role("searchbox", name="Query")
    query.fill("dog endless")
    notebook.wait_kernel("view.scored", ["dog endless"])
    expect(widget.get_by_text("needs a running kernel")).to_have_count(0)
    widget.get_by_role("button", name="Generate the answer").click()
    expect(widget.locator(".llmc-rag-answer")).to_contain_text("more more")
    widget.get_by_role("button", name="Stop").click()
    notebook.wait_kernel("view.answer.get('state')", "stopped")
    query.fill("broken dog")
    notebook.wait_kernel("view.scored", ["broken dog"])
    widget.get_by_role("button", name="Generate the answer").click()
    expect(widget.get_by_role("alert").first).to_have_text("generate failed: RuntimeError: no memory")
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
