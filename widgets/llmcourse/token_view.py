"""TokenView: a text cut into the tokens the model reads."""

import traitlets

from .course_widget import CourseWidget
from .labels import token_label
from .text_encoding import encode
from .token_comparison import check_tokenizers, compare, comparison_picture, comparison_summary


class TokenView(CourseWidget):
    """See a text as the model reads it: one box a token, its id below, and how much each costs.

    text, tokenizer: cut the text live; the learner edits it in the page and the kernel cuts it again.
    trace: or show the tokens of a Trace (then the text is fixed).
    tokenizers: or compare up to six of them, one row each: {name: tokenizer}; "bytes" and "characters" in place of a
        tokenizer cut into those. See token_comparison.compare.
    selected: position of the selected token, -1 for none; set by a click, readable and settable from Python. With
        several tokenizers it is a position in the row `row`, and the same characters are marked in all rows; `rows`
        holds what each made of the text, `tokens` and `ids` the first one's.

    Raises TypeError when not exactly one of tokenizer, trace and tokenizers is given, TypeError or ValueError, naming
    what would be right, for tokenizers that cannot be compared. Bad text is told in the widget (`error`), which keeps
    the last good view.

    >>> TokenView("Tokens are not words.", tokenizer)                          # doctest: +SKIP
    >>> TokenView("naïve", tokenizers={"bytes": "bytes", "characters": "characters"}).summary.split(";")[0]
    '5 characters: bytes 6 tokens (0.83 characters a token, 1.20 times the fewest)'
    """

    stem = "token_view"

    text = traitlets.Unicode("").tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    ids = traitlets.List(traitlets.Int()).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    editable = traitlets.Bool(True).tag(sync=True)
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)  # one a tokenizer: name, tokens, ids, spans
    row = traitlets.Int(0).tag(sync=True)

    def __init__(self, text="", tokenizer=None, trace=None, tokenizers=None, **traits):
        if sum(source is not None for source in (tokenizer, trace, tokenizers)) != 1:
            raise TypeError(
                "TokenView needs a tokenizer: TokenView(text, tokenizer), or a trace: TokenView(trace=…), or several: "
                "TokenView(text, tokenizers={…})."
            )
        if tokenizers is not None:
            check_tokenizers(tokenizers)
        self._tokenizer, self._tokenizers = tokenizer, tokenizers and dict(tokenizers)
        super().__init__(text=trace.text if trace else text, editable=trace is None, **traits)
        if trace is None:
            self._cut()
            self.observe(self._cut, names="text")
        else:
            self._show(trace.tokens, trace.ids)

    def _cut(self, change=None):
        try:
            rows = compare(self.text, self._tokenizers) if self._tokenizers else []
            tokens, ids = (rows[0]["tokens"], rows[0]["ids"]) if rows else encode(self._tokenizer, self.text)
        except ValueError as problem:
            self.error = str(problem)
            return
        self.error = ""
        with self.hold_sync():
            self.rows = rows
            self._show(tokens, ids)
            if rows:
                self.summary = comparison_summary(self.text, rows)

    def show(self, trace):
        """Show the tokens of another Trace; nothing is selected."""
        if not self.editable:
            self.text = trace.text
        self._show(trace.tokens, trace.ids)

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
        ids = self.rows[self.row]["ids"] if self.rows else self.ids
        return proposal["value"] if -1 <= proposal["value"] < len(ids) else -1

    @traitlets.validate("row")
    def _within_rows(self, proposal):
        return max(0, min(proposal["value"], len(self.rows) - 1))

    def picture(self):
        """PNG bytes: the tokens in boxes, their ids below, at most 120 of them, of several tokenizers 60 each."""
        if self.rows:
            return comparison_picture(self.text, self.rows)
        from .pictures import token_boxes

        return token_boxes(self.tokens[:120], [str(number) for number in self.ids[:120]])
