"""AttentionExplorer in a real page and in JupyterLab: every control by pointer and by keyboard, exact numbers."""

import base64
import io

import pytest
import torch
from llmcourse import AttentionExplorer, Trace, trace
from llmcourse.front_end import script
from PIL import Image
from playwright.sync_api import expect

TEXT = "The cat sat on the mat because the cat was tired."
HOSTILE = (
    "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\"> مرحبا 🎉 שלום" + "a" * 300
)
STATE = "name => widgetModel.get(name)"


@pytest.fixture(scope="module")
def seen(loaded):
    return trace(*loaded, TEXT)


@pytest.fixture
def opened(open_page, seen):
    return open_page(AttentionExplorer(seen, layer=5, head=2))


def state(page, *names):
    return tuple(page.evaluate(STATE, name) for name in names)


def cell(page, query, key):
    """Click the middle of a cell of the matrix."""
    x, y = page.evaluate(
        """([query, key]) => {
          const frame = document.querySelector(".llmc-frame:not([hidden])");
          const [gutter, size] = frame.dataset.cells.split(" ").map(Number);
          return [gutter + (key + 0.5) * size - frame.scrollLeft, gutter + (query + 0.5) * size - frame.scrollTop];
        }""",
        [query, key],
    )
    page.locator(".llmc-frame:visible").click(position={"x": x, "y": y})


def test_hundreds_of_heads_are_shown_and_one_is_picked(opened):
    expect(opened.get_by_role("gridcell")).to_have_count(270)
    opened.get_by_role("gridcell", name="layer 11, head 6", exact=True).click()
    assert state(opened, "layer", "head") == (11, 6)
    assert opened.get_by_role("gridcell", selected=True).get_attribute("aria-label") == "layer 11, head 6"
    opened.get_by_role("heading", name="Layer 11, head 6").wait_for()


def test_a_cell_shows_the_weight_that_python_has(opened, seen):
    for query, key in [(9, 7), (11, 0), (3, 3)]:
        cell(opened, query, key)
        assert state(opened, "query_token", "key_token") == (query, key)
        weight = f"{float(seen.attention[5, 2, query, key]):.4f}"
        opened.locator(".llmc-readout strong", has_text=weight).wait_for()
        opened.get_by_role("heading", name=f"the weight {weight}").wait_for()
    cell(opened, 3, 3)
    assert state(opened, "query_token", "key_token") == (-1, -1), "a second click takes the selection back"


def test_inside_shows_the_numbers_of_the_model(opened, seen):
    cell(opened, 9, 7)
    query, key = seen.queries[5, 2, 9], seen.keys[5, 0, 7]
    inside = opened.get_by_role("region", name="Inside the selected weight")
    values = inside.locator(".llmc-strip-value").all_inner_texts()
    score = float(query @ key) * seen.scaling
    assert values[2] == f"sum {float(query @ key):.4g}"
    assert values[3] == f"score {score:.4g}"
    assert values[4] == f"weight {float(seen.attention[5, 2, 9, 7]):.4f}"
    slider = inside.get_by_role("slider")
    slider.focus()
    opened.keyboard.press("Home")
    opened.keyboard.press("ArrowRight")
    product = float(query[1] * key[1])
    assert slider.get_attribute("aria-valuetext").startswith("dimension 1: ")
    assert float(slider.get_attribute("aria-valuetext").split("= ")[1]) == pytest.approx(product, rel=1e-3)
    opened.keyboard.press("End")
    assert slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax") == "63"


def test_a_masked_cell_is_explained_and_not_selected(opened):
    cell(opened, 2, 8)
    assert state(opened, "query_token", "key_token") == (-1, -1)
    expect(opened.locator(".llmc-readout")).to_contain_text("masked")


def test_keyboard_only(opened):
    page = opened
    page.get_by_role("combobox").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "layer 5, head 2"
    for key in ["ArrowDown", "ArrowRight", "ArrowRight", "Enter"]:
        page.keyboard.press(key)
    assert state(page, "layer", "head") == (6, 4)
    page.keyboard.press("Control+End")
    page.keyboard.press("Space")
    assert state(page, "layer", "head") == (29, 8)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert state(page, "layer", "head") == (29, 0)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Matrix"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert state(page, "view") == ("lines",)
    page.get_by_text("The opacity of a line").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "application"
    for key in ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight"]:
        page.keyboard.press(key)
    assert state(page, "query_token", "key_token") == (10, 2)
    page.get_by_role("region", name="Inside").get_by_role("slider").wait_for()
    page.keyboard.press("Escape")
    assert state(page, "query_token", "key_token") == (-1, -1)


def test_sorting_puts_the_highest_score_first(opened, seen):
    scores = {
        "previous-token": seen.attention.diagonal(-1, 2, 3).mean(-1),
        "first-token": seen.attention[:, :, 1:, 0].mean(-1),
    }
    for name, values in scores.items():
        opened.get_by_role("combobox").select_option(name)
        layer, head = divmod(int(values.argmax()), 9)
        label = f"layer {layer}, head {head}, {name} score {float(values.max()):.2f}"
        opened.wait_for_function(
            "label => document.querySelector('[role=gridcell]').getAttribute('aria-label') === label", arg=label
        )
    assert state(opened, "sort") == ("first-token",)
    opened.get_by_role("combobox").select_option("layer")
    opened.wait_for_function(
        "() => document.querySelector('[role=gridcell]').getAttribute('aria-label') === 'layer 0, head 0'"
    )


def test_a_score_that_cannot_be_is_said(open_page, loaded):
    page = open_page(AttentionExplorer(trace(*loaded, "one two three"), sort="induction"))
    expect(page.locator(".llmc-panel-heads")).to_contain_text("no token of this text repeats")
    expect(page.locator(".llmc-words")).to_contain_text("not available")


def test_lines_join_a_query_and_a_key_by_clicks(opened):
    opened.get_by_role("button", name="Lines").click()
    opened.get_by_text("The opacity of a line").wait_for()
    frame = opened.locator(".llmc-frame:visible")
    width = frame.bounding_box()["width"]
    row = lambda token: 24 + 22 * (token + 0.5)  # noqa: E731
    frame.click(position={"x": 40, "y": row(8)})
    assert state(opened, "query_token", "key_token") == (8, -1)
    expect(opened.locator(".llmc-readout")).to_contain_text("attends most to")
    frame.click(position={"x": width - 40, "y": row(1)})
    assert state(opened, "query_token", "key_token") == (8, 1)
    frame.click(position={"x": 40, "y": row(8)})
    assert state(opened, "query_token", "key_token") == (-1, 1)


def test_zoom_and_scroll_keep_the_pointer_exact(open_page, loaded):
    page = open_page(AttentionExplorer(trace(*loaded, TEXT * 6), layer=3, head=1))
    larger = page.get_by_role("button", name="Larger cells")
    for _ in range(3):
        larger.click()
    frame = page.locator(".llmc-frame:visible")
    frame.evaluate("frame => { frame.scrollLeft = 333; frame.scrollTop = 777; }")
    cell(page, 20, 11)
    assert state(page, "query_token", "key_token") == (20, 11)
    page.get_by_role("button", name="Smaller cells").click()
    frame.focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    assert state(page, "query_token", "key_token") == (60, 11)
    assert frame.evaluate("frame => frame.scrollTop") > 0, "the selected row is scrolled into view"


def test_the_canvas_holds_the_right_colours(opened, seen):
    """The pixel in a cell's corner is the colour of its weight."""
    from llmcourse.attention_picture import _RAMP

    opened.get_by_role("button", name="Matrix").click()
    opened.mouse.move(0, 0)
    data = opened.evaluate("document.querySelector('.llmc-frame:not([hidden]) canvas').toDataURL()")
    image = Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB")
    gutter, size = opened.evaluate("document.querySelector('.llmc-frame').dataset.cells.split(' ').map(Number)")
    for query, key in [(0, 0), (5, 0), (9, 9), (11, 4)]:
        shade = round(float(seen.attention[5, 2, query, key]) ** 0.5 * 255)
        pixel = image.getpixel((int(gutter + key * size + 4), int(gutter + query * size + 4)))
        assert max(abs(a - b) for a, b in zip(pixel, _RAMP[shade], strict=True)) <= 2, (query, key)


def test_attention_to_both_sides(open_page):
    torch.manual_seed(0)
    attention = torch.rand(2, 3, 5, 5).softmax(-1)
    both = Trace(list("abcde"), list(range(5)), attention, torch.zeros(3, 5, 1), torch.zeros(5, 1), causal=False)
    page = open_page(AttentionExplorer(both))
    cell(page, 1, 4)
    assert state(page, "query_token", "key_token") == (1, 4)
    page.locator(".llmc-readout strong", has_text=f"{float(attention[0, 0, 1, 4]):.4f}").wait_for()
    expect(page.locator(".llmc-inside")).to_contain_text("holds no queries and keys")
    expect(page.locator(".llmc-panel-head")).not_to_contain_text("masked")


def test_the_saved_page_says_what_needs_a_kernel(open_page, loaded):
    page = open_page(AttentionExplorer(model=loaded[0], tokenizer=loaded[1], text=TEXT * 25))
    assert page.get_by_role("textbox").is_disabled()
    expect(page.locator(".llmc")).to_contain_text("needs a running kernel")
    page.get_by_role("gridcell", name="layer 29, head 0", exact=True).click()
    page.get_by_text("is not in this saved page").wait_for()
    page.get_by_role("gridcell", name="layer 0, head 3", exact=True).click()
    page.get_by_text("is not in this saved page").wait_for(state="hidden")


@pytest.mark.parametrize("view", ["matrix", "lines"])
def test_hostile_tokens_stay_text(open_page, loaded, view):
    shown = trace(*loaded, HOSTILE)
    page = open_page(AttentionExplorer(shown, view=view, query_token=30, key_token=2), width=360, dark=True)
    assert page.title() == "AttentionExplorer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_finger_selects(new_page, seen, tmp_path):
    page = new_page(width=360, has_touch=True)
    page.goto(AttentionExplorer(seen).to_html(tmp_path / "touch.html").as_uri())
    page.get_by_role("gridcell", name="layer 2, head 1", exact=True).tap()
    assert state(page, "layer", "head") == (2, 1)
    frame = page.locator(".llmc-frame:visible")
    gutter, size = frame.evaluate("frame => frame.dataset.cells.split(' ').map(Number)")
    frame.tap(position={"x": gutter + 1.5 * size, "y": gutter + 6.5 * size})
    assert state(page, "query_token", "key_token") == (6, 1)


def test_a_closed_view_listens_no_more(page):
    page.goto("about:blank")
    page.add_script_tag(
        content=script("attention_explorer").replace("export default", "globalThis.explorer ="), type="module"
    )
    page.wait_for_function("globalThis.explorer")
    opened, left = page.evaluate(
        """() => {
          const listening = [];
          const model = {
            get: (name) => ({ tokens: ["a"], text: "a", error: "" })[name] ?? 0,
            on: (event, listener) => listening.push(event + listener),
            off: (event, listener) => listening.splice(listening.indexOf(event + listener), 1),
            send() {}, set() {}, save_changes() {},
          };
          const stop = explorer.render({ model, el: document.body });
          const opened = listening.length;
          stop();
          return [opened, listening];
        }"""
    )
    assert opened > 10 and left == []


def test_in_jupyterlab_the_kernel_follows(lab):
    notebook = lab(
        [
            "from llmcourse import AttentionExplorer, load_model\nmodel, tokenizer = load_model()",
            "view = AttentionExplorer(model=model, tokenizer=tokenizer, text='The cat sat on the mat. ' * 9)\nview",
            "view",
        ]
    )
    page, widget = notebook.page, notebook.widget
    widget.get_by_role("gridcell", name="layer 4, head 7", exact=True).click()
    notebook.wait_kernel("(view.layer, view.head)", (4, 7))
    widget.locator(".llmc-readout").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    notebook.wait_kernel("(view.layer, view.head)", (5, 7))
    assert notebook.kernel("view._sent_weights") == [(5, 7)], "a long text asks the kernel for a head"
    frame = widget.locator(".llmc-frame:visible")
    frame.focus()
    for key in ["ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowRight"]:
        page.keyboard.press(key)
    notebook.wait_kernel("(view.query_token, view.key_token)", (62, 3))
    weight = notebook.kernel("f'{float(view._trace.attention[5, 7, 62, 3]):.4f}'")
    widget.get_by_role("heading", name=f"the weight {weight}").wait_for()
    widget.get_by_role("button", name="Lines").click()
    notebook.wait_kernel("view.view", "lines")
    widget.get_by_role("combobox").select_option("induction")
    notebook.wait_kernel("view.sort", "induction")

    second = page.locator(".llmc-attention").nth(1)
    second.get_by_role("button", name="Matrix").click()
    notebook.wait_kernel("view.view", "matrix")
    assert widget.locator(".llmc-frame:visible").count() == second.locator(".llmc-frame:visible").count() == 1

    box = widget.get_by_label("Text that the model reads")
    box.fill("Hello there, hello there")
    notebook.wait_kernel("view.tokens", ["Hello", " there", ",", " hello", " there"])
    widget.get_by_text("5 tokens").wait_for()
    assert notebook.kernel("(view.query_token, view.layer)") == (-1, 5)
    box.fill("")
    widget.get_by_role("alert").get_by_text("text is empty").wait_for()
    assert notebook.kernel("len(view.tokens)") == 5
    notebook.execute("view.text = 'Set from Python'; view.layer = 2; view.query_token = 2; view.key_token = 0")
    widget.get_by_role("heading", name="Layer 2, head 7").wait_for()
    weight = notebook.kernel("f'{float(view._trace.attention[2, 7, 2, 0]):.4f}'")
    widget.get_by_role("heading", name=f"the weight {weight}").wait_for()
    notebook.theme(dark=True)
    page.locator(".llmc.llmc-dark").first.wait_for()
    page.wait_for_function(
        """() => document.querySelector(".llmc-board canvas").getContext("2d").getImageData(20, 2, 1, 1).data[0] < 60"""
    )
