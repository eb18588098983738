"""TokenView: a text cut into the tokens the model reads."""

import traitlets

from .course_widget import CourseWidget
from .labels import token_label


class TokenView(CourseWidget):
    """See a text as the model reads it: one box a token, its id below, and how much each costs.

    text, tokenizer: cut the text live; the learner edits it in the page and the kernel cuts it again.
    trace: or show the tokens of a Trace (then the text is fixed).
    selected: position of the selected token, -1 for none; set by a click, readable and settable from Python.

    Raises TypeError when neither a tokenizer nor a trace is given. Bad text is told in the widget (`error`), which
    keeps the last good view.

    >>> TokenView("Tokens are not words.", tokenizer)                          # doctest: +SKIP
    """

    stem = "token_view"

    text = traitlets.Unicode("").tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    ids = traitlets.List(traitlets.Int()).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    editable = traitlets.Bool(True).tag(sync=True)

    def __init__(self, text="", tokenizer=None, trace=None, **traits):
        if tokenizer is None and trace is None:
            raise TypeError("TokenView needs a tokenizer: TokenView(text, tokenizer), or a trace: TokenView(trace=…).")
        self._tokenizer = tokenizer
        super().__init__(text=trace.text if trace else text, editable=trace is None, **traits)
        if trace is None:
            self._cut()
            self.observe(self._cut, names="text")
        else:
            self._show(trace.tokens, trace.ids)

    def _cut(self, change=None):
        from .tracing import encode

        try:
            tokens, ids = encode(self._tokenizer, self.text)
        except ValueError as problem:
            self.error = str(problem)
            return
        self.error = ""
        self._show(tokens, ids)

    def _show(self, tokens, ids):
        with self.hold_sync():
            self.selected = -1
            self.tokens, self.ids = list(tokens), list(ids)
            characters = len(self.text)
            self.summary = (
                f"{len(ids)} tokens for {characters} characters: "
                + " | ".join(token_label(token) for token in tokens[:40])
                + (" | …" if len(tokens) > 40 else "")
            )

    @traitlets.validate("selected")
    def _within(self, proposal):
        return proposal["value"] if -1 <= proposal["value"] < len(self.ids) else -1

    def picture(self):
        """PNG bytes: the tokens in boxes, their ids below, at most 120 of them."""
        from .pictures import token_boxes

        return token_boxes(self.tokens[:120], [str(number) for number in self.ids[:120]])
