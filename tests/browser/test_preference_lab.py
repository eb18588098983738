"""PreferenceLab in a real page and in JupyterLab: votes by button and key, ratings, Elo in the page as in Python."""

import re

import pytest
from llmcourse.preference_lab import PreferenceLab
from llmcourse.scratch.ratings import elo
from playwright.sync_api import expect
from widget_examples.preference_lab import example

NAMES = ["greedy", "top-p", "hot"]
BATTLES = [(NAMES[0], NAMES[1], 1), (NAMES[1], NAMES[2], 1), (NAMES[2], NAMES[0], 0.5), (NAMES[2], NAMES[1], 1)] * 6


@pytest.fixture
def lab_of_models(tmp_path):
    pairs = [{"prompt": f"Question {n}?", "a": f"yes {n}", "b": f"no {n}"} for n in range(3)]
    return PreferenceLab(pairs, path=tmp_path / "votes.jsonl", battles=BATTLES, seed=0)


def row(page, name):
    return page.get_by_role("region", name="Ratings").get_by_role("row").filter(has_text=name)


def test_the_ratings_are_pythons(lab_of_models, open_page):
    page = open_page(lab_of_models)
    for one in lab_of_models.ratings:
        cells = row(page, one["name"]).get_by_role("cell")
        expect(cells.nth(0)).to_have_text(f"{one['rating']:.0f}")
        expect(cells.nth(1)).to_have_text(f"{one['low']:.0f} to {one['high']:.0f}")
        expect(cells.nth(3)).to_have_text("12" if one["name"] == "greedy" else "18")


def test_k_changes_elo_without_a_kernel(lab_of_models, open_page):
    page = open_page(lab_of_models)
    for k in (4, 32, 128):
        page.get_by_label("K of Elo, exact value").fill(str(k))
        for name, rating in elo(BATTLES, k=k).items():
            expect(row(page, name).get_by_role("cell").nth(2)).to_have_text(f"{rating:.0f}")


def test_the_win_matrix_says_who_beat_whom(lab_of_models, open_page):
    page = open_page(lab_of_models)
    ranked = sorted(lab_of_models.ratings, key=lambda one: -one["rating"])
    page.get_by_role("slider", name="Score of the row").press("ArrowRight")
    page.get_by_role("slider", name="Score of the row").press("ArrowRight")
    first, second = (one["name"] for one in ranked[:2])
    expect(page.locator(".llmc-chart-readout")).to_have_text(re.compile(f"{first} scored .* against {second}"))


def test_a_saved_page_says_that_voting_needs_the_kernel(lab_of_models, open_page):
    page = open_page(lab_of_models)
    expect(page.locator(".llmc-pref-prompt")).to_have_text("Question 0?")
    for name in ("Left is better", "Tie", "Both bad", "Right is better", "Undo"):
        button = page.get_by_role("button", name=name)
        expect(button).to_be_disabled()
        assert "kernel" in button.get_attribute("title")
    page.locator(".llmc-pref-panel").press("ArrowLeft")
    expect(page.locator(".llmc-pref-prompt")).to_have_text("Question 0?")
    assert page.evaluate("JSON.stringify(widgetModel.get('request'))") == "{}"


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_and_hostile(dark, open_page):
    page = open_page(example(hostile=True), width=360, dark=dark)
    assert ("llmc-dark" in page.locator(".llmc").get_attribute("class")) == dark
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "PreferenceLab"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.locator(".llmc-pref-prompt")).to_contain_text("</script>")


def test_in_jupyterlab_votes_by_button_and_key(lab):
    notebook = lab(
        [
            "import os\nfrom llmcourse import PreferenceLab\n"
            "pairs = [{'prompt': f'Question {n}?', 'a': f'yes {n}', 'b': f'no {n}', 'model_a': 'x', 'model_b': 'y',"
            " 'label': 'a'} for n in range(4)]\n"
            "votes = PreferenceLab(pairs, generate={'loud': str.upper, 'quiet': str.lower}, path='votes.jsonl')\nvotes",
        ]
    )
    widget = notebook.widget
    prompt = widget.locator(".llmc-pref-prompt")
    expect(prompt).to_have_text("Question 0?")
    widget.get_by_role("button", name="Left is better").click()
    expect(prompt).to_have_text("Question 1?")
    expect(widget.locator(".llmc-pref-status")).to_contain_text("You voted “left”. Left was")
    widget.locator(".llmc-pref-panel").press("ArrowRight")
    expect(prompt).to_have_text("Question 2?")
    widget.locator(".llmc-pref-panel").press("ArrowUp")
    expect(prompt).to_have_text("Question 3?")
    notebook.wait_kernel("[vote['vote'] for vote in votes.votes]", ["left", "right", "tie"])
    expect(row(widget, "x")).to_have_count(1)
    widget.get_by_role("button", name="Undo").click()
    expect(prompt).to_have_text("Question 2?")
    notebook.wait_kernel("len(open('votes.jsonl').readlines())", 2)
    widget.get_by_label("Your prompt to the models").fill("Hello There")
    widget.get_by_role("button", name="Let two answers be written").click()
    expect(prompt).to_have_text("Hello There")
    expect(widget.locator(".llmc-pref-pair")).to_contain_text("HELLO THERE")
    widget.get_by_role("button", name="Both bad").click()
    notebook.wait_kernel("votes.counts['both bad']", 1)
    expect(row(widget, "loud")).to_have_count(1)
    widget.get_by_label("Your prompt to the models").fill(" ")
    widget.get_by_role("button", name="Let two answers be written").click()
    widget.get_by_role("alert").get_by_text("prompt is empty").wait_for()
