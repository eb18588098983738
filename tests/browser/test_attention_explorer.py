"""AttentionExplorer in a real page and in JupyterLab: every control by pointer and by keyboard, exact numbers."""

import base64
import io
import re

import pytest
import torch
from llmcourse import AttentionExplorer, Trace, trace
from llmcourse.attention_picture import RAMP
from llmcourse.front_end import script
from PIL import Image
from playwright.sync_api import expect
from tiny_models import tiny_lfm2, tiny_llama, tiny_t5
from tiny_tokenizer import byte_tokenizer

TEXT = "The cat sat on the mat because the cat was tired."
HOSTILE = (
    "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\"> مرحبا 🎉 שלום" + "a" * 300
)


@pytest.fixture(scope="module")
def seen(loaded):
    return trace(*loaded, TEXT)


@pytest.fixture
def opened(open_page, seen):
    return open_page(AttentionExplorer(seen, layer=5, head=2))


def expect_state(page, **values):
    """Wait until the widget's state has these values."""
    page.wait_for_function(
        "values => Object.entries(values).every(([name, value]) => widgetModel.get(name) === value)", arg=values
    )


def expect_focus(page, script, value):
    page.wait_for_function(f"value => document.activeElement.{script} === value", arg=value)


def cell_size(page, other_than=None):
    """Wait until the matrix is drawn (with cells of another size), then return (gutter, cell) in pixels."""
    page.wait_for_function(
        """old => { const cells = document.querySelector(".llmc-frame:not([hidden])")?.dataset.cells;
          return cells && Number(cells.split(" ")[1]) !== old; }""",
        arg=other_than,
    )
    return page.evaluate("document.querySelector('.llmc-frame:not([hidden])').dataset.cells.split(' ').map(Number)")


def cell(page, query, key):
    """Click the middle of a cell of the matrix."""
    gutter, size = cell_size(page)
    left, top = page.locator(".llmc-frame:visible").evaluate("frame => [frame.scrollLeft, frame.scrollTop]")
    place = {"x": gutter + (key + 0.5) * size - left, "y": gutter + (query + 0.5) * size - top}
    page.locator(".llmc-frame:visible").click(position=place)


def test_hundreds_of_heads_are_shown_and_one_is_picked(opened):
    expect(opened.get_by_role("gridcell")).to_have_count(270)
    opened.get_by_role("gridcell", name="layer 11, head 6", exact=True).click()
    expect_state(opened, layer=11, head=6)
    expect(opened.get_by_role("gridcell", selected=True)).to_have_attribute("aria-label", "layer 11, head 6")
    opened.get_by_role("heading", name="Layer 11, head 6").wait_for()


def test_a_cell_shows_the_weight_that_python_has(opened, seen):
    for query, key in [(9, 7), (11, 0), (3, 3)]:
        cell(opened, query, key)
        expect_state(opened, query_token=query, key_token=key)
        weight = f"{float(seen.attention[5, 2, query, key]):.4f}"
        opened.locator(".llmc-readout strong", has_text=weight).wait_for()
        opened.get_by_role("heading", name=f"the weight {weight}").wait_for()
    cell(opened, 3, 3)
    expect_state(opened, query_token=-1, key_token=-1)  # a second click takes the selection back


def test_inside_shows_the_numbers_of_the_model(opened, seen):
    cell(opened, 9, 7)
    query, key = seen.queries[5, 2, 9], seen.keys[5, 0, 7]
    inside = opened.get_by_role("region", name="Inside the selected weight")
    values = inside.locator(".llmc-strip-value")
    score = float(query @ key) * seen.scaling
    expect(values.nth(2)).to_have_text(f"sum {float(query @ key):.4g}")
    expect(values.nth(3)).to_have_text(f"score {score:.4g}")
    expect(values.nth(4)).to_have_text(f"weight {float(seen.attention[5, 2, 9, 7]):.4f}")
    slider = inside.get_by_role("slider")
    slider.focus()
    opened.keyboard.press("Home")
    opened.keyboard.press("ArrowRight")
    product = float(query[1] * key[1])
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^dimension 1: "))
    assert float(slider.get_attribute("aria-valuetext").split("= ")[1]) == pytest.approx(product, rel=1e-3)
    opened.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "63")
    expect(slider).to_have_attribute("aria-valuemax", "63")


def test_a_masked_cell_is_explained_and_not_selected(opened):
    cell(opened, 2, 8)
    expect(opened.locator(".llmc-readout")).to_contain_text("masked")
    expect_state(opened, query_token=-1, key_token=-1)


def test_keyboard_only(opened):
    page = opened
    page.get_by_role("combobox").focus()
    page.keyboard.press("Tab")
    expect_focus(page, "getAttribute('aria-label')", "layer 5, head 2")
    for key in ["ArrowDown", "ArrowRight", "ArrowRight", "Enter"]:
        page.keyboard.press(key)
    expect_state(page, layer=6, head=4)
    page.keyboard.press("Control+End")
    page.keyboard.press("Space")
    expect_state(page, layer=29, head=8)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect_state(page, layer=29, head=0)
    page.keyboard.press("Tab")
    expect_focus(page, "textContent", "Matrix")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_state(page, view="lines")
    page.get_by_text("The opacity of a line").wait_for()
    page.keyboard.press("Tab")
    expect_focus(page, "getAttribute('role')", "application")
    for key in ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight"]:
        page.keyboard.press(key)
    expect_state(page, query_token=10, key_token=2)
    page.get_by_role("region", name="Inside").get_by_role("slider").wait_for()
    page.keyboard.press("Escape")
    expect_state(page, query_token=-1, key_token=-1)


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
    expect_state(opened, sort="first-token")
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
    expect_state(opened, query_token=8, key_token=-1)
    expect(opened.locator(".llmc-readout")).to_contain_text("attends most to")
    frame.click(position={"x": width - 40, "y": row(1)})
    expect_state(opened, query_token=8, key_token=1)
    frame.click(position={"x": 40, "y": row(8)})
    expect_state(opened, query_token=-1, key_token=1)


def test_zoom_and_scroll_keep_the_pointer_exact(open_page, loaded):
    page = open_page(AttentionExplorer(trace(*loaded, TEXT * 6), layer=3, head=1))
    larger, size = page.get_by_role("button", name="Larger cells"), None
    for _ in range(3):
        size = cell_size(page)[1]
        larger.click()
        assert cell_size(page, other_than=size)[1] == 2 * size
    frame = page.locator(".llmc-frame:visible")
    frame.evaluate("frame => { frame.scrollLeft = 333; frame.scrollTop = 777; }")
    page.wait_for_function("document.querySelector('.llmc-frame:not([hidden])').scrollTop === 777")
    cell(page, 20, 11)
    expect_state(page, query_token=20, key_token=11)
    size = cell_size(page)[1]
    page.get_by_role("button", name="Smaller cells").click()
    assert cell_size(page, other_than=size)[1] == size / 2
    frame.focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    expect_state(page, query_token=60, key_token=11)
    page.wait_for_function(  # the selected row is scrolled into view
        """([gutter, size]) => { const frame = document.querySelector(".llmc-frame:not([hidden])");
          const top = 60 * size - frame.scrollTop;
          return top >= 0 && top + size <= frame.clientHeight - gutter + 1; }""",
        arg=cell_size(page),
    )
    page.keyboard.press("+")
    assert cell_size(page, other_than=size / 2)[1] == size


def test_the_canvas_holds_the_right_colours(opened, seen):
    """The pixel in a cell's corner is the colour of its weight."""
    opened.mouse.move(0, 0)
    gutter, size = cell_size(opened)
    opened.wait_for_function(
        """([x, y]) => { const canvas = document.querySelector(".llmc-frame:not([hidden]) canvas");
          return canvas.getContext("2d").getImageData(x, y, 1, 1).data[3] === 255; }""",
        arg=[gutter + 4, gutter + 4],
    )
    data = opened.evaluate("document.querySelector('.llmc-frame:not([hidden]) canvas').toDataURL()")
    image = Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB")
    for query, key in [(0, 0), (5, 0), (9, 9), (11, 4)]:
        shade = round(float(seen.attention[5, 2, query, key]) ** 0.5 * 255)
        pixel = image.getpixel((int(gutter + key * size + 4), int(gutter + query * size + 4)))
        assert max(abs(a - b) for a, b in zip(pixel, RAMP[shade].tolist(), strict=True)) <= 2, (query, key)


def test_attention_to_both_sides(open_page):
    torch.manual_seed(0)
    attention = torch.rand(2, 3, 5, 5).softmax(-1)
    both = Trace(list("abcde"), list(range(5)), attention, torch.zeros(3, 5, 1), torch.zeros(5, 1), causal=False)
    page = open_page(AttentionExplorer(both))
    cell(page, 1, 4)
    expect_state(page, query_token=1, key_token=4)
    page.locator(".llmc-readout strong", has_text=f"{float(attention[0, 0, 1, 4]):.4f}").wait_for()
    expect(page.locator(".llmc-inside")).to_contain_text("holds no queries and keys")
    expect(page.locator(".llmc-panel-head")).not_to_contain_text("masked")


@pytest.fixture(scope="module")
def t5_seen(loaded):
    return trace(tiny_t5(), loaded[1], TEXT, target="Le chat dort, fatigué.")


def test_each_stack_of_an_encoder_decoder(open_page, t5_seen):
    page = open_page(AttentionExplorer(t5_seen))
    stacks = page.get_by_label("Which attention")
    expect(stacks.get_by_role("option")).to_have_text(
        ["encoder self-attention", "decoder self-attention", "cross-attention"]
    )
    stacks.select_option("cross")
    expect(page.get_by_role("gridcell")).to_have_count(12)
    expect(page.locator(".llmc-words")).to_contain_text("first source token")
    cell(page, 3, 9)
    expect_state(page, query_token=3, key_token=9)
    weight = f"{float(t5_seen.cross.attention[0, 0, 3, 9]):.4f}"
    expect(page.locator(".llmc-readout")).to_have_text(
        f"{t5_seen.tokens[3].replace(' ', '·')} (3) → ·was (9): weight {weight}"
    )
    page.get_by_role("heading", name=f"the weight {weight}").wait_for()
    page.locator(".llmc-frame:visible").focus()
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    expect_state(page, query_token=len(t5_seen) - 1, key_token=len(t5_seen.cross.key_tokens) - 1)
    page.get_by_role("button", name="Lines").click()
    row = lambda token: 24 + 22 * (token + 0.5)  # noqa: E731
    frame = page.locator(".llmc-frame:visible")
    page.get_by_text("The opacity of a line").wait_for()
    frame.click(position={"x": 40, "y": row(2)})
    expect_state(page, query_token=2, key_token=11)
    stacks.select_option("decoder")
    expect_state(page, stack="decoder", query_token=-1)
    expect(page.locator(".llmc-words")).to_contain_text("the token before it")


def test_the_bias_of_t5_is_part_of_the_score(open_page, t5_seen):
    page = open_page(AttentionExplorer(t5_seen, query_token=7, key_token=2))
    stack = t5_seen.encoder
    dot = float(stack.queries[0, 0, 7] @ stack.keys[0, 0, 2])
    bias = float(stack.bias[0, 0, 2 - 7 + len(stack.query_tokens) - 1])
    inside = page.get_by_role("region", name="Inside the selected weight")
    expect(inside.locator(".llmc-strip-value").nth(2)).to_have_text(f"sum {float(f'{dot:.4g}')}")
    expect(inside.locator(".llmc-strip-value").nth(3)).to_have_text(f"score {float(f'{dot + bias:.4g}')}")
    expect(inside).to_contain_text("bias that depends on the distance")
    expect(inside).to_contain_text(f"{float(f'{abs(bias):.4g}')} (bias)")
    expect(inside).to_contain_text(f"= {float(stack.attention[0, 0, 7, 2]):.4f}.")


def test_layers_have_the_models_own_numbers(open_page, loaded):
    page = open_page(AttentionExplorer(trace(tiny_lfm2(), loaded[1], TEXT)))
    page.get_by_role("gridcell", name="layer 3, head 2", exact=True).click()
    expect_state(page, layer=1, head=2)
    page.get_by_role("heading", name="Layer 3, head 2").wait_for()


def test_a_long_text_is_coarse_and_says_so(open_page):
    seen = trace(tiny_llama(2048), byte_tokenizer(), "the cat sat on the mat, " * 50)
    page = open_page(AttentionExplorer(seen, query_token=1000, key_token=900))
    expect(page.locator(".llmc-panel-head")).to_contain_text("the strongest of 3 × 3 weights")
    weight = f"{float(seen.attention[0, 0, 1000, 900]):.4f}"
    page.locator(".llmc-readout strong", has_text=weight).wait_for()
    page.get_by_role("heading", name=f"the weight {weight}").wait_for()
    for _ in range(7):
        size = cell_size(page)[1]
        page.get_by_role("button", name="Larger cells").click()
        cell_size(page, other_than=size)
    cell(page, 1001, 901)  # the zoom stays at the selected pair
    expect_state(page, query_token=1001, key_token=901)
    page.keyboard.press("Home")
    expect_state(page, query_token=1001, key_token=0)
    expect(page.locator(".llmc-readout")).to_contain_text("weight at most")
    expect(page.locator(".llmc-readout")).to_contain_text("not in this saved page")


def test_a_long_text_asks_for_the_exact_part_it_shows(open_page):
    """A page with a kernel asks for the selected row, then for what is zoomed in; here the test plays the kernel."""
    seen = trace(tiny_llama(2048), byte_tokenizer(), "the cat sat on the mat, " * 50)
    view = AttentionExplorer(seen)
    page = open_page(view)

    def answer(*wanted):
        page.wait_for_function("wanted => String(widgetModel.get('wanted')) === String(wanted)", arg=list(wanted))
        view.wanted = list(wanted)
        page.evaluate(
            """text => {
              const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
              widgetModel.set("_sizes", { ...widgetModel.get("_sizes"), exact: bytes.length });
              widgetModel.set("exact", new DataView(bytes.buffer));
            }""",
            base64.b64encode(view.exact).decode(),
        )

    page.evaluate("widgetModel.set('live', true)")
    page.evaluate("widgetModel.set('query_token', 700)")
    answer(view.trace_number, 0, 0, 700, 0, 1, 1200)
    best = float(seen.attention[0, 0, 700].max())
    page.locator(".llmc-readout strong", has_text=f"{best:.4f}").wait_for()
    page.evaluate("widgetModel.set('query_token', -1)")
    page.get_by_role("button", name="Lines").click()
    answer(view.trace_number, 0, 0, 0, 0, 64, 1200)
    page.locator(".llmc-frame:visible").evaluate("frame => { frame.scrollTop = 18 * 640; }")
    answer(view.trace_number, 0, 0, 608, 0, 96, 1200)


def test_the_saved_page_says_what_needs_a_kernel(open_page, loaded):
    page = open_page(AttentionExplorer(model=loaded[0], tokenizer=loaded[1], text=TEXT * 25))
    expect(page.get_by_label("Text that the model reads")).to_be_disabled()
    expect(page.locator(".llmc")).to_contain_text("needs a running kernel")
    page.get_by_role("gridcell", name="layer 29, head 0", exact=True).click()
    page.get_by_text("is not in this saved page").wait_for()
    page.get_by_role("gridcell", name="layer 0, head 3", exact=True).click()
    page.get_by_text("is not in this saved page").wait_for(state="hidden")


@pytest.mark.parametrize("view", ["matrix", "lines"])
def test_hostile_tokens_stay_text(open_page, loaded, view):
    shown = trace(*loaded, HOSTILE)
    page = open_page(AttentionExplorer(shown, view=view, query_token=30, key_token=2), width=360, dark=True)
    page.get_by_role("heading", name="Layer 0, head 0").wait_for()
    expect(page).to_have_title("AttentionExplorer")
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.locator(".llmc")).to_have_class(re.compile("llmc-dark"))
    page.wait_for_function("document.documentElement.scrollWidth <= 360")


def test_a_finger_selects(new_page, seen, tmp_path):
    page = new_page(width=360, has_touch=True)
    page.goto(AttentionExplorer(seen).to_html(tmp_path / "touch.html").as_uri())
    page.get_by_role("gridcell", name="layer 2, head 1", exact=True).tap()
    expect_state(page, layer=2, head=1)
    gutter, size = cell_size(page)
    page.locator(".llmc-frame:visible").tap(position={"x": gutter + 1.5 * size, "y": gutter + 6.5 * size})
    expect_state(page, query_token=6, key_token=1)


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
    notebook.wait_kernel("view._sent_weights", [(5, 7)])  # a long text asks the kernel for a head
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
    expect(widget.locator(".llmc-frame:visible")).to_have_count(1)
    expect(second.locator(".llmc-frame:visible")).to_have_count(1)

    box = widget.get_by_label("Text that the model reads")
    box.fill("Hello there, hello there")
    notebook.wait_kernel("view.tokens", ["Hello", " there", ",", " hello", " there"])
    widget.get_by_text("5 tokens").wait_for()
    notebook.wait_kernel("(view.query_token, view.layer)", (-1, 5))
    box.fill("")
    widget.get_by_role("alert").get_by_text("text is empty").wait_for()
    notebook.wait_kernel("len(view.tokens)", 5)
    notebook.execute("view.text = 'Set from Python'; view.layer = 2; view.query_token = 2; view.key_token = 0")
    widget.get_by_role("heading", name="Layer 2, head 7").wait_for()
    weight = notebook.kernel("f'{float(view._trace.attention[2, 7, 2, 0]):.4f}'")
    widget.get_by_role("heading", name=f"the weight {weight}").wait_for()
    notebook.execute("view.text = 'The cat sat on the mat. ' * 100; view.layer = 3; view.head = 1")
    widget.get_by_text("Coarse: a pixel is the strongest of 2 × 2 weights").wait_for()
    notebook.execute("view.query_token = 500; view.key_token = 400")  # the page asks for the exact weights of the row
    weight = notebook.kernel("f'{float(view._stack.rows(3, 1, 500, 501)[0, 400]):.4f}'")
    widget.get_by_role("heading", name=f"the weight {weight}").wait_for()
    notebook.wait_kernel("view.wanted[1:]", [3, 1, 500, 0, 1, 701])
    notebook.theme(dark=True)
    page.locator(".llmc.llmc-dark").first.wait_for()
    page.wait_for_function(
        """() => document.querySelector(".llmc-board canvas").getContext("2d").getImageData(20, 2, 1, 1).data[0] < 60"""
    )
