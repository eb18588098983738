"""EmbeddingExplorer in a real page and in JupyterLab: chosen by mouse, touch and keyboard, exact against Python."""

import numpy as np
import pytest
from llmcourse import EmbeddingExplorer
from playwright.sync_api import expect
from widget_examples import example

WORDS = ["king", "queen", "man", "woman", "Paris", "London", "Rome", "Berlin"]


def vectors(count=8, width=6, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


@pytest.fixture
def made():
    return EmbeddingExplorer(vectors(), WORDS, ["people"] * 4 + ["cities"] * 4, selected=0, k=5)


def state(page, name, value):
    page.wait_for_function(f"value => JSON.stringify(widgetModel.get('{name}')) === JSON.stringify(value)", arg=value)


def shown(page, neighbours):
    """The bar list shows exactly these neighbours, with Python's numbers."""
    rows = page.locator(".llmc-bar-list-row")
    expect(rows).to_have_count(len(neighbours))
    expect(page.locator(".llmc-bar-list-name")).to_have_text([one.label for one in neighbours])
    expect(page.locator(".llmc-bar-list-number")).to_have_text([f"{one.value:.4f}" for one in neighbours])


def find(page, name, text):
    page.get_by_role("combobox", name=name, exact=True).fill(text)
    page.keyboard.press("Enter")


def place_of(page, made, row):
    """Where a point lies in the page: the map shows all points, the same scale both ways, in the middle."""
    points = np.frombuffer(made.maps_data).reshape(-1, 2)
    box = page.locator(".llmc-map-marks").bounding_box()
    span = np.ptp(points, axis=0)
    scale = min((box["width"] - 68) / span[0], (box["height"] - 68) / span[1])
    x, y = (points[row] - (points.min(0) + span / 2)) * scale
    return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 - y


def test_the_page_shows_the_neighbours_that_python_finds(open_page, made):
    page = open_page(made)
    shown(page, made.neighbours())
    for metric in ("euclidean", "dot"):
        page.get_by_role("combobox", name="by").select_option(metric)
        made.metric = metric
        shown(page, made.neighbours())
    page.get_by_role("spinbutton", name="k, exact value").fill("2")
    made.k = 2
    shown(page, made.neighbours())


def test_a_click_on_a_point_selects_it_and_hovering_names_it(open_page, made):
    page = open_page(made)
    shown(page, made.neighbours())
    x, y = place_of(page, made, 6)
    page.mouse.move(x, y)
    expect(page.locator(".llmc-map-hover")).to_contain_text("“Rome”, cities")
    page.mouse.click(x, y)
    state(page, "selected", 6)
    made.selected = 6
    shown(page, made.neighbours())
    expect(page.locator("[aria-live]")).to_contain_text("Nearest to “Rome”")


def test_the_story_counts_the_neighbours_that_the_map_shows_as_near(open_page, made):
    page = open_page(made)
    same, of = made.overlap
    expect(page.locator(".llmc-map-story")).to_contain_text(f"Of these {of}, {same} ")
    expect(page.get_by_text("far on map")).to_have_count(of - same)


def test_the_keyboard_goes_from_point_to_point(open_page, made):
    page = open_page(made)
    shown(page, made.neighbours())
    page.locator(".llmc-map-marks").focus()
    page.keyboard.press("Escape")
    state(page, "selected", -1)
    expect(page.locator(".llmc-bar-list-row")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("widgetModel.get('selected') >= 0")
    for key in ("ArrowLeft", "ArrowDown", "ArrowUp", "ArrowRight"):
        before = page.evaluate("widgetModel.get('selected')")
        page.keyboard.press(key)
        after = page.evaluate("widgetModel.get('selected')")
        points = np.frombuffer(made.maps_data).reshape(-1, 2)
        moved = points[after] - points[before]
        axis, way = {"ArrowLeft": (0, -1), "ArrowRight": (0, 1), "ArrowUp": (1, 1), "ArrowDown": (1, -1)}[key]
        assert after == before or moved[axis] * way > 0


def test_a_point_is_found_by_its_label(open_page, made):
    page = open_page(made)
    box = page.get_by_role("combobox", name="Find a point")
    expect(box).to_have_value("king")
    box.fill("o")
    expect(page.get_by_role("listbox", name="Find a point: matches").get_by_role("option")).to_contain_text(
        ["woman", "London", "Rome"]
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    state(page, "selected", 5)
    expect(box).to_have_value("London")
    box.fill("nothing like it")
    expect(page.get_by_text("no such label")).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_value("London")
    state(page, "selected", 5)


def test_an_analogy_by_typing_and_by_clicking_is_pythons(open_page, made):
    page = open_page(made)
    page.get_by_role("button", name="Analogy").click()
    state(page, "terms", [0, -1, -1])
    find(page, "b", "man")
    find(page, "c", "woman")
    state(page, "terms", [0, 2, 3])
    shown(page, made.analogy("king", "man", "woman"))
    page.get_by_role("combobox", name="b", exact=True).focus()
    page.mouse.click(*place_of(page, made, 6))
    state(page, "terms", [0, 6, 3])
    shown(page, made.analogy("king", "Rome", "woman"))


def test_the_query_is_dragged_and_the_distances_follow(open_page, made):
    page = open_page(made)
    page.get_by_role("combobox", name="by").select_option("euclidean")
    page.get_by_role("button", name="Query").click()
    made.metric, made.mode = "euclidean", "query"
    shown(page, made.neighbours())
    x, y = place_of(page, made, 5)
    page.mouse.click(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 10, steps=4)
    page.mouse.up()
    page.wait_for_function("widgetModel.get('query_at')[0] !== 0")
    made.query_at = page.evaluate("widgetModel.get('query_at')")
    assert made.query_at != [0.0, 0.0]
    shown(page, made.neighbours())
    page.locator(".llmc-map-marks").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => widgetModel.get('query_at')[0] < before", arg=made.query_at[0])
    made.query_at = page.evaluate("widgetModel.get('query_at')")
    shown(page, made.neighbours())


def test_a_neighbour_is_pointed_at_and_enter_goes_there(open_page, made):
    page = open_page(made)
    shown(page, made.neighbours())
    first, second = made.neighbours()[:2]
    page.get_by_role("listbox", name="Nearest neighbours").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".llmc-bar-list-row[aria-selected='true']")).to_contain_text(second.label)
    state(page, "selected", 0)
    page.keyboard.press("Enter")
    state(page, "selected", second.index)


def test_zooming_and_moving_the_map_keeps_clicks_true(open_page, made):
    page = open_page(made)
    shown(page, made.neighbours())
    page.get_by_role("button", name="Enlarge").click()
    page.get_by_role("button", name="Show all").click()
    marks = page.locator(".llmc-map-marks")
    box = marks.bounding_box()
    x, y = place_of(page, made, 4)
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 48, box["y"] + 28, steps=5)
    page.mouse.up()
    state(page, "selected", 0)  # a drag is no click
    page.mouse.click(x + 40, y + 20)
    state(page, "selected", 4)


def test_half_precision_vectors_give_pythons_numbers(open_page, made, monkeypatch):
    monkeypatch.setattr("llmcourse.embedding_input.MOST_FLOAT32", 10)
    explorer = EmbeddingExplorer(vectors(), WORDS, selected=2, k=4)
    assert explorer.number_format == "float16"
    page = open_page(explorer)
    shown(page, explorer.neighbours())
    expect(page.locator(".llmc-map-story")).to_contain_text("float16")


def test_ten_thousand_points_of_many_dimensions_are_drawn_and_answered(open_page):
    explorer = EmbeddingExplorer(vectors(10_000, 64), range(10_000), selected=1234)
    page = open_page(explorer)
    shown(page, explorer.neighbours())
    explorer.selected = 777
    page.evaluate("widgetModel.set('selected', 777)")
    shown(page, explorer.neighbours())
    inked = """() => { const c = document.querySelector('.llmc-map-points');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((byte) => byte > 0); }"""
    page.wait_for_function(inked)


def test_a_touch_selects_and_the_page_stays_narrow(open_page, made):
    page = open_page(made, width=360, dark=True, has_touch=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    shown(page, made.neighbours())
    page.touchscreen.tap(*place_of(page, made, 7))
    state(page, "selected", 7)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_hostile_labels_stay_text(open_page):
    page = open_page(example("embedding_explorer", hostile=True))
    assert page.title() == "EmbeddingExplorer"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.locator(".llmc-bar-list-name").first).to_contain_text("</script>")


def test_without_a_kernel_the_text_of_a_query_says_so(open_page):
    page = open_page(example("embedding_explorer"))
    page.get_by_role("button", name="Query").click()
    box = page.get_by_label("Text of the query")
    expect(box).to_be_disabled()
    expect(box).to_have_attribute("title", "A text becomes a vector in the kernel: run the cell")
    expect(page.get_by_role("combobox", name="Map")).to_be_hidden()


def test_in_jupyterlab_the_kernel_follows(lab):
    notebook = lab(
        [
            "import sys, numpy as np\nfrom llmcourse import EmbeddingExplorer\nsys.modules['sklearn.manifold'] = None",
            "def embed(text):\n    return [len(text), 1.0]\n"
            "explorer = EmbeddingExplorer([[1, 1], [9, 1], [5, 5], [2, 7]], ['short', 'long', 'mid', 'high'], "
            "embed=embed, metric='euclidean')\nexplorer",
        ]
    )
    widget = notebook.widget
    widget.get_by_role("combobox", name="Find a point").fill("long")
    notebook.page.keyboard.press("Enter")
    notebook.wait_kernel("explorer.selected", 1)
    widget.get_by_role("button", name="Query").click()
    widget.get_by_label("Text of the query").fill("nine long")
    notebook.wait_kernel("explorer.neighbours()[0].label", "long")
    expect(widget.locator(".llmc-bar-list-name").first).to_have_text("long")
    expect(widget.locator(".llmc-bar-list-number").first).to_have_text("0.0000")
    widget.get_by_role("combobox", name="Map").select_option("t-sne")
    widget.get_by_role("alert").get_by_text("pip install scikit-learn").wait_for()
    expect(widget.get_by_role("combobox", name="Map")).to_have_value("pca")
    notebook.execute("explorer.analogy('short', 'mid', 'high')")
    expect(widget.get_by_role("combobox", name="a", exact=True)).to_have_value("short")
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
