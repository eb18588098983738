"""bertviz's views draw without a network: from a file, in JupyterLab, in nbconvert's page; and nothing gets out."""

import dataclasses

import nbformat
import pytest
from llmcourse import bertviz_head_view, bertviz_model_view, bertviz_neuron_view, trace
from tiny_models import tiny_llama

TEXT = "The keys to the cabinet in the old house"
HOSTILE = "</script><script>document.title='pwned'</script>"


@pytest.fixture(scope="module")
def traced(tokenizer):
    plain = trace(tiny_llama(), tokenizer, TEXT)
    return dataclasses.replace(plain, tokens=[HOSTILE, *plain.tokens[1:]])


@pytest.fixture
def drawn(page, tmp_path):
    """drawn(view): the saved page of a view in Chromium, drawn."""

    def open_(view):
        page.goto(view.to_html(tmp_path / "view.html").as_uri())
        page.locator("svg line").first.wait_for(state="attached")
        assert page.get_by_role("alert").inner_text() == ""
        assert page.title() == "bertviz", "the hostile token stayed text"
        return page

    return open_


def opacities(page, selector):
    return [float(line.get_attribute("stroke-opacity")) for line in page.locator(selector).all()]


def test_head_view_draws_each_weight_and_switches_layers(drawn, traced):
    page, count = drawn(bertviz_head_view(traced, heads=[2])), len(traced)
    assert page.locator("#attention line").count() == 4 * count**2
    lines = f"#attention .headAttention[head-index='2'] .tokenAttention[left-token-index='{count - 1}'] line"
    assert opacities(page, lines) == pytest.approx(traced.attention[0, 2, -1].tolist(), abs=1e-4)
    page.get_by_role("combobox", name="Layer").select_option("1")
    assert opacities(page, lines) == pytest.approx(traced.attention[1, 2, -1].tolist(), abs=1e-4)
    assert page.locator("#left text").first.text_content() == "</script><s…"


def test_model_view_draws_every_head_and_enlarges_one(drawn, traced):
    page, count = drawn(bertviz_model_view(traced)), len(traced)
    assert page.locator("svg line").count() == 8 * count**2
    page.mouse.click(150, 100)
    assert page.locator(".detail", has_text="Layer 0, Head 0").count() == 1
    assert page.locator("svg line").count() == 9 * count**2


def test_neuron_view_opens_the_computation_of_the_chosen_head(drawn, traced):
    page = drawn(bertviz_neuron_view(traced, layer=1, head=3))
    assert page.get_by_role("combobox", name="Layer").locator("option").all_inner_texts() == ["1"]
    assert page.get_by_role("combobox", name="Head").locator("option:checked").inner_text() == "3"
    token = page.locator("#collapsed #leftText > g").nth(4)
    token.hover()
    token.locator("rect").last.click(force=True)
    page.locator("#expanded[visibility=visible]").wait_for(state="attached")
    first = page.locator("#queries .vector").nth(4).locator(".element").first
    assert float(first.get_attribute("data-value")) == pytest.approx(traced.queries[1, 3, 4, 0].item(), abs=1e-4)
    scores = [float(box.get_attribute("data-value")) for box in page.locator("#expanded .dotproduct").all()]
    expected = traced.queries[1, 3, 4] @ traced.keys[1, 1].mT * traced.scaling
    assert scores == pytest.approx(expected.tolist(), abs=1e-3)


def test_an_old_browser_is_told(page, traced, tmp_path):
    page.add_init_script("delete window.DecompressionStream")
    page.goto(bertviz_head_view(traced).to_html(tmp_path / "view.html").as_uri())
    page.get_by_role("alert").get_by_text("browser of 2023 or later").wait_for()


def test_in_jupyterlab_and_in_the_page_nbconvert_makes(lab, new_page, tmp_path):
    from nbconvert import HTMLExporter

    notebook = lab(
        [
            "import dataclasses, torch\nfrom llmcourse import Trace, bertviz_head_view\n"
            "attention = torch.full((2, 4, 5, 5), 0.2)\n"
            f"view = bertviz_head_view(Trace([{HOSTILE!r}] * 5, [1] * 5, attention, None, None))",
            "view",
        ]
    )
    page = notebook.page
    title = page.title()
    check_frame(page, title)
    notebook.command("docmanager:save")
    saved = nbformat.read(notebook.server.folder / notebook.path, 4)
    assert "<iframe" in saved.cells[1].outputs[0]["data"]["text/html"]

    body, _ = HTMLExporter(template_name="basic").from_notebook_node(saved)
    path = tmp_path / "lesson.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><title>lesson</title>{body}", encoding="utf-8")
    converted = new_page()
    converted.goto(path.as_uri())
    check_frame(converted, "lesson")


def check_frame(page, title):
    inside = page.frame_locator("iframe[title=bertviz]")
    inside.locator("#attention line").nth(99).wait_for(state="attached")
    frame = page.locator("iframe[title=bertviz]").element_handle().content_frame()
    assert (page.title(), frame.title()) == (title, "bertviz")
    assert frame.evaluate(
        "() => { try { return parent.document.title; } catch (problem) { return problem.name; } }"
    ) == ("SecurityError")
