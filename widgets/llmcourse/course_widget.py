"""CourseWidget: what every widget of the course has in common.

A live view where a kernel runs; a static picture with a text summary where none does (GitHub, an untrusted or reopened
notebook, a screen reader); to_html() and to_png(). A widget gives its `stem` (the name of its files in static/), its
traits, `picture()` and `summary`.
"""

import base64
import html
import json

import anywidget
import ipywidgets
import traitlets

from . import front_end
from .atomic import write_atomically


class CourseWidget(anywidget.AnyWidget):
    """Base class of the widgets. Subclasses set `stem` and define `picture()`.

    summary: one or two sentences that say what the widget shows; the text of the static picture.
    error: what is wrong with the last input, shown in the widget and read aloud; empty when all is well.
    live: whether a kernel answers; False in an exported page, where such controls say so.
    """

    stem = None

    summary = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    live = traitlets.Bool(True).tag(sync=True)
    # Colab's widget manager can lose the binary half of a message. The sizes travel as JSON; a page that finds a
    # trait shorter than its size asks for it as text.
    _sizes = traitlets.Dict().tag(sync=True)
    _as_text = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        if "stem" in cls.__dict__:  # not for the class that anywidget derives when it adds traits
            cls._esm = front_end.script(cls.stem)
            cls._css = front_end.style(cls.stem)
        super().__init_subclass__(**kwargs)

    def __init__(self, **traits):
        self._binary = sorted(
            name for name, trait in self.traits(sync=True).items() if isinstance(trait, traitlets.Bytes)
        )
        super().__init__(**traits)
        self._note_sizes()
        if self._binary:
            self.observe(self._note_sizes, names=self._binary)
        self.on_msg(self._answer)

    def picture(self):
        """The widget as it stands now: PNG bytes, drawn without a browser."""
        raise NotImplementedError(f"{type(self).__name__} must define picture().")

    def to_png(self, path=None):
        """Save the static picture under `path` and return that path; without a path return the PNG bytes."""
        return self.picture() if path is None else write_atomically(path, self.picture())

    def to_html(self, path=None):
        """Save the widget as one self-contained page that works offline, and return its path; without a path return
        the page. Controls that need no kernel work in it; it may run only its own scripts and load nothing.
        """
        page = self._page()
        return page if path is None else write_atomically(path, page.encode("utf-8"))

    def exported_state(self):
        """The traits that an exported page starts from. A widget may add what its page cannot ask a kernel for."""
        skip = {*ipywidgets.DOMWidget.class_trait_names(), "_esm", "_css", "_anywidget_id", "_as_text"}
        return {name: getattr(self, name) for name in self.keys if name not in skip} | {"live": False}

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": self.summary, "text/html": self._fallback()}, metadata

    if int(ipywidgets.__version__.split(".")[0]) < 8:  # ipywidgets 7 never asks for the bundle above

        def _ipython_display_(self, **kwargs):
            from IPython.display import display

            data, metadata = self._repr_mimebundle_()
            display(data, metadata=metadata, raw=True)

    def _fallback(self):
        # An untrusted JupyterLab removes svg, style, script and ARIA; an image with its alternative text stays.
        image = base64.b64encode(self.picture()).decode()
        text = html.escape(self.summary)
        return (
            f'<img alt="{text}" src="data:image/png;base64,{image}" style="max-width: 100%">'
            f"<p><small>{text} Run the cell to make it interactive.</small></p>"
        )

    def _page(self):
        state, binary = {}, {}
        for name, value in self.exported_state().items():
            if isinstance(value, bytes):
                binary[name] = base64.b64encode(value).decode()
            else:
                state[name] = value
        return _PAGE.format(
            title=html.escape(type(self).__name__),
            style=self._css.replace("</", r"<\/"),
            state=_script_safe({"state": state, "binary": binary}),
            script=str(self._esm).replace("export default", "const widget =", 1).replace("</", r"<\/"),
            summary=html.escape(self.summary),
        )

    def _note_sizes(self, change=None):
        self._sizes = {name: len(getattr(self, name)) for name in self._binary}

    def _answer(self, _, message, buffers):
        if not isinstance(message, dict):
            return
        name = message.get("name")
        if message.get("kind") == "alive":
            self.send({"kind": "alive"})
        elif message.get("kind") == "as-text" and name in self._binary:
            text = base64.b64encode(getattr(self, name)).decode()
            self._as_text = {**self._as_text, name: text}


def _script_safe(value):
    """JSON that may stand inside a script element whatever text it holds."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<title>{title}</title>
<style>{style}
:root {{ color-scheme: light dark; }}
body {{ margin: 1rem; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #14171c; }} }}</style>
<main id="widget"><noscript><p>{summary}</p></noscript></main>
<script type="application/json" id="state">{state}</script>
<script type="module">
{script}
const {{ state, binary }} = JSON.parse(document.getElementById("state").textContent);
for (const [name, text] of Object.entries(binary)) {{
  const characters = atob(text), bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at); // far faster than Uint8Array.from
  state[name] = new DataView(bytes.buffer);
}}
const listeners = new Map();
const model = {{
  get: (name) => state[name],
  set(name, value) {{
    if (state[name] === value) return;
    state[name] = value;
    for (const event of ["change:" + name, "change"]) for (const f of listeners.get(event) ?? []) f();
  }},
  on(event, f) {{ listeners.set(event, [...(listeners.get(event) ?? []), f]); }},
  off(event, f) {{ listeners.set(event, (listeners.get(event) ?? []).filter((g) => f && g !== f)); }},
  save_changes() {{}},
  send() {{}},
}};
globalThis.widgetModel = model;
globalThis.widgetState = () => state;
widget.render({{ model, el: document.getElementById("widget") }});
</script>
</html>
"""
