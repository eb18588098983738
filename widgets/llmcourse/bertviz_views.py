"""bertviz's head, model and neuron views of a Trace, drawn without a network and shut off from the notebook.

bertviz (Vig 2019, https://arxiv.org/abs/1906.05714) loads its libraries from a CDN and writes token text into a script
of the notebook's page. Here each view is a page of its own in an isolated frame: bertviz's installed script and the
vendored libraries travel compressed inside it, it may load nothing, and it cannot reach the notebook.
"""

from __future__ import annotations

import base64
import html
import json
import operator
import zlib
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from .atomic import write_atomically
from .front_end import STATIC
from .labels import token_label

if TYPE_CHECKING:
    from .tracing import Trace

DECIMALS = 4  # bertviz only turns the numbers into opacities, of which a screen shows 256
TALLEST = 640  # pixels; a taller view scrolls inside its frame
MOST_SHAPES = 150_000  # SVG elements in one drawing: Chromium needs 2 to 4 s for so many on two cores
MOST_NUMBERS = 1_000_000  # in one view: up to 3 MB in the notebook


@dataclass(frozen=True, repr=False)
class BertvizView:
    """One view as a notebook output: `_repr_html_` for the notebook, `to_html(path)` for a page of its own.

    page: the whole page of the view. summary: what it shows and how to use it. height: of its frame, in pixels.
    """

    page: str
    summary: str
    height: int

    def to_html(self, path=None):
        """Save the view as one page that works offline, and return its path; without a path return the page."""
        return self.page if path is None else write_atomically(path, self.page.encode("utf-8"))

    def _repr_html_(self):
        # allow-scripts without allow-same-origin: the frame has an origin of its own and sees nothing outside.
        return (
            f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(self.page)}" title="bertviz" '
            f'style="width: 100%; height: {self.height}px; border: 1px solid #8a919c; border-radius: 4px"></iframe>'
            f"<p><small>{html.escape(self.summary)}</small></p>"
        )

    def __repr__(self):
        return self.summary


def bertviz_head_view(trace: Trace, layer=None, heads=None, layers=None):
    """See who attends to whom in one layer: bertviz's head view, a line a pair of tokens and a colour a head.

    layer: the layer shown first; the first of `layers` when None. heads: the heads switched on first; all when None.
    layers: the layers to choose from; all when None. Each adds its weights to the size of the output.

    Raises ValueError for a layer or head that is not there, and for more than a page can draw.

    >>> bertviz_head_view(trace(model, tokenizer, "The cat sat"), layers=[3, 8])          # doctest: +SKIP
    """
    count, (all_layers, all_heads) = len(trace), trace.attention.shape[:2]
    layers, heads = _some("layers", layers, all_layers), _some("heads", heads, all_heads)
    layer = _one("layer", layer, layers)
    _need_room("head view", numbers=len(layers) * all_heads * count**2, square=3 * all_heads, tokens=count)
    return _view(
        "head_view.js",
        summary=f"bertviz head view: layer {layer}, {_counted(heads, 'head')}, {count} tokens. The left token attends "
        "to the right ones; a stronger line is more attention. Point at a token to see only its lines; click a square "
        "to switch a head, double-click it to see only that head.",
        menus={"Layer": "layer"},
        params={
            "attention": [_texts(trace, 12) | {"attn": _rounded(trace.attention[layers].tolist())}],
            "default_filter": "0",
            "layer": layer,
            "heads": heads,
            "include_layers": layers,
        },
        width=360,
        height=75 + 22.5 * count,
    )


def bertviz_model_view(trace: Trace, layers=None, heads=None):
    """See all heads of all layers side by side: bertviz's model view, a small drawing each; a click enlarges it.

    layers, heads: which of them; all when None.

    Raises ValueError for a layer or head that is not there, and for more than a page can draw.

    >>> bertviz_model_view(trace(model, tokenizer, "The cat sat"), layers=range(6))       # doctest: +SKIP
    """
    count, (all_layers, all_heads) = len(trace), trace.attention.shape[:2]
    layers, heads = _some("layers", layers, all_layers), _some("heads", heads, all_heads)
    drawings = len(layers) * len(heads)
    _need_room("model view", numbers=drawings * count**2, square=drawings, tokens=count)
    grid = 40 + len(layers) * (10 + 84 / all_heads * count)
    return _view(
        "model_view.js",
        summary=f"bertviz model view: {_counted(layers, 'layer')} (rows) of "
        f"{_counted(heads, 'head')} (columns), {count} tokens. Click a drawing to enlarge it.",
        menus={},
        params={
            "attention": [_texts(trace, 10) | {"attn": _rounded(trace.attention[layers][:, heads].tolist())}],
            "default_filter": "0",
            "display_mode": "light",
            "include_layers": layers,
            "include_heads": heads,
            "total_heads": all_heads,
        },
        width=970,
        height=30 + max(grid, 55 + 18 * count),
    )


def bertviz_neuron_view(trace: Trace, layer=None, head=None, layers=None, heads=None):
    """See how a query and a key make a score, number by number: bertviz's neuron view of the real model.

    bertviz computes queries and keys only in its own copies of BERT, GPT-2 and RoBERTa; here it gets those of the
    Trace (after RoPE, a shared key repeated for each of its query heads).

    layer, head: shown first; the first of `layers` and `heads` when None.
    layers, heads: to choose from; only `layer` (or 0) and all heads when None.

    Raises ValueError for a layer or head that is not there, for a trace without queries and keys, and for more than a
    page can draw.

    >>> bertviz_neuron_view(trace(model, tokenizer, "The cat sat"), layer=3, head=2)      # doctest: +SKIP
    """
    if trace.queries is None:
        raise ValueError("trace holds no queries and keys: take the trace of a model whose attention shows them.")
    count, (all_layers, all_heads), size = len(trace), trace.attention.shape[:2], trace.queries.shape[-1]
    layer = _one("layer", layer, _some("layers", layers, all_layers))
    layers, heads = _some("layers", [layer] if layers is None else layers, all_layers), _some("heads", heads, all_heads)
    head = _one("head", head, heads)
    numbers = len(layers) * len(heads) * (count**2 + 2 * count * size)
    _need_room("neuron view", numbers, square=7, linear=3 * size, tokens=count)
    queries = trace.queries * (trace.scaling * size**0.5)  # bertviz divides by sqrt(head size) whatever the model does
    keys = trace.keys.repeat_interleave(all_heads // trace.keys.shape[1], dim=1)
    parts = {"attn": trace.attention, "queries": queries, "keys": keys}
    return _view(
        "neuron_view.js",
        summary=f"bertviz neuron view: layer {layer}, head {head}, {count} tokens, head size {size}. Point at a left "
        "token and click the plus beside it to see its query, the keys, their products and the softmax.",
        menus={"Layer": "layer", "Head": "att_head"},
        params={
            "attention": {
                "all": _texts(trace, 12)
                | {name: _rounded(part[layers][:, heads].tolist()) for name, part in parts.items()}
            },
            "default_filter": "all",
            "bidirectional": not trace.causal,
            "display_mode": "light",
            "layer": layers.index(layer),  # this view counts what it was given, so it is told positions …
            "head": heads.index(head),
        },
        after=_RENAME.format(layers=layers, heads=heads),  # … and its two menus get the numbers of the model
        width=1060,
        height=160 + 26 * count,
    )


_RENAME = """
for (const [menu, numbers] of [["layer", {layers}], ["att_head", {heads}]]) {{
  numbers.forEach((number, position) => {{ document.getElementById(menu).options[position].textContent = number; }});
}}"""


def _view(script, summary, menus, params, width, height, after=""):
    params = json.dumps(params | {"root_div_id": "bertviz"}, separators=(",", ":"), allow_nan=False)
    libraries = [(STATIC / "vendor" / name).read_text("utf-8") for name in ("d3.min.js", "jquery.slim.min.js")]
    program = "\n;".join([*libraries, f"window.bertviz_params = {params}", _bertviz(script) + after])
    page = Template((STATIC / "bertviz_views.html").read_text(encoding="utf-8")).substitute(
        summary=html.escape(summary),
        menus="".join(f'<label>{name}: <select id="{place}"></select></label>' for name, place in menus.items()),
        width=width,
        program=base64.b64encode(zlib.compress(program.encode("utf-8"), 9)).decode(),
    )
    return BertvizView(page, summary, min(round(height), TALLEST))


def _bertviz(script):
    """A script of the installed bertviz, told to take its parameters from `window.bertviz_params`."""
    try:
        source = (resources.files("bertviz") / script).read_text(encoding="utf-8")
    except ModuleNotFoundError as problem:
        raise ModuleNotFoundError("This view needs the package bertviz: pip install 'bertviz>=1.4.1,<2'.") from problem
    return source.replace("PYTHON_PARAMS", "window.bertviz_params")


def _texts(trace, longest):
    labels = [token_label(token, longest) for token in trace.tokens]
    return {"left_text": labels, "right_text": labels}


def _counted(numbers, name):
    return f"{len(numbers)} {name}{'s' if len(numbers) > 1 else ''}"


def _rounded(values):
    return [_rounded(value) for value in values] if isinstance(values, list) else round(values, DECIMALS)


def _some(name, chosen, count):
    """`chosen` of `count` layers or heads as a list without repeats; all of them when it is None."""
    if chosen is None:
        return list(range(count))
    try:
        numbers = list(dict.fromkeys(map(operator.index, chosen)))
    except TypeError:
        raise TypeError(f"{name} must be a list of whole numbers such as [0, 1]; got {chosen!r}.") from None
    if not numbers or not set(numbers) <= set(range(count)):
        raise ValueError(f"{name} must name some of 0 to {count - 1}; got {numbers}.")
    return numbers


def _one(name, chosen, among):
    if chosen is None:
        return among[0]
    if chosen not in among:
        listed = f"0 to {among[-1]}" if among == list(range(len(among))) else f"in {name}s={among}"
        raise ValueError(f"{name} must be {listed}; got {chosen!r}.")
    return among[among.index(chosen)]  # a plain int, also when a NumPy integer was given


def _need_room(view, numbers, square, tokens, linear=0):
    """Raise ValueError when a drawing of square·tokens² + linear·tokens shapes, or its data, is too much."""
    shapes = square * tokens**2 + linear * tokens
    if shapes > MOST_SHAPES:
        longest = int(((linear**2 + 4 * square * MOST_SHAPES) ** 0.5 - linear) / (2 * square))
        fewer = ", or choose fewer drawings with layers=[…] and heads=[…]" if view == "model view" else ""
        raise ValueError(
            f"bertviz's {view} draws at most {MOST_SHAPES:,} shapes; these {tokens} tokens need {shapes:,}: "
            f"shorten the text to {longest} tokens{fewer}."
        )
    if numbers > MOST_NUMBERS:
        raise ValueError(
            f"bertviz's {view} takes at most {MOST_NUMBERS:,} numbers; these layers have {numbers:,}: "
            "choose fewer with layers=[…]."
        )
