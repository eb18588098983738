"""BatchTimeline in a real page: simulated anew for every setting, played and stepped by mouse and keys."""

import pytest
from llmcourse import BatchTimeline
from playwright.sync_api import expect

THREE = [(0, 10, 4), (0, 10, 20), (0, 10, 4)]


@pytest.fixture
def opened(open_page):
    return open_page(BatchTimeline())


def state(page, name, value):
    page.wait_for_function("([name, value]) => widgetModel.get(name) === value", arg=[name, value])


def measures_are(page, **settings):
    view = BatchTimeline(**settings)
    for name, text in (
        ("Throughput", "{throughput:.1f} tokens/s"),
        ("Time to first token, mean", "{first_token_mean:.2f} s"),
        ("Latency, mean", "{latency_mean:.2f} s"),
        ("All answered after", "{seconds:.2f} s"),
    ):
        row = page.get_by_role("row", name=name)
        expect(row.get_by_role("cell").nth(0)).to_have_text(text.format(**view.static))
        expect(row.get_by_role("cell").nth(1)).to_have_text(text.format(**view.continuous))


def test_every_setting_has_pythons_measures(opened):
    measures_are(opened)
    settings = {}
    for label, name, value in (
        ("Slots", "slots", 3),
        ("Requests", "count", 29),
        ("Arrivals a second", "rate", 7.3),
        ("Mean answer", "output", 77),
        ("Spread of answers", "spread", 1.2),
        ("Seed", "seed", 123456789),
    ):
        opened.get_by_label(f"{label}, exact value").fill(str(value))
        settings[name] = value
    measures_are(opened, **settings)


def test_the_keys_move_through_time_and_choose(open_page):
    page = open_page(BatchTimeline(THREE, slots=2, step_ms=100.0))
    static = page.get_by_role("slider", name="Static batching: time")
    expect(static).to_have_attribute("aria-valuemax", "24")
    static.focus()
    page.keyboard.press("Home")
    state(page, "time", 0)
    expect(static).to_have_attribute("aria-valuenow", "0")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    state(page, "time", 5)
    moments = page.locator(".llmc-batch-moment")
    expect(moments.nth(0)).to_have_text("1 slots at work, 1 held, 0 idle; 1 waiting, 0 answered, 9 tokens")
    expect(moments.nth(1)).to_have_text("2 slots at work, 0 held, 0 idle; 0 waiting, 1 answered, 10 tokens")
    page.keyboard.press("ArrowDown")
    state(page, "selected", 0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    state(page, "selected", 2)
    story = page.get_by_text("Request 3 arrives at 0.00 s")
    expect(story).to_contain_text("Static batching: begun at 2.00 s, first token at 2.10 s")
    expect(story).to_contain_text("Continuous batching: begun at 0.40 s")
    page.keyboard.press("Escape")
    state(page, "selected", -1)
    page.keyboard.press("End")
    state(page, "time", -1)
    expect(moments.nth(1)).to_contain_text("3 answered, 28 tokens")


def test_it_plays_and_pauses(opened):
    opened.get_by_role("button", name="Play").click()
    opened.wait_for_function("() => widgetModel.get('time') >= 3")
    opened.get_by_role("button", name="Pause").click()
    expect(opened.get_by_role("button", name="Play")).to_be_visible()
    opened.get_by_role("button", name="Step ▶").click()
    opened.get_by_role("slider", name="Time", exact=True).fill("7")
    state(opened, "time", 7)
    opened.get_by_role("button", name="◀ Step").click()
    state(opened, "time", 6)
    expect(opened.get_by_role("slider", name="Continuous batching: time")).to_have_attribute("aria-valuenow", "6")


def test_steps_in_one_frame_all_count(opened):
    opened.get_by_role("slider", name="Time", exact=True).fill("0")
    opened.evaluate(
        """() => {
          const step = Array.from(document.querySelectorAll("button")).find((one) => one.textContent === "Step ▶");
          for (const _ of [1, 2, 3]) step.click();
        }"""
    )
    state(opened, "time", 3)


def test_a_click_on_a_request_follows_it(opened):
    lanes = opened.get_by_role("slider", name="Continuous batching: time")
    lanes.scroll_into_view_if_needed()
    lanes.click(position={"x": 80, "y": 20})
    state(opened, "selected", 0)
    expect(opened.get_by_text("Request 1 arrives at")).to_be_visible()
    lanes.click(position={"x": 80, "y": 20})
    state(opened, "selected", -1)


def test_given_requests_need_no_knobs_to_make_them(open_page):
    page = open_page(BatchTimeline(THREE, slots=2))
    expect(page.get_by_label("Arrivals a second", exact=True)).to_be_hidden()
    measures_are(page, requests=THREE, slots=2)


def test_bad_numbers_leave_the_last_good_view(opened):
    box = opened.get_by_label("Slots, exact value")
    for text in ("", "0", "2.5", "99"):
        box.fill(text)
        state(opened, "slots", 4)
    measures_are(opened)


def test_narrow_and_dark(open_page):
    page = open_page(BatchTimeline(count=64, rate=100.0, output=1000, slots=16, time=5), width=360, dark=True)
    expect(page.locator(".llmc-lanes")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_lanes_show_all_four_states(opened):
    colours = opened.evaluate(
        """() => Array.from(document.querySelectorAll(".llmc-lanes"), (canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const seen = new Map();
          for (let at = 0; at < data.length; at += 4) {
            const name = data.slice(at, at + 3).join();
            seen.set(name, (seen.get(name) ?? 0) + 1);
          }
          return ["31,98,181", "184,86,10"].map((name) => seen.get(name) ?? 0);
        })"""
    )
    assert all(count > 200 for lane in colours for count in lane), "decode and prefill are drawn in their colours"
