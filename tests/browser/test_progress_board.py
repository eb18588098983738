"""progress() and the check's card in JupyterLab: links open the lesson, cards read well in both themes."""

import nbformat
from llmcourse.course_map import LESSONS

SCORES = "lambda query, key, value: (query @ key.T).softmax(-1) @ value"


def test_a_link_opens_the_lesson_in_jupyterlab(lab, lab_server):
    lesson = LESSONS[0]
    path = lab_server.folder / lesson.path
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(), path)
    page = lab(["from llmcourse import progress\nprogress()"]).page
    page.get_by_role("link", name=f"{lesson.number} {lesson.title}").click()
    page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.context?.path === '{lesson.path}'")


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
