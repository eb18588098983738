"""How long a page takes until it has drawn and until it has answered a click, by one clock for every widget.

A page changes when elements come or go or something is drawn on a canvas. A time ends when the main thread has painted
the frame of the last change: in the first task after that frame. A click ends with the first frame at the earliest, so
up to 17 ms of each time are the wait for the screen's next frame, for every widget alike.
"""

import os
import re
import shutil
from contextlib import contextmanager

QUIET_MS = 1000  # without a change for so long, the page is finished
TIME_LIMIT_S = 60
ENOUGH_S = 10  # of clicks in one page
SWITCHES = [
    "--no-sandbox",  # containers have no user namespaces
    "--disable-dev-shm-usage",
    "--enable-precise-memory-info",
]

WATCH = """
(() => {
  const elements = document.getElementsByTagName("*");
  let count = 0, painted = false, asked = 1; // asked: 1 for a frame that must be waited for, 2 when it has begun
  const clock = { start: 0, last: 0, heap: 0 };
  for (const name of ["drawImage", "fill", "fillRect", "fillText", "putImageData", "stroke"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...values) {
      painted = true;
      return draw.apply(this, values);
    };
  }
  const afterFrame = new MessageChannel();
  afterFrame.port1.onmessage = () => {
    if (painted || elements.length !== count || asked === 2) clock.last = performance.now();
    if (asked === 2) asked = 0;
    painted = false;
    count = elements.length;
    clock.heap = Math.max(clock.heap, performance.memory.usedJSHeapSize);
  };
  const frame = () => {
    if (asked === 1) asked = 2;
    afterFrame.port2.postMessage(null); // arrives when this frame is laid out and painted
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.benchmark = {
    clock,
    finished: (quiet) => asked === 0 && performance.now() - clock.last > quiet,
    click(target) {
      asked = 1;
      clock.start = performance.now();
      for (const type of ["pointerover", "mouseover", "mousemove", "click"]) {
        target.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, view: window }));
      }
    },
  };
})();
"""


class CannotDraw(Exception):
    """Why a page has no figures."""


@contextmanager
def chromium_page():
    """A fresh Chromium with one empty page, and nothing loaded from a network."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        raise SystemExit("The benchmark needs Chromium: install it, or name it in the environment variable CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        try:
            page = browser.new_page(viewport={"width": 1100, "height": 900})
            page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
            yield page
        finally:
            browser.close()


def time_page(path, complete, target, clicks=5):
    """Open the page `path` in a fresh Chromium and click: (seconds to draw, seconds a click, JS heap in bytes).

    complete: a JavaScript expression, true when all that should be drawn is there.
    target: a JavaScript expression, the element to click in turn `i` = 1, 2, …
    Raises CannotDraw with the reason when the page crashes or one of these takes over TIME_LIMIT_S.
    """
    from playwright.sync_api import Error, TimeoutError

    with chromium_page() as page:
        crashed = []
        page.on("crash", lambda page: crashed.append(page))
        page.add_init_script(WATCH)
        try:
            page.goto(path.as_uri(), wait_until="commit", timeout=TIME_LIMIT_S * 1000)
            _wait(page, complete)
            drawn = page.evaluate("benchmark.clock.last") / 1000
            answers = time_clicks(page, target, clicks)
            return drawn, answers, page.evaluate("benchmark.clock.heap")
        except TimeoutError as problem:
            raise CannotDraw(f"not within {TIME_LIMIT_S} s") from problem
        except Error as problem:
            if not crashed:
                raise
            raise CannotDraw("its page crashes") from problem


def time_clicks(page, target, clicks):
    """Seconds of each click in a page that runs WATCH; fewer than `clicks` where they take long."""
    _wait(page)
    answers = []
    while len(answers) < clicks and sum(answers) < ENOUGH_S:
        page.evaluate(f"(i) => benchmark.click({target})", len(answers) + 1)
        _wait(page)
        answers.append(page.evaluate("benchmark.clock.last - benchmark.clock.start") / 1000)
    return answers


def _wait(page, complete="true"):
    condition = f"() => benchmark.finished({QUIET_MS}) && ({complete})"
    page.wait_for_function(condition, polling=100, timeout=TIME_LIMIT_S * 1000)
