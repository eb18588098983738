"""The views that widgets share, alone on a page: keys, readouts, gaps, large tables."""

import pytest
from llmcourse import front_end
from playwright.sync_api import expect

STEMS = ["controls", "line_chart", "heat_map", "histogram", "bar_list", "span_text"]


@pytest.fixture
def views(page):
    """A page whose `views` holds what the shared files export, `picked` what was chosen, `add(view)` shows one."""
    names = list(dict.fromkeys(name for stem in STEMS for name in front_end._files(stem)))
    exports = ", ".join(f"...{front_end._scope(stem)}" for stem in STEMS)
    style = "".join(front_end.style(stem) for stem in STEMS)
    page.goto("about:blank")
    page.set_content(f"<style>{style}</style><div class='llmc' id='root' style='width: 800px'></div>")
    page.add_script_tag(
        type="module",
        content="".join(map(front_end._scoped, names))
        + f"""globalThis.views = {{ {exports} }}; globalThis.picked = [];
        globalThis.add = (view) => {{
          document.getElementById("root").append(view.node); view.measure?.(); return view; }};""",
    )
    page.wait_for_function("globalThis.views !== undefined")
    return page


def picked(page, expected):
    page.wait_for_function("(wanted) => JSON.stringify(picked) === JSON.stringify(wanted)", arg=expected)


def test_a_slider_gives_exact_values_and_says_what_is_wrong(views):
    views.evaluate(
        "add(views.slider({ label: 'Rank', min: 1, max: 64, change: (value) => picked.push(value) })).set(8)"
    )
    number = views.get_by_label("Rank, exact value")
    expect(number).to_have_value("8")
    views.get_by_role("slider").focus()
    views.keyboard.press("ArrowRight")
    picked(views, [9])
    number.fill("70")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_attribute("title", "Rank: a whole number from 1 to 64")
    number.fill("2.5")
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill("32")
    picked(views, [9, 32])
    number.fill("")
    number.blur()
    expect(number).to_have_value("32")


def test_a_slider_of_uneven_steps_lies_where_the_number_is_nearest(views):
    views.evaluate(
        """add(views.slider({ label: 'Top-k', min: 1, max: 1000, values: [1, 10, 100, 1000],
          change: (value) => picked.push(value) })).set(1)"""
    )
    views.get_by_role("slider").focus()
    views.keyboard.press("End")
    picked(views, [1000])
    views.get_by_label("Top-k, exact value").fill("90")
    picked(views, [1000, 90])
    assert views.get_by_role("slider").input_value() == "2"


def test_a_text_box_waits_for_a_pause_and_is_not_overwritten(views):
    views.evaluate(
        "globalThis.box = add(views.textBox({ label: 'Prompt', pause: 50, change: (text) => picked.push(text) }))"
    )
    views.get_by_label("Prompt").press_sequentially("abc", delay=1)
    picked(views, ["abc"])
    views.evaluate("box.set('from the kernel')")
    expect(views.get_by_label("Prompt")).to_have_value("abc")
    views.get_by_label("Prompt").blur()
    views.evaluate("box.set('from the kernel')")
    expect(views.get_by_label("Prompt")).to_have_value("from the kernel")


def test_a_line_chart_is_read_by_keys_and_leaves_gaps(views):
    views.evaluate(
        """globalThis.chart = add(views.lineChart({ label: 'Loss', pick: (x) => { picked.push(x); show(x); } }));
        const train = { name: 'train', x: [0, 1, 2], y: [3, NaN, 1] }, test = { name: 'test', x: [0, 2], y: [4, 2.5] };
        globalThis.show = (marker) => chart.show({ series: [train, test], xName: 'step', yName: 'loss', marker });
        show(null);"""
    )
    chart = views.get_by_role("slider", name="Loss")
    chart.focus()
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        views.keyboard.press(key)
    picked(views, [0, 1, 2, 1])
    expect(chart).to_have_attribute("aria-valuetext", "step 1: train NaN")
    views.keyboard.press("End")
    expect(chart).to_have_attribute("aria-valuetext", "step 2: train 1, test 2.5")
    expect(views.locator(".llmc-chart-legend")).to_have_text("traintest")
    views.evaluate("chart.show({ series: [], xName: 'step', yName: 'loss', marker: null })")
    expect(chart).to_have_attribute("aria-valuetext", "no values yet")


@pytest.mark.parametrize(
    "series",
    ["{ name: 'a', x: [], y: [] }", "{ name: 'a', x: [1], y: [Infinity] }", "{ name: 'a', x: [0, -1], y: [0, -2] }"],
)
def test_a_logarithmic_chart_without_a_positive_value_says_so(series, views):
    views.evaluate(
        f"add(views.lineChart({{ label: 'Error' }}))"
        f".show({{ series: [{series}], xLog: true, yLog: true, marker: null }})"
    )
    views.get_by_role("slider").focus()
    views.keyboard.press("ArrowRight")
    expect(views.locator(".llmc-chart-readout")).not_to_contain_text("undefined")


def test_a_heat_map_is_walked_and_described(views):
    views.evaluate(
        """globalThis.map = add(views.heatMap({ label: 'Weights',
          pick: (place) => picked.push([place.row, place.column]) }));
        globalThis.state = { rows: 3, columns: 4, values: Float32Array.from([0,1,2,3,4,5,6,7,8,9,10,NaN]), low: 0,
          high: 11,
          rowNames: ['a', 'b', 'c'], columnNames: ['one', 'two', 'three', 'four'], selected: null };
        map.show(state)"""
    )
    heat = views.get_by_role("slider", name="Weights")
    heat.focus()
    for key in ("ArrowRight", "ArrowDown", "End", "ArrowDown", "ArrowDown"):
        views.keyboard.press(key)
    picked(views, [[0, 0], [1, 0], [1, 3], [2, 3], [2, 3]])
    expect(heat).to_have_attribute("aria-valuenow", "0")
    views.evaluate("map.show({ ...state, selected: { row: 1, column: 2 } })")
    expect(heat).to_have_attribute("aria-valuetext", "b, three: 6")
    box = heat.bounding_box()
    heat.click(position={"x": box["width"] - 5, "y": box["height"] - 5})
    views.wait_for_function("picked.length === 6 && picked[5].join() === '2,3'")


def test_a_heat_map_shows_the_colour_of_each_cell(views):
    views.evaluate(
        """add(views.heatMap({ label: 'Two', pick() {} }))
          .show({ rows: 1, columns: 2, values: [0, 1], low: 0, high: 1, selected: null })"""
    )
    views.wait_for_function(
        """() => { const canvas = document.querySelector('.llmc-heat'), context = canvas.getContext('2d');
          const at = (share) => Array.from(context.getImageData(canvas.width * share, canvas.height / 2, 1, 1).data);
          return at(0.25).join() === '255,255,255,255' && at(0.75).join() === '8,36,92,255'; }"""
    )


def test_bars_and_spans_are_listboxes(views):
    views.evaluate(
        """globalThis.bars = add(views.barList({ label: 'Tokens', pick: (place, key) => picked.push([place, key]) }));
        bars.show({ rows: [{ name: 'a', value: 1, text: '1' }, { name: '<b>', value: 0.5, text: '0.5' },
          { name: 'nan', value: NaN, text: '–' }] })"""
    )
    views.get_by_role("listbox", name="Tokens").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        views.keyboard.press(key)
    picked(views, [[0, None], [1, None], [1, "Enter"]])
    expect(views.get_by_role("option").nth(1)).to_have_attribute("aria-label", "<b>, 0.5")
    views.evaluate(
        """picked.length = 0;
        globalThis.spans = add(views.spanText({ label: 'Words', pick: (place) => picked.push(place) }));
        spans.show({ boxed: true,
          spans: [{ text: ' a', tint: 0, caption: '1' }, { text: '\\n', tint: 1, caption: '2' }] })"""
    )
    views.get_by_role("listbox", name="Words").focus()
    for key in ("End", "ArrowLeft", "Escape"):
        views.keyboard.press(key)
    picked(views, [1, 0, -1])
    expect(views.get_by_role("listbox", name="Words").get_by_role("option")).to_have_text(["·a1", "↵2"])


def test_a_histogram_bin_is_picked_by_mouse_and_keys(views):
    views.evaluate(
        """add(views.histogram({ label: 'Lengths', pick: (bin) => picked.push(bin) }))
          .show({ counts: [{ name: 'texts', values: [1, 5, 2, 0] }], edges: [0, 10, 20, 30, 40], selected: 1 })"""
    )
    chart = views.get_by_role("slider", name="Lengths")
    expect(chart).to_have_attribute("aria-valuetext", "10 to 20: texts 5")
    chart.focus()
    views.keyboard.press("ArrowRight")
    picked(views, [2])
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] - 12, "y": 60})
    picked(views, [2, 3])
