"""What the platform promises for every widget, seen in Chromium: accessible, narrow, proof against hostile text."""

import random

import pytest
from axe_playwright_python.sync_playwright import Axe
from llmcourse import front_end
from playwright.sync_api import expect
from widget_examples import STEMS, example

# The success criteria of WCAG 2.2 A and AA; axe's best practices are about whole sites.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Values of every kind a trait can hold, none of them what the widget expects.
STRANGE = {
    "number": [-1, 0, 1, 7, 10**9, -(10**9)],
    "string": ["", "nonsense", "</script><img src=x onerror=\"document.title='x'\">", "a" * 5000],
    "boolean": [True, False],
    "array": [[]],
    "object": [{}],
}


@pytest.fixture(params=STEMS)
def stem(request):
    return request.param


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_barrier_that_axe_knows(stem, dark, open_page):
    page = open_page(example(stem), dark=dark)
    page.evaluate(SETTLED)
    found = Axe().run(page, options=RULES)
    assert len(found.response["passes"]) > 5, "axe looked at nothing"
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_a_phone_needs_no_scrolling_sideways(stem, hostile, open_page):
    page = open_page(example(stem, hostile), width=360)
    page.evaluate(SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator(".llmc img, .llmc script, .llmc iframe")).to_have_count(0)
    assert page.title() != "x"


def test_every_control_is_reached_by_the_tab_key_and_shows_it(stem, open_page):
    page = open_page(example(stem))
    page.evaluate(SETTLED)
    wanted = page.evaluate(
        """() => Array.from(document.querySelectorAll(
            ['button', 'input', 'select', 'textarea', 'summary', '[tabindex="0"]'].map((one) => `.llmc ${one}`).join()))
          .filter((node) => !node.disabled && node.tabIndex >= 0 && node.type !== 'radio'
            && node.checkVisibility({ visibilityProperty: true })).length"""
    )
    seen = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {
              const node = document.activeElement, style = getComputedStyle(node);
              if (node === document.body) return null;
              const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
              return [Array.from(document.querySelectorAll('*')).indexOf(node), outlined, node.outerHTML.slice(0, 120)];
            }"""
        )
        if place is not None:
            assert place[1], f"no visible focus: {place[2]}"
            seen.add(place[0])
    assert len(seen) >= wanted


def test_strange_state_throws_nothing_and_the_view_comes_back(stem, open_page):
    page = open_page(example(stem))
    page.evaluate(SETTLED)
    names = page.evaluate(
        """() => Object.entries(widgetState())
          .filter(([name, value]) => !(value instanceof DataView) && !name.startsWith('_'))
          .map(([name, value]) => [name, Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value])"""
    )
    chance = random.Random(stem)
    for name, kind in names:
        for value in chance.sample(STRANGE.get(kind, []), k=min(3, len(STRANGE.get(kind, [])))):
            page.evaluate(
                f"""async ([name, value]) => {{
                  const before = widgetModel.get(name), settled = {SETTLED};
                  widgetModel.set(name, value); await settled();
                  widgetModel.set(name, before); await settled(); }}""",
                [name, value],
            )
            assert page.errors == [], f"{name} = {value!r}"
    expect(page.locator(".llmc-notice")).to_have_count(0)
    assert page.title() != "x"


def test_two_views_share_no_id_and_leave_no_listener(stem, page):
    page.goto("about:blank")
    script = front_end.script(stem).replace("export default", "globalThis.widget =", 1)
    page.add_script_tag(content=script, type="module")
    page.wait_for_function("globalThis.widget !== undefined")
    state = {name: value for name, value in example(stem).exported_state().items() if not isinstance(value, bytes)}
    left = page.evaluate(
        """async (state) => {
          const kept = [];
          const model = {
            get: (name) => state[name] ?? null, set(name, value) { state[name] = value; }, save_changes() {}, send() {},
            on(event, use) { kept.push([event, use]); },
            off(event, use) {
              const at = kept.findIndex(([one, its]) => one === event && its === use);
              if (at >= 0) kept.splice(at, 1);
            },
          };
          const places = [0, 1].map(() => document.body.appendChild(document.createElement('div')));
          const ends = places.map((el) => widget.render({ model, el }));
          const ids = Array.from(document.querySelectorAll('[id]'), (node) => node.id), listening = kept.length;
          ends.forEach((end) => end());
          return { listening, left: kept.map(([event]) => event), ids: ids.length - new Set(ids).size }; }""",
        state,
    )
    assert left["listening"] > 2
    assert left["left"] == []
    assert left["ids"] == 0


def test_a_stopped_kernel_is_told_and_a_new_run_mends_it(lab):
    notebook = lab(
        ["from llmcourse import TokenView, load_model", "view = TokenView('The cat sat', load_model()[1])\nview"]
    )
    page, notice = notebook.page, notebook.page.locator(".llmc-notice")
    expect(notebook.widget.get_by_role("option")).to_have_count(3)
    expect(notice).to_have_count(0)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(notice).to_contain_text("run the cell again", timeout=15_000)
    notebook.widget.get_by_role("option").nth(1).click()
    expect(notebook.widget.get_by_role("option", selected=True)).to_have_count(1)
    notebook.run_again()
    expect(notice).to_have_count(0)
    expect(notebook.widget.get_by_role("option")).to_have_count(3)


def test_a_notebook_that_is_opened_again_shows_its_running_widgets(lab):
    notebook = lab(
        ["from llmcourse import TokenView, load_model", "view = TokenView('The cat sat', load_model()[1])\nview"]
    )
    notebook.widget.get_by_role("option").nth(1).click()
    notebook.wait_kernel("view.selected", 1)
    notebook.command("docmanager:save")
    notebook.reopen()
    expect(notebook.widget.get_by_role("option", selected=True)).to_have_count(1)
    notebook.widget.get_by_role("option").nth(2).click()
    notebook.wait_kernel("view.selected", 2)


def test_a_saved_view_without_its_kernel_can_be_looked_at_and_says_so(lab):
    notebook = lab(
        ["from llmcourse import TokenView, load_model", "view = TokenView('The cat sat', load_model()[1])\nview"]
    )
    expect(notebook.widget.get_by_role("option")).to_have_count(3)
    notebook.command("docmanager:save")
    notebook.page.goto("about:blank")
    notebook.end_kernel()
    notebook.reopen()
    expect(notebook.widget.get_by_role("option")).to_have_count(3)
    expect(notebook.page.locator(".llmc-notice")).to_have_count(0)
    notebook.widget.get_by_role("option").nth(1).click()
    expect(notebook.widget.get_by_role("option", selected=True)).to_have_count(1)
    expect(notebook.page.locator(".llmc-notice")).to_contain_text("run the cell again", timeout=15_000)
