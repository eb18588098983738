"""What the platform promises for every widget: a picture with words, a whole page, hostile text that stays data."""

import io
import json
import re

import ipywidgets
import pytest
import traitlets
from llmcourse import front_end
from llmcourse.course_widget import CourseWidget
from PIL import Image
from widget_examples import HOSTILE, STEMS, example

WIDGETS = sorted(
    path.stem for path in front_end.STATIC.glob("*.js") if "export default { render };" in path.read_text()
)
LARGEST = 400_000  # bytes of the first message of a small example


@pytest.fixture(params=STEMS)
def stem(request):
    return request.param


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_a_picture_and_its_words(stem, hostile):
    widget = example(stem, hostile)
    image = Image.open(io.BytesIO(widget.to_png()))
    assert image.format == "PNG"
    assert image.width <= 1600
    assert len(set(image.convert("RGB").resize((64, 64)).get_flattened_data())) > 3, "the picture is empty"
    assert 20 < len(widget.summary) < 1000
    assert re.search(r"\d", widget.summary), "the summary gives no number"


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_the_page_is_whole_and_text_stays_data(stem, hostile):
    page = example(stem, hostile).to_html()
    assert page.count("<script") == 2, "its state and its module, and nothing that a text brought along"
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", re.sub(r"<script.*?</script>", "", page, flags=re.S))
    assert "default-src 'none'" in page
    json.loads(re.search(r'<script type="application/json" id="state">(.*?)</script>', page, re.S)[1])


def test_the_static_view_survives_an_untrusted_notebook(stem):
    data, _ = example(stem, hostile=True)._repr_mimebundle_()
    assert data["text/html"].startswith(("<p><b>", '<img alt="')), "words first, or a picture with words"
    for removed in ("<script", "<svg", "<style", "aria-", 'onerror="document'):
        assert removed not in data["text/html"]
    assert "document.title='x'</script>" not in data["text/html"]


def test_the_first_message_is_small_and_is_json(stem):
    widget = example(stem)
    state, _, buffers = ipywidgets.widgets.widget._remove_buffers(
        {name: value for name, value in widget.get_state().items() if not name.startswith(("_esm", "_css"))}
    )
    text = json.dumps(state, allow_nan=False, default=str)
    assert len(text) + sum(memoryview(buffer).nbytes for buffer in buffers) < LARGEST


def test_it_says_what_it_is(stem):
    widget = example(stem)
    assert isinstance(widget, CourseWidget)
    assert widget.stem == stem
    text = next(kind for kind in type(widget).__mro__ if "stem" in vars(kind)).__doc__
    assert text, "no docstring"
    assert ">>>" in text or stem == "quiz_card", "no runnable example"
    assert widget.error == ""


def test_its_choices_can_be_read_back(stem):
    """What a click sets are small values that Python reads: at least one synced trait of its own."""
    own = set(type(example(stem)).class_traits(sync=True)) - set(CourseWidget.class_traits(sync=True))
    kinds = [type(example(stem).traits()[name]) for name in own]
    assert any(issubclass(kind, (traitlets.Int, traitlets.Float, traitlets.Unicode, traitlets.Bool)) for kind in kinds)


def test_every_widget_has_an_example():
    assert STEMS == WIDGETS
    assert HOSTILE.startswith("</script>")
