"""The attention views that are measured: ours, bertviz's and CircuitsVis's, each as one page without a network."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from page_timing import CannotDraw

LONGEST_STRING = 2**29 - 24  # characters in a string of V8, Chromium's JavaScript engine


@dataclass(frozen=True)
class Contender:
    """One view: `build(trace)` gives its page and the bytes it adds to a notebook.

    complete: JavaScript, with {layers}, {heads} and {tokens}: whether all of it is drawn.
    target: JavaScript, the element to click to switch to head `i`.
    live: whether its kernel takes part in a switch, which is then timed in JupyterLab.
    """

    name: str
    build: Callable
    complete: str
    target: str
    live: bool = False


def explorer_page(trace):
    """AttentionExplorer as a notebook shows it first. Its bytes: the first message, the code, the static picture."""
    from llmcourse import AttentionExplorer
    from llmcourse.course_widget import CourseWidget

    widget = AttentionExplorer(trace)
    fallback, _ = widget._repr_mimebundle_()
    size = first_message(widget) + len(str(widget._esm)) + len(str(widget._css)) + len(json.dumps(fallback))
    widget.exported_state = lambda: CourseWidget.exported_state(widget)  # what a kernel sends, not what a file holds
    return widget.to_html(), size


def first_message(widget):
    """Bytes of data that a widget sends when it is first shown, its code not counted."""
    state = {name: value for name, value in widget.get_state().items() if name not in ("_esm", "_css")}
    binary = [value for value in state.values() if isinstance(value, (bytes, memoryview))]
    rest = {name: value for name, value in state.items() if not isinstance(value, (bytes, memoryview))}
    return sum(map(len, binary)) + len(json.dumps(rest, default=str))


def bertviz_page(view):
    """A page maker of bertviz's `view`: its output, with d3 and jQuery handed over instead of fetched."""
    import bertviz
    from llmcourse.front_end import STATIC

    def build(trace):
        need_short_script(trace, copies=2)  # the second stands in a comment
        layers = list(trace.attention.unsqueeze(1))
        output = getattr(bertviz, view)(layers, trace.tokens, html_action="return").data
        loader, rest = output.split("</script>", 1)
        assert "require" in loader
        libraries = "\n".join(
            (STATIC / "vendor" / name).read_text("utf-8") for name in ("d3.min.js", "jquery.slim.min.js")
        )
        handover = "const require = { config() {} }, requirejs = (names, use) => use(jQuery, d3);"
        return _page(f"<script>{libraries}\n{handover}</script>{rest}"), len(output.encode())

    return build


def circuitsvis_page(view):
    """A page maker of CircuitsVis's `view`, with its bundle from the installed package instead of a CDN."""
    from circuitsvis import attention

    def build(trace):
        need_short_script(trace, copies=1)
        count = len(trace)
        output = getattr(attention, view)(tokens=trace.tokens, attention=trace.attention.reshape(-1, count, count))
        return _page(output.local_src), len(output.cdn_src.encode())

    return build


def need_short_script(trace, copies):
    """Raise CannotDraw when the weights, written as JSON so many times, make a script that Chromium cannot read."""
    sample = trace.attention[0]
    length = copies * len(json.dumps(sample.tolist())) * len(trace.attention)
    if length > LONGEST_STRING:
        most = f"a text in Chromium holds at most {LONGEST_STRING / 1e9:.1f} GB"
        raise CannotDraw(f"its script would hold {length / 1e9:.1f} GB, and {most}")


def contenders():
    """All of them, ours first. CircuitsVis only where it is installed."""
    views = [
        Contender(
            "AttentionExplorer",
            explorer_page,
            "document.querySelectorAll('[role=gridcell]').length === {layers} * {heads}",
            "document.querySelectorAll('.llmc [role=gridcell]')[i]",
            live=True,
        ),
        Contender(
            "bertviz head view (one layer drawn)",
            bertviz_page("head_view"),
            "document.querySelectorAll('#attention line').length === {heads} * {tokens} ** 2",
            "document.querySelectorAll('#vis svg > g:last-child > rect')[i]",
        ),
        Contender(
            "bertviz model view",
            bertviz_page("model_view"),
            "document.querySelectorAll('#vis line').length === {layers} * {heads} * {tokens} ** 2",
            "document.querySelectorAll('#vis svg > g > rect:not(.attn_background)')[i]",
        ),
    ]
    try:
        views.append(
            Contender(
                "CircuitsVis attention_patterns",
                circuitsvis_page("attention_patterns"),
                "document.querySelectorAll('figure canvas').length === {layers} * {heads}",
                "document.querySelectorAll('figure canvas')[i]",
            )
        )
        views.append(
            Contender(
                "CircuitsVis attention_heads",
                circuitsvis_page("attention_heads"),
                "document.querySelectorAll('canvas').length === {layers} * {heads} + 1",
                "document.querySelectorAll('h4')[i].parentElement",
            )
        )
    except ImportError:
        print("CircuitsVis is not installed: left out (pip install circuitsvis).")
    return views


def _page(body):
    return f"<!doctype html><html><meta charset='utf-8'><body>{body}</body></html>"
