"""progress() as a page and in JupyterLab: its links and its buttons; and the check's card."""

import nbformat
import pytest
from llmcourse import Progress, progress_file
from llmcourse.course_map import LESSONS
from playwright.sync_api import expect

SCORES = "lambda query, key, value: (query @ key.T).softmax(-1) @ value"


@pytest.fixture
def begun():
    progress_file.record_visit("0")
    progress_file.record_exercise("start.next_token", "passed")
    return Progress()


def button(place, name):
    return place.get_by_role("button", name=name)


def test_without_a_kernel_it_can_be_read_and_exported_and_says_what_needs_one(open_page, begun):
    page = open_page(begun)
    expect(page.get_by_text("Go on with lesson 0 · Start here")).to_be_visible()
    expect(page.get_by_role("listitem").first).to_contain_text("1 of 1 passed")
    for name in ("Import", "Refresh", "Reset"):
        expect(button(page, name)).to_be_disabled()
        expect(button(page, name)).to_have_attribute("title", "This needs a running notebook")
    expect(page.get_by_text("need a running notebook")).to_be_visible()
    expect(page.get_by_role("link")).to_have_count(0)
    with page.expect_download() as download:
        button(page, "Export").click()
    assert download.value.suggested_filename == "llmcourse-progress.json"
    assert download.value.path().read_text() == progress_file.export()
    expect(page.get_by_role("status")).to_have_text("The file is among your downloads.")


def test_a_reset_asks_first_and_can_be_called_off_by_keyboard(open_page, begun):
    page = open_page(begun)
    page.evaluate("widgetModel.set('live', true)")
    button(page, "Reset").press("Enter")
    expect(button(page, "No, keep it")).to_be_focused()
    expect(button(page, "Reset")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(button(page, "No, keep it")).to_have_count(0)
    expect(button(page, "Reset")).to_be_focused()


def test_in_jupyterlab_the_buttons_work_and_a_link_opens_the_lesson(lab, lab_server, tmp_path):
    lesson = LESSONS[0]
    path = lab_server.folder / lesson.path
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(), path)
    notebook = lab(
        [
            "from llmcourse import progress, progress_file\nprogress_file.set_aside('before-test')\n"
            "progress_file.record_visit('0')\nprogress_file.record_exercise('start.next_token', 'passed')\n"
            "view = progress()\nview",
            "hooks = [hook.__name__ for hook in get_ipython().events.callbacks['post_run_cell']]",
        ]
    )
    page, board = notebook.page, notebook.widget
    assert "_cell_was_run" in notebook.kernel("hooks")
    first = board.get_by_role("listitem").first
    expect(first).to_contain_text("1 of 1 passed")
    with page.expect_download() as download:
        button(board, "Export").click()
    saved = tmp_path / "saved.json"
    download.value.save_as(saved)
    assert progress_file.parsed(saved.read_text())["exercises"]["start.next_token"]["status"] == "passed"
    button(board, "Reset").click()
    button(board, "Yes, begin anew").click()
    expect(board.get_by_role("status")).to_contain_text("Your old progress is kept as ")
    expect(first).to_contain_text("not begun")
    notebook.wait_kernel("progress_file.read()['exercises']", {})
    with page.expect_file_chooser() as chooser:
        button(board, "Import").click()
    chooser.value.set_files(saved)
    expect(first).to_contain_text("1 of 1 passed")
    expect(board.get_by_role("status")).to_contain_text("The file was added")
    (tmp_path / "other.json").write_text("{}")
    with page.expect_file_chooser() as chooser:
        button(board, "Import").click()
    chooser.value.set_files(tmp_path / "other.json")
    expect(board.get_by_role("alert")).to_have_text("The file holds no progress of this course.")
    page.evaluate("() => { globalThis.stillHere = true; }")
    board.get_by_role("link", name=f"{lesson.number} {lesson.title}").first.click()
    page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.context?.path === '{lesson.path}'")
    assert page.evaluate("globalThis.stillHere"), "the page was not loaded anew"


def test_a_card_keeps_the_text_colour_of_the_theme(lab):
    notebook = lab([f"from llmcourse import check\ncheck('attention.scaled_dot_product', {SCORES})"])
    card = notebook.page.locator(".jp-OutputArea-output").last
    number = card.locator("td").last
    assert card.get_by_text("no scaling").is_visible()
    assert number.is_visible()
    for dark in (False, True):
        notebook.theme(dark)
        shades = number.evaluate("node => getComputedStyle(node).color.match(/\\d+/g).slice(0, 3).map(Number)")
        assert min(shades) > 200 if dark else max(shades) < 60, (dark, shades)
