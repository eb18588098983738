"""LossLandscape in a real page and in JupyterLab: turned, read and descended by mouse, touch and keyboard."""

import numpy as np
import pytest
from llmcourse import LossLandscape
from playwright.sync_api import expect
from widget_examples import example

AXIS = np.linspace(-2, 2, 21)


@pytest.fixture
def made():
    return LossLandscape.of_function(lambda x, y: x * x + 3 * y * y + 0.5, AXIS, AXIS, start=[-1.5, 1.0], steps=20)


def state(page, name, value):
    page.wait_for_function(f"value => JSON.stringify(widgetModel.get('{name}')) === JSON.stringify(value)", arg=value)


def contour_place(page, x, y):
    """Where a point of the surface lies in the contour view."""
    box = page.locator(".llmc-loss-contour").bounding_box()
    left, right, top, bottom = box["x"] + 52, box["x"] + box["width"] - 12, box["y"] + 22, box["y"] + box["height"] - 36
    return left + (x + 2) / 4 * (right - left), bottom - (y + 2) / 4 * (bottom - top)


def told(page, made):
    """The page tells the descent that Python computes."""
    points = made.descent
    end = points[-1]
    expect(page.locator(".llmc-loss-story")).to_contain_text(
        f"Gradient descent: {len(points) - 1} steps to {made.names[2]} {number(end.loss)} "
        f"at ({number(end.x)}, {number(end.y)})"
    )


def number(value):
    """Six digits, as the page writes them."""
    if value != 0 and abs(value) < 1e-4:
        mantissa, exponent = f"{value:.5e}".split("e")
        return f"{mantissa}e{int(exponent):+d}"
    return f"{float(f'{value:.6g}'):.15g}"


def test_the_page_descends_as_python_does(open_page, made):
    page = open_page(made)
    told(page, made)
    for label, trait, value in [
        ("learning rate", "learning_rate", 0.02),
        ("momentum", "momentum", 0.9),
        ("steps", "steps", 7),
        ("start x", "start", 1.25),
    ]:
        page.get_by_role("spinbutton", name=f"{label}, exact value").fill(str(value))
        setattr(made, trait, [value, made.start[1]] if trait == "start" else value)
        told(page, made)
    page.get_by_role("spinbutton", name="learning rate, exact value").fill("2")
    expect(page.locator(".llmc-loss-story")).to_contain_text("leaves the surface")
    page.get_by_role("checkbox", name="gradient descent").uncheck()
    expect(page.get_by_role("slider", name="momentum")).to_be_hidden()
    expect(page.locator(".llmc-loss-story")).not_to_contain_text("Gradient")


def test_the_start_is_dragged(open_page, made):
    page = open_page(made)
    told(page, made)
    page.mouse.move(*contour_place(page, 1, 1))
    page.mouse.down()
    page.mouse.move(*contour_place(page, 1.5, -1.5), steps=4)
    page.mouse.up()
    page.wait_for_function("Math.hypot(widgetModel.get('start')[0] - 1.5, widgetModel.get('start')[1] + 1.5) < 0.02")
    made.start = page.evaluate("widgetModel.get('start')")
    told(page, made)


def test_the_contours_are_read_by_mouse_and_keyboard(open_page, made):
    page = open_page(made)
    told(page, made)
    page.locator(".llmc-loss-contour").hover()  # waits until nothing moves: below, the mouse goes where it was told
    page.mouse.move(*contour_place(page, 1, -1))
    expect(page.locator(".llmc-loss-readout")).to_have_text("x 1, y -1: f(x, y) 4.5")
    contour = page.locator(".llmc-loss-contour")
    contour.focus()
    page.keyboard.press("Home")
    state(page, "selected", 10 * 21 + 10)
    expect(page.locator(".llmc-loss-story")).to_contain_text("Chosen: x 0, y 0: f(x, y) 0.5.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    state(page, "selected", 11 * 21 + 11)
    expect(page.locator(".llmc-loss-story")).to_contain_text("Chosen: x 0.2, y 0.2: f(x, y) 0.66.")
    page.keyboard.press("Shift+ArrowRight")
    state(page, "selected", 11 * 21 + 20)
    page.keyboard.press("Enter")
    state(page, "start", [made.xs[20], made.ys[11]])
    page.keyboard.press("Escape")
    state(page, "selected", -1)


def test_an_arrow_and_enter_in_one_frame_both_count(open_page, made):
    page = open_page(made)
    told(page, made)
    page.locator(".llmc-loss-contour").evaluate(
        """node => ["Home", "ArrowRight", "Enter"].forEach(
            (key) => node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))"""
    )
    state(page, "start", [made.xs[11], made.ys[10]])


def test_the_mesh_turns_by_drag_keys_and_reset(open_page, made):
    page = open_page(made)
    told(page, made)
    mesh = page.locator(".llmc-loss-mesh")
    box = mesh.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 180)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 200, steps=6)
    page.mouse.up()
    state(page, "yaw", 65)
    state(page, "pitch", 45)
    state(page, "selected", -1)  # a drag is no click
    mesh.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    state(page, "yaw", 70)
    state(page, "pitch", 50)
    page.keyboard.press("+")
    page.wait_for_function("Math.abs(widgetModel.get('zoom') - 1.2) < 1e-9")
    page.get_by_role("button", name="Reset view").click()
    for name, value in {"yaw": 35, "pitch": 35, "zoom": 1}.items():
        state(page, name, value)


def test_the_mesh_is_read_where_it_is_seen(open_page, made):
    made.pitch, made.yaw = 90.0, 0.0  # from straight above, where places are easy to tell
    page = open_page(made)
    told(page, made)
    box = page.locator(".llmc-loss-mesh").bounding_box()
    scale = min(box["width"] / 3.2, box["height"] / (2 * 2**0.5 + 0.35))
    x, y = box["x"] + box["width"] / 2 + scale * 0.5, box["y"] + box["height"] / 2 - scale * 0.3
    page.mouse.move(x, y)
    expect(page.locator(".llmc-loss-readout")).to_have_text("x 1, y 0.6: f(x, y) 2.58")
    page.mouse.click(x, y)
    state(page, "selected", 13 * 21 + 15)
    made.selected = 13 * 21 + 15
    assert made.selected_point == pytest.approx((1, 0.6, 2.58))


def test_turning_paints_another_picture_of_the_same_surface(open_page, made):
    page = open_page(made)
    told(page, made)
    look = """() => { const c = document.querySelector('.llmc-loss-mesh'), { width, height } = c;
        return Array.from(c.getContext('2d').getImageData(0, 0, width, height).data)
          .reduce((sum, byte, at) => (sum * 31 + byte * (at % 7)) % 1000003, 0); }"""
    before = page.evaluate(look)
    page.evaluate("widgetModel.set('yaw', 120)")
    page.wait_for_function(f"before => ({look})() !== before", arg=before)
    page.evaluate("widgetModel.set('yaw', 35)")
    page.wait_for_function(f"before => ({look})() === before", arg=before)


def test_the_logarithm_and_holes_are_told(open_page):
    page = open_page(example("loss_landscape"))
    story = page.locator(".llmc-loss-story")
    expect(story).to_contain_text(f"{example('loss_landscape').holes} of 1,089 points are not finite")
    page.get_by_role("checkbox", name="logarithmic").check()
    expect(story).to_contain_text("Height and colour are logarithmic")
    page.locator(".llmc-loss-contour").focus()
    page.evaluate("widgetModel.set('selected', 33 * 33 - 1)")
    expect(story).to_contain_text("a hole, loss is not finite")


def test_a_fine_grid_is_drawn_from_fewer_lines_and_read_exactly(open_page):
    axis = np.linspace(-2, 2, 401)
    made = LossLandscape(np.add.outer(axis**2, axis), axis, axis, selected=7 * 401 + 3)
    page = open_page(made)
    expect(page.locator(".llmc-loss-story")).to_contain_text(f"loss {number(made.selected_point[2])}")
    box = page.locator(".llmc-loss-mesh").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".llmc-loss-readout")).to_contain_text("loss")


def test_narrow_dark_and_touched(open_page, made):
    page = open_page(made, width=360, dark=True, has_touch=True)
    assert "llmc-dark" in page.locator(".llmc").get_attribute("class")
    told(page, made)
    page.locator(".llmc-loss-contour").scroll_into_view_if_needed()
    page.touchscreen.tap(*contour_place(page, -1, -1))
    state(page, "selected", 5 * 21 + 5)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_hostile_names_stay_text(open_page):
    page = open_page(example("loss_landscape", hostile=True))
    assert page.title() == "LossLandscape"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.locator(".llmc-loss-legend")).to_contain_text("</script>")


def test_in_jupyterlab_the_kernel_follows(lab):
    notebook = lab(
        [
            "from llmcourse import LossLandscape\naxis = [-2, -1, 0, 1, 2]",
            "bowl = LossLandscape.of_function(lambda x, y: x * x + y * y, axis, axis, steps=3)\nbowl",
        ]
    )
    widget = notebook.widget
    widget.locator(".llmc-loss-contour").focus()
    notebook.page.keyboard.press("Home")
    notebook.wait_kernel("bowl.selected", 12)
    widget.get_by_role("spinbutton", name="momentum, exact value").fill("0.5")
    notebook.wait_kernel("bowl.momentum", 0.5)
    widget.locator(".llmc-loss-mesh").focus()
    notebook.page.keyboard.press("ArrowLeft")
    notebook.wait_kernel("bowl.yaw", 40)
    notebook.execute("bowl.steps = 9")
    expect(widget.get_by_role("spinbutton", name="steps, exact value")).to_have_value("9")
    notebook.theme(dark=True)
    notebook.page.locator(".llmc.llmc-dark").wait_for()
