"""TrainingMonitor in a real page and in JupyterLab: curves, smoothing, runs, samples, and buttons that really stop."""

import math

import pytest
from llmcourse.training_monitor import TrainingMonitor
from playwright.sync_api import expect
from widget_examples import HOSTILE
from widget_examples.training_monitor import example


@pytest.fixture
def monitor():
    monitor = TrainingMonitor(total_steps=200)
    for name, rate in (("adam", 30), ("sgd", 90)):
        run = monitor.run(name)
        for step in range(100):
            run.log(step, train_loss=3 * math.exp(-step / rate), lr=0.001, tokens=32)
            if step % 20 == 0:
                run.log(step, val_loss=3.1 * math.exp(-step / rate))
                run.sample(step, f"text of {name} at {step}")
    monitor.flush()
    return monitor


def test_charts_figures_and_samples(monitor, open_page):
    page = open_page(monitor)
    expect(page.locator(".llmc-monitor-chart")).to_have_count(2)
    expect(page.locator("canvas")).to_have_count(2)
    expect(page.locator(".llmc-chart-legend").first).to_contain_text("adam: val_loss")
    expect(page.locator(".llmc-monitor-figures")).to_contain_text("100 of 200")
    expect(page.locator(".llmc-monitor-sample")).to_have_text("text of sgd at 80")
    page.get_by_label("Which sample").press("Home")
    expect(page.locator(".llmc-monitor-sample")).to_have_text("text of adam at 0")
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    assert "kernel" in page.get_by_role("button", name="Stop").get_attribute("title")


def test_the_chart_says_the_numbers_python_has(monitor, open_page):
    page = open_page(monitor)
    chart = page.get_by_role("slider", name="loss by step")
    chart.press("End")
    last = monitor.run("adam").column("train_loss")[1][-1]
    expect(page.locator(".llmc-chart-readout").first).to_contain_text(f"adam: train_loss {last:.4g}")


def test_smoothing_and_logarithm_need_no_kernel(monitor, open_page):
    page = open_page(monitor)
    page.get_by_label("Smoothing, exact value").fill("0.5")
    page.wait_for_function("widgetModel.get('smoothing') === 0.5")
    page.get_by_role("slider", name="loss by step").press("End")
    from llmcourse.training_points import smooth

    last = smooth(monitor.run("adam").column("train_loss")[1], 0.5)[-1]
    expect(page.locator(".llmc-chart-readout").first).to_contain_text(f"adam: train_loss {last:.4g}")
    page.get_by_label("Logarithmic").first.check()
    page.wait_for_function("JSON.stringify(widgetModel.get('log_scale')) === '[\"loss\"]'")


def test_a_run_can_be_hidden(monitor, open_page):
    page = open_page(monitor)
    page.get_by_label("sgd", exact=True).uncheck()
    expect(page.locator(".llmc-chart-legend").first).not_to_contain_text("sgd")
    page.get_by_label("adam", exact=True).uncheck()
    expect(page.locator("canvas")).to_have_count(1)
    page.get_by_label("sgd", exact=True).check()
    expect(page.locator(".llmc-chart-legend").first).to_contain_text("sgd: train_loss")


def test_nan_is_told_and_left_out(open_page):
    monitor = TrainingMonitor()
    for step in range(5):
        monitor.log(step, loss=math.nan if step > 2 else 1.0)
    monitor.flush()
    page = open_page(monitor)
    expect(page.get_by_role("status")).to_contain_text("became NaN at step 3")
    expect(page.locator(".llmc-monitor-note").first).to_contain_text("2 points are not drawn")


def test_a_hundred_thousand_points_are_read(open_page):
    monitor = TrainingMonitor()
    for step in range(100_000):
        monitor.log(step, loss=math.sin(step) if step != 54_321 else 9.0)
    monitor.flush()
    page = open_page(monitor)
    page.get_by_role("slider", name="loss by step").press("End")
    expect(page.locator(".llmc-chart-readout").first).to_contain_text("step 99,999")


def test_nothing_logged_yet(open_page):
    page = open_page(TrainingMonitor())
    expect(page.locator(".llmc")).to_contain_text("Waiting for numbers")


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_and_hostile(dark, open_page):
    page = open_page(example(hostile=True), width=360, dark=dark)
    assert ("llmc-dark" in page.locator(".llmc").get_attribute("class")) == dark
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "TrainingMonitor"
    expect(page.locator(".llmc img, .llmc script")).to_have_count(0)
    expect(page.locator(".llmc-monitor-sample")).to_contain_text(HOSTILE[:20])


def test_in_jupyterlab_the_buttons_answer(lab):
    notebook = lab(
        [
            "import threading\nfrom llmcourse import TrainingMonitor\n"
            "monitor = TrainingMonitor(total_steps=10**6)\nmonitor",
            "def train():\n    for step in range(10**6):\n        monitor.log(step, loss=1 / (step + 1))\n"
            "        threading.Event().wait(0.01)\n        yield\nmonitor.start(train())",
        ]
    )
    widget = notebook.widget
    expect(widget.locator("strong").first).to_have_text("Training")
    notebook.wait_kernel("monitor.progress['done'] > 20", True)
    widget.get_by_role("button", name="Pause").click()
    notebook.wait_kernel("monitor.state", "paused")
    expect(widget.locator("strong").first).to_have_text("Paused")
    done = notebook.kernel("monitor.progress['done']")
    expect(widget.locator(".llmc-monitor-figures dd").first).to_have_text(f"{done:,} of 1,000,000")
    widget.get_by_role("button", name="Resume").click()
    notebook.wait_kernel(f"monitor.progress['done'] > {done}", True)
    widget.get_by_role("button", name="Stop").click()
    notebook.wait_kernel("monitor.state", "stopped")
    expect(widget.get_by_role("button", name="Stop")).to_be_disabled()
    expect(widget.locator("canvas")).to_have_count(1)
    notebook.execute("monitor.log(3, loss=float('inf')); monitor.flush()")
    widget.get_by_role("status").get_by_text("became infinite at step 3").wait_for()
