"""Workspace: one sentence in four views: tokens, attention, logit lens and next token, each following the others."""

from dataclasses import replace

import numpy as np
import traitlets

from .attention_explorer import AttentionExplorer
from .linked_parts import LinkedParts
from .logit_lens import MAX_TOKENS, LogitLens, check_model
from .sampling_explorer import SamplingExplorer
from .token_view import TokenView
from .tracing import check_length, encode, trace
from .vocabulary import token_names

BLOCK = 4_000_000  # bytes of logits in one message: 20 positions of 49,152; the others follow while the page rests


class Workspace(LinkedParts):
    """See one sentence through a model: its tokens, every attention head, what each layer would say, what comes next.

    model, tokenizer, text: a causal model of transformers and a text of at most 256 tokens, which the learner edits;
        one forward pass serves all parts.
    layer, head: the head that is shown first; by default the first of the last layer.

    position: the selected token, in Python as in the page: the query of the attention, the column of the lens and the
        place whose next token is sampled. A selected layer is marked in attention and lens, and a token selected
        for sampling is followed through the lens. A drawn token is appended, and all parts follow.
    tokens, attention, lens, sampling: the parts, a TokenView, AttentionExplorer, LogitLens and SamplingExplorer;
        read and set their traits as of any of them: `workspace.sampling.temperature = 0.7`.

    Raises TypeError for a missing argument, ValueError for a model whose states cannot be read as logits and for
    empty or too long text, RuntimeError for a model that cannot show its attention. Text that goes wrong later is
    told in the widget (`error`), which keeps the last good view.

    >>> workspace = Workspace(model, tokenizer, "The capital of France is")    # doctest: +SKIP
    >>> workspace.position = 3                                                 # doctest: +SKIP
    >>> workspace.lens.top()[0], workspace.sampling.kept_ids[:5]               # doctest: +SKIP
    """

    stem = "workspace"
    kept_here = {"sampling": {"logits_data", "ids", "tokens", "extendable"}}  # the page makes them of logits_data here

    text = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    trace_number = traitlets.Int(1).tag(sync=True)
    vocab = traitlets.Int(0).tag(sync=True)
    logits_data = traitlets.Bytes().tag(sync=True)

    def __init__(self, model=None, tokenizer=None, text=None, *, layer=None, head=0, **traits):
        if model is None or tokenizer is None or text is None:
            raise TypeError(
                "Workspace needs a model, its tokenizer and a text: Workspace(model, tokenizer, 'The cat')."
            )
        check_model(model)
        self._model, self._tokenizer, self._linking = model, tokenizer, False
        seen = self._trace = self._trace_of(text, [])
        last, layers = len(seen) - 1, seen.attention.shape[0]
        layer = layers - 1 if layer is None else layer
        self.lens = self.part("lens", LogitLens, seen, model=model, tokenizer=tokenizer)
        self.attention = self.part("attention", AttentionExplorer, seen, layer=layer, head=head, query_token=last)
        self.tokens = self.part("tokens", TokenView, trace=seen)
        self.tokens.selected = last
        self.sampling = self.part("sampling", SamplingExplorer, seen.logits[-1], tokenizer, ids=seen.ids)
        self.lens.layer = self._row_of(layer)
        self._shown = (_sendable(text), [])
        shown = {"text": self._shown[0], "position": last, "vocab": seen.logits.shape[-1], "summary": self._sentence()}
        super().__init__(logits_data=self._logits_around(last), **shown, **traits)
        self.observe(self._retrace, names="text")
        self.observe(self._to_position, names="position")
        self.sampling.observe(self._grow, names="appended")
        for part, name, follow in [
            (self.tokens, "selected", self._go_to),
            (self.attention, "query_token", self._go_to),
            (self.lens, "position", self._go_to),
            (self.attention, "layer", lambda layer: self.lens.set_trait("layer", self._row_of(layer))),
            (self.lens, "layer", self._mark_layer),
            (self.sampling, "selected", lambda number: self.lens.set_trait("target", number)),
            (self.lens, "target", lambda number: self.sampling.set_trait("selected", number)),
        ]:
            part.observe(lambda change, follow=follow: self._link(follow, change["new"]), names=name)
        for part in self.parts.values():
            part.observe(lambda change: self._linking or self._summarise(), names="summary")

    def set_state(self, sync_data):
        """Take over what the page changed. The page has linked its parts itself, maybe further by now."""
        self._linking = True
        try:
            super().set_state(sync_data)
        finally:
            self._linking = False
            self._summarise()

    def exported_state(self):
        """The traits of an exported page, with the logits around the selected position."""
        logits = self._logits_around(self.position)
        sizes = {**self._sizes, "logits_data": len(logits)}
        return super().exported_state() | {"logits_data": logits, "_sizes": sizes}

    def picture(self):
        """PNG bytes: the static pictures of the four parts beside each other."""
        from .workspace_picture import workspace_picture

        return workspace_picture({name: part.picture() for name, part in self.parts.items()})

    def _link(self, follow, value):
        if self._linking:
            return
        self._linking = True
        try:
            with self.hold_sync():
                follow(value)
        finally:
            self._linking = False
            self._summarise()

    def _go_to(self, position):
        if position < 0:
            return
        self.position = position  # which shows its distribution
        self.tokens.selected = position
        if not self.attention.square and self.attention.key_token > position:
            self.attention.key_token = -1
        self.attention.query_token = position
        self.lens.position, self.lens.target = position, -1
        self.sampling.selected = -1

    def _to_position(self, change):
        """Show the distribution at the new position, and from Python move all parts there."""
        self.sampling.show(self._trace.logits[self.position], self._trace.ids[: self.position + 1])
        self._link(self._go_to, self.position)

    def _row_of(self, layer):
        return 1 + (self._layer_numbers()[layer])

    def _mark_layer(self, row):
        if row - 1 in self._layer_numbers():
            self.attention.layer = self._layer_numbers().index(row - 1)

    def _layer_numbers(self):
        return self.attention.layer_numbers or list(range(self.attention.layers))

    def _trace_of(self, text, appended):
        tokens, ids = encode(self._tokenizer, text)
        ids = [*ids, *appended]
        if len(ids) > MAX_TOKENS:
            raise ValueError(f"text has {len(ids):,} tokens; Workspace shows at most {MAX_TOKENS}. Shorten it.")
        check_length(len(ids), self._model)
        seen = trace(self._model, _Chosen(ids) if appended else self._tokenizer, text)
        names = token_names(self._tokenizer, seen.logits.shape[-1])
        added = [names[number] for number in appended]
        return replace(seen, tokens=[*tokens, *added], text=_sendable(text) + "".join(added))

    def _grow(self, change):
        self._read(self.text, change["new"])

    def _retrace(self, change):
        self._read(change["new"], [])

    def _read(self, text, appended):
        if (text, list(appended)) == self._shown:
            self.error = ""
            return
        self.busy = True
        try:
            seen = self._trace_of(text, appended)
        except (TypeError, ValueError, RuntimeError) as problem:
            if text == self._shown[0]:
                self.sampling.appended = self._shown[1]  # the last token does not fit
            self.error = str(problem)
        else:
            self._show(seen, text, list(appended))
        finally:
            self.busy = False

    def _show(self, seen, text, appended):
        linking, self._linking = self._linking, True
        with self.hold_sync():
            self.error = ""
            self._trace, self._shown = seen, (text, appended)
            self.trace_number += 1
            self.lens.show(seen)
            self.attention.show(seen)
            self.tokens.show(seen)
            self.sampling.appended = appended
            self.sampling.selected = -1
            self.sampling.show(seen.logits[-1], seen.ids)
            self.lens.layer = self._row_of(self.attention.layer)
            self.position = self.tokens.selected = self.attention.query_token = len(seen) - 1
            self.logits_data = self._logits_around(self.position)
            self._summarise()
        self._linking = linking

    def _answer(self, widget, message, buffers):
        if isinstance(message, dict) and message.get("kind") == "logits":
            position = message.get("position")
            if isinstance(position, int) and 0 <= position < len(self._trace):
                self.logits_data = self._logits_around(position)
        else:
            super()._answer(widget, message, buffers)

    def _logits_around(self, position):
        """As many positions as one message carries, as bytes: uint32 [number, first, count, vocab], float32 logits."""
        count, vocab = self._trace.logits.shape
        fit = min(count, max(1, BLOCK // (4 * vocab)))
        first = max(0, min(position - fit // 2, count - fit))
        head = np.array([self.trace_number, first, fit, vocab], "<u4").tobytes()
        return head + self._trace.logits[first : first + fit].numpy().astype("<f4").tobytes()

    def _summarise(self):
        self.summary = self._sentence()

    def _sentence(self):
        return f"One text, four views. {self.attention.summary} {self.lens.summary}"

    @traitlets.validate("position")
    def _exists(self, proposal):
        if 0 <= proposal["value"] < len(self._trace):
            return proposal["value"]
        raise traitlets.TraitError(f"position must be between 0 and {len(self._trace) - 1}; got {proposal['value']}.")


class _Chosen:
    """What trace() takes for a tokenizer when the ids are chosen already: those of the prompt and the appended ones."""

    def __init__(self, ids):
        self._ids = ids

    def encode(self, text):
        return self._ids

    def decode(self, ids):
        return ""

    def convert_ids_to_tokens(self, token_id):
        return str(token_id)

    all_special_ids = ()


def _sendable(text):
    """Text without half surrogate pairs, which no message can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
