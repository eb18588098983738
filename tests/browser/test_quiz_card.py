"""Quiz in a real page and in JupyterLab: answered by mouse and by keyboard, read aloud, narrow, dark, hostile."""

import pytest
from llmcourse import quiz, quizzes
from llmcourse.quiz_card import Quiz
from playwright.sync_api import expect

HOSTILE = "</script><script>document.title='x'</script><img src=x onerror=\"document.title='x'\"> " + "a" * 200
TITLE, QUESTIONS = quizzes.load("start")
ORDER = next(i for i, question in enumerate(QUESTIONS) if question["kind"] == "order")
NUMERIC = next(i for i, question in enumerate(QUESTIONS) if question["kind"] == "numeric")
MULTIPLE = next(i for i, question in enumerate(QUESTIONS) if question["kind"] == "multiple")


@pytest.fixture
def opened(open_page):
    return open_page(quiz("start"))


def question(page, number):
    return page.get_by_role("group").nth(number)


def right_places(number):
    return [i for i, option in enumerate(QUESTIONS[number]["option"]) if option["right"]]


def test_a_wrong_and_then_a_right_choice(opened):
    first, options = question(opened, 0), QUESTIONS[0]["option"]
    wrong = 1 - right_places(0)[0] if right_places(0)[0] < 2 else 0
    first.get_by_role("button", name="Check").click()
    expect(first.get_by_role("status")).to_have_text("Choose an answer first.")
    assert not first.get_by_text(options[0]["reason"]).is_visible()
    first.get_by_role("radio").nth(wrong).check()
    first.get_by_role("button", name="Check").click()
    expect(first.get_by_role("status")).to_have_text("✗ Not yet")
    for option in options:
        assert first.get_by_text(option["reason"].split("`")[0]).is_visible()
    assert first.get_by_role("radio").nth(wrong).is_disabled()
    assert opened.get_by_text(f"0 of {len(QUESTIONS)} right").is_visible()
    first.get_by_role("button", name="Try again").click()
    assert not first.get_by_text(options[0]["reason"]).is_visible()
    expect(first.get_by_role("radio", checked=True)).to_have_count(0)
    first.get_by_role("radio").nth(right_places(0)[0]).check()
    first.get_by_role("button", name="Check").click()
    expect(first.get_by_role("status")).to_have_text("✓ Right")
    assert opened.get_by_text(f"1 of {len(QUESTIONS)} right").is_visible()


def test_multiple_needs_every_right_option(opened):
    group, places = question(opened, MULTIPLE), right_places(MULTIPLE)
    group.get_by_role("checkbox").nth(places[0]).check()
    group.get_by_role("button").click()
    expect(group.get_by_role("status")).to_have_text("✗ Not yet")
    group.get_by_role("button").click()
    for place in places:
        group.get_by_role("checkbox").nth(place).check()
    group.get_by_role("button").click()
    expect(group.get_by_role("status")).to_have_text("✓ Right")


def test_a_number_and_its_traps(opened):
    group, asked = question(opened, NUMERIC), QUESTIONS[NUMERIC]
    box = group.get_by_role("textbox")
    box.fill("0,88")
    box.press("Enter")
    expect(group.get_by_role("status")).to_contain_text("with a point")
    box.fill(str(asked["trap"][0]["value"]))
    box.press("Enter")
    assert group.get_by_text(asked["trap"][0]["reason"]).is_visible()
    assert not group.get_by_text(asked["reason"]).is_visible()
    group.get_by_text("Show the answer").click()
    assert group.get_by_text(asked["reason"]).is_visible()
    group.get_by_role("button").click()
    box.fill(str(asked["answer"]))
    box.press("Enter")
    expect(group.get_by_role("status")).to_have_text("✓ Right")


def texts(group):
    return group.locator(".llmc-quiz-item-text > :first-child")


def put_in_order(group, press=None):
    """Move each item up to its place, by its button or by keys."""
    items = sorted(QUESTIONS[ORDER]["item"], key=lambda item: item["place"])
    for place, item in enumerate(items):
        button = group.get_by_role("button", name=f"Move up: {item['text']}")
        while f"now {place + 1} of" not in button.get_attribute("aria-label"):
            before = button.get_attribute("aria-label")
            button.press("ArrowUp") if press else button.click()
            expect(button).not_to_have_attribute("aria-label", before)
    return items


@pytest.mark.parametrize("keys", [False, True], ids=["buttons", "keys"])
def test_items_are_put_in_order_and_keep_the_focus(opened, keys):
    group, item = question(opened, ORDER), QUESTIONS[ORDER]["item"][0]
    expect(texts(group)).to_have_text([item["text"] for item in QUESTIONS[ORDER]["item"]])
    group.get_by_role("button", name="Check").click()
    expect(group.get_by_role("status")).to_have_text("Move the items into order first.")
    down = group.get_by_role("button", name=f"Move down: {item['text']}")
    down.press("ArrowDown") if keys else down.click()
    expect(group.locator("[aria-live]")).to_have_text(f"{item['text']} is now 2 of 5.")
    expect(down).to_be_focused()
    down.press("End")
    expect(group.locator("[aria-live]")).to_have_text(f"{item['text']} is now 5 of 5.")
    expect(down).to_be_focused()
    expect(down).to_have_attribute("aria-disabled", "true")
    items = put_in_order(group, keys)
    group.get_by_role("button", name="Check").click()
    expect(group.get_by_role("status")).to_have_text("✓ Right")
    expect(texts(group)).to_have_text([f"✓ {item['text']}" for item in items])
    for item in items:
        expect(group.get_by_text(item["reason"])).to_be_visible()
    expect(group.get_by_role("button")).to_have_count(1)


def test_a_wrong_order_says_how_many_stand_right_and_begins_anew(opened):
    group = question(opened, ORDER)
    items = put_in_order(group)
    group.get_by_role("button", name=f"Move down: {items[0]['text']}").click()
    group.get_by_role("button", name="Check").click()
    expect(group.get_by_role("status")).to_have_text("✗ Not yet: 3 of 5 stand right")
    expect(texts(group).first).to_have_text(f"✗ Belongs in place 2: {items[1]['text']}")
    expect(group.get_by_text("1 try", exact=True)).to_be_visible()
    group.get_by_role("button", name="Try again").click()
    expect(texts(group)).to_have_text([item["text"] for item in QUESTIONS[ORDER]["item"]])
    put_in_order(group)
    group.get_by_role("button", name="Check").click()
    expect(group.get_by_role("status")).to_have_text("✓ Right")
    expect(opened.get_by_text(f"1 of {len(QUESTIONS)} right · 2 tries")).to_be_visible()
    name = QUESTIONS[ORDER]["id"]
    assert opened.evaluate("name => widgetModel.get('counts')[name]", name) == {"right": True, "tries": 2}


def test_an_item_is_dragged_by_its_handle(opened):
    group, shown = question(opened, ORDER), [item["text"] for item in QUESTIONS[ORDER]["item"]]
    group.scroll_into_view_if_needed()
    first, last = group.locator(".llmc-quiz-handle").first, group.locator(".llmc-quiz-item").last
    first.hover()
    opened.mouse.down()
    box = last.bounding_box()
    for share in (0.2, 0.6, 1):
        start = first.bounding_box()
        opened.mouse.move(box["x"] + 20, start["y"] + share * (box["y"] + box["height"] - 4 - start["y"]), steps=4)
    opened.mouse.up()
    expect(texts(group)).to_have_text([*shown[1:], shown[0]])
    opened.mouse.move(box["x"], 0)
    expect(texts(group)).to_have_text([*shown[1:], shown[0]])


def test_by_keyboard_alone(opened):
    opened.keyboard.press("Tab")
    opened.keyboard.press("Space")
    for _ in range(right_places(0)[0]):
        opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    expect(question(opened, 0).get_by_role("status")).to_have_text("✓ Right")
    focused = opened.evaluate("document.activeElement.textContent")
    assert focused == "Try again", "the focus stays, so the next key can be Enter or Tab"


def test_groups_and_inputs_have_names(opened):
    for number, asked in enumerate(QUESTIONS):
        name = f"{number + 1}. {asked['text'].replace('`', '')}"
        expect(opened.get_by_role("group", name=name, exact=True)).to_have_count(1)
        for option in asked.get("option", []):
            role = "radio" if asked["kind"] == "single" else "checkbox"
            expect(question(opened, number).get_by_role(role, name=option["text"])).to_have_count(1)
    expect(opened.get_by_role("region", name=f"Quiz: {TITLE}")).to_have_count(1)


def test_hostile_text_stays_text(open_page):
    options = [{"text": f"{HOSTILE}{i}", "right": i == 0, "reason": HOSTILE} for i in range(3)]
    asked = [{"id": "h", "kind": "single", "text": HOSTILE, "option": options}]
    page = open_page(Quiz("start", HOSTILE, asked), width=360)
    page.get_by_role("radio").first.check()
    page.get_by_role("button").click()
    assert page.title() == "Quiz"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_in_both_themes_and_fits_a_phone(open_page, dark):
    page = open_page(quiz("start"), width=360, dark=dark)
    page.get_by_role("radio").first.check()
    page.get_by_role("button").first.click()
    for role in ("Move up", "Check"):
        question(page, ORDER).get_by_role("button", name=role).last.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5


# The lowest contrast of any text in the widget against the nearest background behind it (WCAG 2.1).
LOWEST_CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const ratios = [...document.querySelectorAll(".llmc *")]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .map((node) => [luminance(parse(getComputedStyle(node).color)), luminance(behind(node))].sort((a, b) => b - a))
    .map(([light, dark]) => (light + 0.05) / (dark + 0.05));
  return Math.min(...ratios);
}"""


def test_in_jupyterlab_answers_are_noted_and_arrow_keys_stay_in_the_quiz(lab):
    notebook = lab(["from llmcourse import progress_file, quiz\nview = quiz('start')\nview", "1 + 1"])
    first = question(notebook.widget, 0)
    first.get_by_role("radio").first.focus()
    notebook.page.keyboard.press("Space")
    for _ in range(right_places(0)[0]):
        notebook.page.keyboard.press("ArrowDown")
    assert first.get_by_role("radio").nth(right_places(0)[0]).is_checked()
    first.get_by_role("button", name="Check").click()
    name = QUESTIONS[0]["id"]
    notebook.wait_kernel("view.answers", {name: right_places(0)})
    notebook.wait_kernel("view.score", 1)
    assert notebook.kernel(f"progress_file.read()['quizzes']['start'][{name!r}]") == {"right": True, "tries": 1}
    expect(first.get_by_text("1 try", exact=True)).to_be_visible()
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
    assert notebook.page.evaluate(LOWEST_CONTRAST) >= 4.5
