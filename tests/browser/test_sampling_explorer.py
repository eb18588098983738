"""SamplingExplorer in a real page and in JupyterLab: every control by mouse and keyboard, numbers as in Python."""

import re

import pytest
import torch
from llmcourse import SamplingExplorer, front_end, trace
from playwright.sync_api import expect

HOSTILE = [
    "</script><script>document.title='x'</script>",
    "<img src=x onerror=\"document.title='x'\">",
    "\u202e",
    "a" * 400,
]
LABELS = {
    "repetition_penalty": "Repetition penalty",
    "temperature": "Temperature",
    "top_k": "Top-k",
    "top_p": "Top-p",
    "min_p": "Min-p",
    "typical_p": "Typical-p",
}
VALUES = {
    "repetition_penalty": 1.35,
    "temperature": 1.7,
    "top_k": 40,
    "top_p": 0.83,
    "min_p": 0.05,
    "typical_p": 0.6,
}


@pytest.fixture(scope="module")
def traced(loaded):
    return trace(*loaded, "The capital of France is")


@pytest.fixture
def explorer(traced, tokenizer):
    return SamplingExplorer(traced.logits[-1], tokenizer, ids=traced.ids)


def figure(page, name):
    return page.locator(".llmc-figure", has_text=name).locator(".llmc-figure-value")


def get(page, name):
    return page.evaluate(f"widgetModel.get('{name}')")


def shown_tokens(page):
    return page.locator(".llmc-bar-row[role=option]:visible")


def next_frame(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def assert_shows(page, explorer):
    """The page's numbers are those of an explorer in Python with the same settings."""
    next_frame(page)
    kept, probs = explorer.kept_ids, explorer.kept_probs
    expect(figure(page, "Kept tokens")).to_have_text(f"{len(kept):,} of {len(explorer.logits):,}")
    mass = float(figure(page, "Kept mass").inner_text().split()[0])
    assert mass == pytest.approx(100 * explorer.kept_mass(), rel=0.01)
    written = page.evaluate(
        """() => Array.from(document.querySelectorAll('.llmc-bar-row[role=option]:not([hidden])'))
             .filter((row) => !row.classList.contains('llmc-bar-removed'))
             .map((row) => row.getAttribute('aria-label'))"""
    )
    for label, number, p in zip(written, kept, probs, strict=False):
        assert f"id {number}," in label
        assert float(label.split("kept: ")[1].split(" %")[0]) == pytest.approx(100 * p, rel=0.06)
    assert written, "no kept token is shown"


@pytest.mark.parametrize("name", LABELS)
def test_each_number_is_exact(name, explorer, open_page):
    page = open_page(explorer)
    page.get_by_label(f"{LABELS[name]}, exact value").fill(str(VALUES[name]))
    assert get(page, name) == VALUES[name]
    setattr(explorer, name, VALUES[name])
    assert_shows(page, explorer)


@pytest.mark.parametrize("name", LABELS)
def test_each_slider_by_keyboard_and_mouse(name, explorer, open_page):
    page = open_page(explorer)
    slider = page.get_by_role("slider", name=LABELS[name], exact=True)
    number = page.get_by_label(f"{LABELS[name]}, exact value")
    slider.focus()
    before = get(page, name)
    page.keyboard.press("ArrowLeft" if name in ("top_k", "top_p", "typical_p") else "ArrowRight")
    by_key = get(page, name)
    assert by_key != before
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    by_mouse = get(page, name)
    assert by_mouse not in (before, by_key)
    next_frame(page)
    assert float(number.input_value()) == by_mouse
    setattr(explorer, name, by_mouse)
    assert_shows(page, explorer)


def test_all_rules_at_once(explorer, open_page):
    page = open_page(explorer)
    for name, value in {**VALUES, "top_k": 20_000, "min_p": 0.0001}.items():
        page.get_by_label(f"{LABELS[name]}, exact value").fill(str(value))
        setattr(explorer, name, value)
    assert_shows(page, explorer)
    for name, count in explorer.removed().items():
        note = page.locator(".llmc-knob", has=page.get_by_label(LABELS[name], exact=True)).locator(".llmc-knob-note")
        expect(note).to_contain_text(f"removes {count:,} of")
    page.get_by_role("button", name="All rules off").click()
    assert get(page, "top_p") == 1
    assert_shows(page, SamplingExplorer(explorer.logits, ["?"]))


def test_temperature_0_is_greedy_and_explained(explorer, open_page):
    page = open_page(explorer)
    page.get_by_label("Temperature, exact value").fill("0")
    explorer.temperature = 0
    assert_shows(page, explorer)
    assert page.get_by_text("greedy: only the likeliest token stays").is_visible()
    expect(figure(page, "Greedy choice")).to_have_text("·Paris")


def test_a_bad_number_is_explained_and_changes_nothing(explorer, open_page):
    page = open_page(explorer)
    number = page.get_by_label("Temperature, exact value")
    number.fill("-1")
    assert page.get_by_text("Temperature must be 0 (greedy) or from 0.01 to 100.").is_visible()
    assert number.get_attribute("aria-invalid") == "true"
    assert get(page, "temperature") == 1
    number.blur()
    assert number.input_value() == "1"
    page.get_by_label("Top-p, exact value").fill("")
    assert get(page, "top_p") == 1


def test_draws_equal_pythons(explorer, open_page):
    page = open_page(explorer)
    page.get_by_label("Temperature, exact value").fill("1.5")
    page.get_by_label("Seed of the draws").fill("12")
    page.get_by_role("button", name="Draw 100").click()
    page.get_by_role("button", name="Draw 1", exact=True).press("Enter")
    assert get(page, "draws") == 101
    explorer.temperature, explorer.seed, explorer.draws = 1.5, 12, 101
    next_frame(page)
    for row in shown_tokens(page).all():
        label = row.get_attribute("aria-label")
        number = int(label.split("id ")[1].split(",")[0])
        assert f"drawn {explorer.drawn.get(number, 0)} of 101 times" in label
        expect(row.locator(".llmc-bar-drawn")).to_contain_text(f"{explorer.drawn.get(number, 0)} (")
    assert page.get_by_text("101 draws, the last").is_visible()
    page.get_by_role("button", name="Clear draws").click()
    assert get(page, "draws") == 0


def test_the_list_and_the_curve_by_keyboard_and_mouse(explorer, open_page):
    page = open_page(explorer)
    shown_tokens(page).nth(3).click()
    assert get(page, "selected") == explorer.kept_ids[3]
    page.get_by_role("listbox").press("ArrowDown")
    assert get(page, "selected") == explorer.kept_ids[4]
    next_frame(page)
    expect(page.locator(".llmc-story")).to_contain_text(f"id {explorer.kept_ids[4]}")
    page.get_by_role("listbox").press("End")
    assert get(page, "selected") == explorer.kept_ids[19]
    page.get_by_role("listbox").press("Escape")
    assert get(page, "selected") == -1
    curve = page.get_by_role("slider", name="Inspect a token by its rank")
    curve.press("End")
    assert get(page, "selected") == explorer.kept_ids[-1]
    curve.press("ArrowLeft")
    assert get(page, "selected") == explorer.kept_ids[-2]
    next_frame(page)
    assert "rank 49,151 of 49,152" in curve.get_attribute("aria-valuetext")
    curve.click(position={"x": 48, "y": 40})
    assert get(page, "selected") == explorer.kept_ids[0]
    page.get_by_label("logarithmic bars").check()


def test_typical_shows_kept_tokens_though_the_likeliest_are_gone(explorer, open_page):
    explorer.temperature, explorer.typical_p = 2.0, 0.2
    page = open_page(explorer)
    next_frame(page)
    assert page.locator(".llmc-bar-removed:visible").count() >= 5
    assert_shows(page, explorer)


def test_a_slider_answers_in_the_next_frame(explorer, open_page):
    page = open_page(explorer)
    waited = page.evaluate(
        """async () => {
          const slider = document.querySelector('input[aria-label="Top-p"]');
          const frame = () => new Promise(requestAnimationFrame);
          await frame();
          slider.value = 0.5;
          slider.dispatchEvent(new Event('input'));
          await frame();
          return document.querySelector('.llmc-figure-value').textContent; }"""
    )
    explorer.top_p = 0.5
    assert waited == f"{len(explorer.kept_ids):,} of 49,152"


def test_without_a_kernel_appending_says_so(open_page, tokenizer, model):
    page = open_page(SamplingExplorer(model=model, tokenizer=tokenizer, text="The cat"))
    assert page.get_by_text("Appending needs a running kernel.").is_visible()
    assert page.get_by_role("button", name="Draw one and append").is_disabled()
    assert page.get_by_label("Prompt").is_disabled()
    shown_tokens(page).first.dblclick()
    assert get(page, "appended") == []


def test_hostile_names_stay_text(open_page):
    page = open_page(SamplingExplorer(torch.tensor([3.0, 2.0, 1.0, 0.0]), HOSTILE, ids=[0, 1, 2, 3]))
    assert page.title() == "SamplingExplorer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(shown_tokens(page).first).to_contain_text("</script")


@pytest.mark.parametrize("dark", [False, True])
def test_a_narrow_page(dark, explorer, open_page):
    page = open_page(explorer, width=360, dark=dark)
    assert ("llmc-dark" in page.locator(".llmc").get_attribute("class")) == dark
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_the_model_goes_on(lab):
    notebook = lab(
        [
            "from llmcourse import SamplingExplorer, load_model\nmodel, tokenizer = load_model()",
            "explorer = SamplingExplorer(model=model, tokenizer=tokenizer, text='The capital of France is')\nexplorer",
            "explorer",
        ]
    )
    page = notebook.page
    widget, second = page.locator(".llmc-sampling").first, page.locator(".llmc-sampling").nth(1)
    widget.get_by_label("Temperature, exact value").fill("1.5")
    widget.get_by_label("Top-p, exact value").fill("0.9")
    notebook.wait_kernel("(explorer.temperature, explorer.top_p)", (1.5, 0.9))
    kept = notebook.kernel("len(explorer.kept_ids)")
    expect(figure(widget, "Kept tokens")).to_have_text(f"{kept:,} of 49,152")
    expect(figure(second, "Kept tokens")).to_have_text(f"{kept:,} of 49,152")

    widget.get_by_role("button", name="Draw 100").click()
    notebook.wait_kernel("sum(explorer.drawn.values())", 100)
    likeliest = notebook.kernel("explorer.kept_ids[0]")
    times = notebook.kernel(f"explorer.drawn[{likeliest}]")
    expect(widget.locator(".llmc-bar-row[role=option]").first).to_have_attribute(
        "aria-label", re.compile(f"drawn {times} of 100")
    )

    widget.locator(".llmc-bar-row[role=option]").first.click()
    widget.get_by_role("listbox").press("Enter")
    notebook.wait_kernel("explorer.text", "The capital of France is Paris")
    widget.locator(".llmc-chip-new").get_by_text("Paris").wait_for()
    widget.get_by_role("button", name="Draw one and append").click()
    notebook.wait_kernel("len(explorer.appended), explorer.step", (2, 2))
    widget.get_by_role("button", name="Undo").click()
    notebook.wait_kernel("explorer.text", "The capital of France is Paris")
    widget.get_by_role("button", name="Back to the prompt").click()
    notebook.wait_kernel("explorer.step, explorer.text", (0, "The capital of France is"))

    widget.get_by_label("Prompt").fill("")
    widget.get_by_role("alert").get_by_text("text is empty").wait_for()
    widget.get_by_label("Prompt").fill("Once upon a")
    notebook.wait_kernel("explorer.text", "Once upon a")
    widget.locator(".llmc-bar-row[role=option]").get_by_text("·time").first.wait_for()
    notebook.execute("explorer.min_p = 0.25; explorer.text = 'Two plus two is'")
    widget.locator(".llmc-chip").get_by_text("Two", exact=True).wait_for()
    assert widget.get_by_label("Min-p, exact value").input_value() == "0.25"
    notebook.theme(dark=True)
    page.locator(".llmc-sampling.llmc-dark").first.wait_for()


def test_a_removed_view_leaves_no_listener(explorer, page):
    page.goto("about:blank")
    script = front_end.script("sampling_explorer").replace("export default", "globalThis.widget =", 1)
    page.add_script_tag(content=script, type="module")
    page.wait_for_function("globalThis.widget !== undefined")
    state = {name: value for name, value in explorer.exported_state().items() if not isinstance(value, bytes)}
    left = page.evaluate(
        """async (state) => {
          const kept = [];
          const model = {
            get: (name) => state[name] ?? null, set(name, value) { state[name] = value; }, save_changes() {}, send() {},
            on(event, use) { kept.push([event, use]); },
            off(event, use) { kept.splice(kept.findIndex(([one, its]) => one === event && its === use), 1); },
          };
          const end = widget.render({ model, el: document.body });
          const before = kept.length;
          end();
          return [before, kept.map(([event]) => event)]; }""",
        state,
    )
    assert left[0] > 20
    assert left[1] == []
