"""LinkedParts: several widgets in one, with one channel to the page.

Each part is an ordinary widget that speaks through the whole: its traits travel as `<part>__<trait>` among the whole's
own, in one message where they change together. One top-level widget is what every notebook shows reliably (Colab can
lose the bytes of a widget inside a widget). static/linked_parts.js is the page's half.
"""

import uuid

import traitlets

from .course_widget import CourseWidget

_BETWEEN = "__"


class LinkedParts(CourseWidget):
    """Base class of a widget made of widgets. A subclass makes its parts with `part()` before it calls __init__.

    parts: {name: widget}, readable and settable as any widget: `whole.parts["lens"].layer = 3`.
    kept_here: traits of parts that the page makes itself: {name of the part: {names of traits}}.
    """

    kept_here = {}

    def part(self, name, kind, *args, **traits):
        """Make a widget of this kind that speaks through this one, keep it in `parts`, and return it."""
        if _BETWEEN in name:
            raise ValueError(f"name must not hold {_BETWEEN!r}, which ends it in the page; got {name!r}.")
        made = _speaking(kind)(*args, comm=_Channel(self, name), **traits)
        self.parts = {**vars(self).get("parts", {}), name: made}
        return made

    def get_state(self, key=None, drop_defaults=False):
        """The state of the whole and of its parts, or what `key` names of it, as the page holds it."""
        wanted = None if key is None else {key} if isinstance(key, str) else set(key)
        own = self.keys if wanted is None else [name for name in self.keys if name in wanted]
        state = super().get_state(key=own, drop_defaults=drop_defaults)
        for name, part in self.parts.items():
            keys = [one for one in self._told(name) if wanted is None or name + _BETWEEN + one in wanted]
            found = part.get_state(key=keys, drop_defaults=drop_defaults)
            state.update({name + _BETWEEN + one: value for one, value in found.items()})
        return state

    def set_state(self, sync_data):
        """Take over what the page changed: in the whole first, since the parts may have changed after it."""
        own, of_parts = {}, {}
        for key, value in sync_data.items():
            name, between, trait = key.partition(_BETWEEN)
            if between and name in self.parts:
                of_parts.setdefault(name, {})[trait] = value
            else:
                own[key] = value
        with self.hold_sync():
            super().set_state(own)
            for name, changes in of_parts.items():
                self.parts[name].set_state(changes)

    def exported_state(self):
        """The traits of an exported page: the whole's and, under their names, those of its parts."""
        state = super().exported_state()
        for name, part in self.parts.items():
            told = self._told(name)
            state |= {name + _BETWEEN + one: value for one, value in part.exported_state().items() if one in told}
        return state

    def close(self):
        """Close the whole and its parts."""
        for part in vars(self).get("parts", {}).values():
            part.close()
        super().close()

    def _told(self, name):
        """The traits of a part that the page is told: not those of its place in the page, which is the whole's."""
        skip = _PLACE | self.kept_here.get(name, set())
        return [key for key in self.parts[name].keys if key not in skip]

    def _speak(self, name, message, buffers):
        """Pass a message of a part on to the page."""
        if self.comm is None or name not in self.parts:
            return  # the part is still being made: the whole's first message holds its state
        if message["method"] == "custom":
            self._send({"method": "custom", "content": {"part": name, "content": message["content"]}}, buffers)
            return
        told = self._told(name)
        if message["method"] == "echo_update":  # what the page said, before it is taken over; the page sends no bytes
            echo = {name + _BETWEEN + key: value for key, value in message["state"].items() if key in told}
            self._send({**message, "state": echo})
            return
        keys = {key for key in message["state"] if key in told}
        keys |= {path[0] for path in message.get("buffer_paths", ()) if path[0] in told}
        keys = {name + _BETWEEN + key for key in keys}
        if not keys:
            return
        if self._holding_sync:
            self._states_to_send.update(keys)
        else:
            self.send_state(keys)

    def _answer(self, widget, message, buffers):
        part = self.parts.get(message.get("part")) if isinstance(message, dict) else None
        if part is None:
            super()._answer(widget, message, buffers)
        else:
            part._handle_custom_msg(message.get("content"), buffers)


class _Channel:
    """What a part takes for its line to the page: it leads to the whole."""

    kernel = True  # ipywidgets 7 asks

    def __init__(self, whole, name):
        self._whole, self._name, self.comm_id = whole, name, uuid.uuid4().hex

    def send(self, data=None, metadata=None, buffers=None):
        self._whole._speak(self._name, data, buffers)

    def on_msg(self, callback):
        """The page speaks to the whole."""

    def close(self, *args, **kwargs):
        """The line is the whole's."""


def _speaking(kind):
    """A class like `kind` whose channel may be any object, and which, shown alone, is its picture."""

    def bundle(self, **kwargs):
        return {"text/plain": self.summary, "text/html": self._fallback()}, {}

    return type(kind.__name__, (kind,), {"comm": traitlets.Any(None, allow_none=True), "_repr_mimebundle_": bundle})


_PLACE = {*CourseWidget.class_trait_names(sync=True), "_esm", "_css", "_anywidget_id"}
_PLACE -= {"error", "live", "_sizes", "_as_text"}
