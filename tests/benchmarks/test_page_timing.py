"""The clock of the benchmarks sees late drawing, canvases and slow clicks, and names what cannot be timed."""

import page_timing
import pytest
from programs import need_program

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><button>one</button><button>two</button><canvas></canvas><script>
const busy = (wait) => {{ for (const end = performance.now() + wait; performance.now() < end;); }};
const canvas = document.querySelector("canvas").getContext("2d");
document.addEventListener("click", () => busy({click}));
setTimeout(() => {{ busy(200); {late}; }}, 300);
</script>"""


@pytest.fixture(autouse=True)
def chromium(monkeypatch):
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    monkeypatch.setenv("CHROMIUM", need_program(*names))


@pytest.mark.parametrize("late", ["canvas.fillRect(0, 0, 9, 9)", "document.body.append(new Image())"])
def test_drawn_and_answered(late, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE.format(click=150, late=late), encoding="utf-8")
    drawn, answers, heap = page_timing.time_page(path, "true", "document.querySelectorAll('button')[i % 2]", clicks=2)
    assert drawn >= 0.5, "what comes late counts"
    assert len(answers) == 2 and min(answers) >= 0.15, "what a click sets off counts"
    assert heap > 100_000


def test_what_never_comes_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(page_timing, "TIME_LIMIT_S", 3)
    path = tmp_path / "page.html"
    path.write_text(PAGE.format(click=0, late=""), encoding="utf-8")
    with pytest.raises(page_timing.CannotDraw, match="not within 3 s"):
        page_timing.time_page(path, "document.querySelector('svg')", "document.body")
