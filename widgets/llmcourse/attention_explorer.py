"""AttentionExplorer: every attention head of a model on one text, down to the numbers behind a weight."""

import traitlets

from .attention_packing import (
    check_attention,
    looks_ahead,
    pack_queries_keys,
    pack_scores,
    pack_thumbnails,
    pack_weights,
    weights_size,
)
from .course_widget import CourseWidget
from .head_scores import SCORES
from .labels import token_label
from .tracing import Trace, encode, trace

MAX_TOKENS = 512
WHOLE_MODEL = 400_000  # bytes: up to this size all heads travel at once, and no switch of head asks the kernel
PAGE = 4_000_000  # bytes: what an exported page carries at most, beside the selected head


class AttentionExplorer(CourseWidget):
    """See what every head attends to: all heads as thumbnails, one head large, one weight taken apart.

    trace: a Trace; the text is fixed.
    model, tokenizer, text: or trace this text live; the learner edits it and the kernel traces it again.

    Readable and settable from Python, and changed by clicks and keys in the page:
    layer, head: the head that is shown large.
    query_token, key_token: positions of the selected tokens, -1 for none. With both, the page shows how query
        and key make the score and the softmax makes the weight.
    view: "matrix" (rows attend to columns) or "lines" (two columns of tokens, opacity is weight).
    sort: order of the thumbnails: "layer", "previous-token", "first-token" or "induction" (head_scores.py).
    text: the live text.

    Weights in the page are exact to 0.00001; at most 512 tokens. Raises TypeError for a missing model or a wrong
    trace, ValueError for empty or too long text and for attention that is not made of weights, RuntimeError for a
    model that cannot show its attention, TraitError for a layer, head or token that does not exist. Text that
    goes wrong later is told in the widget (`error`), which keeps the last good view.

    >>> model, tokenizer = load_model()                                        # doctest: +SKIP
    >>> AttentionExplorer(trace(model, tokenizer, "The cat sat"), layer=3, head=4)   # doctest: +SKIP
    >>> AttentionExplorer(model=model, tokenizer=tokenizer, text="The cat sat")     # doctest: +SKIP
    """

    stem = "attention_explorer"

    text = traitlets.Unicode("").tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    query_token = traitlets.Int(-1).tag(sync=True)
    key_token = traitlets.Int(-1).tag(sync=True)
    view = traitlets.Enum(["matrix", "lines"], "matrix").tag(sync=True)
    sort = traitlets.Enum(["layer", *SCORES], "layer").tag(sync=True)

    trace_number = traitlets.Int(0).tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layers = traitlets.Int(0).tag(sync=True)
    heads = traitlets.Int(0).tag(sync=True)
    square = traitlets.Bool(False).tag(sync=True)
    scaling = traitlets.Float(None, allow_none=True).tag(sync=True)
    pool = traitlets.Int(1).tag(sync=True)
    thumbnail_side = traitlets.Int(1).tag(sync=True)
    thumbnails = traitlets.Bytes(b"").tag(sync=True)
    scores = traitlets.Bytes(b"").tag(sync=True)
    weights = traitlets.Bytes(b"").tag(sync=True)
    queries_keys = traitlets.Bytes(b"").tag(sync=True)

    def __init__(self, trace=None, *, model=None, tokenizer=None, text=None, **traits):
        if trace is None and (model is None or tokenizer is None):
            raise TypeError(
                "AttentionExplorer needs a trace: AttentionExplorer(trace), or a model, a tokenizer and "
                "a text: AttentionExplorer(model=…, tokenizer=…, text=…)."
            )
        if trace is not None and not isinstance(trace, Trace):
            raise TypeError(
                f"trace must be a Trace, made by trace(model, tokenizer, text); got {type(trace).__name__}."
            )
        self._model, self._tokenizer = model, tokenizer
        live = trace is None
        seen = _accepted(self._trace_of(text) if live else trace)
        place = (traits.get("layer", 0), traits.get("head", 0))
        super().__init__(editable=live, **self._traits_of(seen, place), **traits)
        self._follow()
        self.observe(self._follow, names=["layer", "head", "query_token", "key_token"])
        self.observe(self._retrace, names="text")

    def _trace_of(self, text):
        if text is None:
            raise TypeError("AttentionExplorer needs a text: AttentionExplorer(model=…, tokenizer=…, text='The cat').")
        _check_count(len(encode(self._tokenizer, text)[1]))
        return trace(self._model, self._tokenizer, text)

    def _traits_of(self, seen, place):
        """The traits that show a trace; the trace itself stays here, to answer for what has not been sent."""
        layers, heads = seen.attention.shape[:2]
        square = looks_ahead(seen)
        everything = [(layer, head) for layer in range(layers) for head in range(heads)]
        whole = len(everything) * weights_size(seen, square) <= WHOLE_MODEL
        self._trace, number = seen, self.trace_number + 1
        self._scores = {name: score(seen) for name, score in SCORES.items()}
        thumbnails, side, pool = pack_thumbnails(seen.attention)
        sent = everything if whole else [place if place in everything else (0, 0)]
        self._sent_weights, self._sent_vectors = sent, None
        return {
            "trace_number": number,
            "text": _sendable(seen.text),
            "tokens": [_sendable(token) for token in seen.tokens],
            "layers": layers,
            "heads": heads,
            "square": square,
            "scaling": None if seen.queries is None else seen.scaling or seen.queries.shape[-1] ** -0.5,
            "pool": pool,
            "thumbnail_side": side,
            "thumbnails": thumbnails,
            "scores": pack_scores(self._scores.values(), (layers, heads)),
            "weights": pack_weights(seen, sent, number, square),
            "queries_keys": b"",
        }

    def _follow(self, change=None):
        """Send what the page now needs: the head it shows, the queries and keys behind a selected pair."""
        place = (self.layer, self.head)
        with self.hold_sync():
            if place not in self._sent_weights:
                self._sent_weights = [place]
                self.weights = pack_weights(self._trace, [place], self.trace_number, self.square)
            pair = self.query_token >= 0 and self.key_token >= 0
            if pair and self._trace.queries is not None and place != self._sent_vectors:
                self._sent_vectors = place
                self.queries_keys = pack_queries_keys(self._trace, [place], self.trace_number)
            self.summary = self._sentence()

    def _retrace(self, change):
        self.busy = True
        try:
            if not self.editable:
                raise ValueError("text is fixed: this explorer shows a Trace. Give it a model and a tokenizer.")
            seen = _accepted(self._trace_of(change["new"]))
        except (TypeError, ValueError, RuntimeError) as problem:
            self.error = str(problem)
        else:
            with self.hold_sync():
                self.error = ""
                self.query_token = self.key_token = -1
                for name, value in self._traits_of(seen, (self.layer, self.head)).items():
                    if name != "text":  # it is the learner's, who may be typing on
                        setattr(self, name, value)
                self._follow()
        finally:
            self.busy = False

    def _sentence(self):
        weights = self._trace.attention[self.layer, self.head]
        query = self.query_token if self.query_token >= 0 else len(self.tokens) - 1
        key = self.key_token if self.key_token >= 0 else int(weights[query].argmax())
        verb = "attends" if self.key_token >= 0 else "attends most"
        text = " ".join("".join(self.tokens).split())
        beginning = text if len(text) <= 60 else text[:59] + "…"
        means = ", ".join(
            f"{name} score {float(score[self.layer, self.head]):.2f}"
            for name, score in self._scores.items()
            if score is not None
        )
        return (
            f"Attention of {self.layers} layers × {self.heads} heads over {len(self.tokens)} tokens of “{beginning}”. "
            f"In layer {self.layer}, head {self.head}{means and f' ({means})'} the token "
            f"“{token_label(self.tokens[query])}” {verb} to “{token_label(self.tokens[key])}” "
            f"with weight {float(weights[query, key]):.4f}."
        )

    def exported_state(self):
        """The traits of an exported page: as many heads as fit, the selected one first, with queries and keys."""
        places = [(layer, head) for layer in range(self.layers) for head in range(self.heads)]
        places.sort(key=lambda place: (place != (self.layer, self.head), abs(place[0] - self.layer)))
        fit = max(1, PAGE // weights_size(self._trace, self.square))
        weights = pack_weights(self._trace, places[:fit], self.trace_number, self.square)
        queries_keys = b""
        if self._trace.queries is not None:
            one = 8 * len(self.tokens) * self._trace.queries.shape[-1]
            fit = min(fit, max(1, (PAGE - len(weights)) // one))
            queries_keys = pack_queries_keys(self._trace, places[:fit], self.trace_number)
        replaced = {"weights": weights, "queries_keys": queries_keys}
        sizes = {name: len(value) for name, value in replaced.items()}
        return super().exported_state() | replaced | {"_sizes": {**self._sizes, **sizes}}

    def picture(self):
        """PNG bytes: the thumbnails of all heads, and the matrix of the selected one with its tokens."""
        from .attention_picture import attention_picture

        return attention_picture(self._trace, self.layer, self.head, self.query_token, self.key_token)

    @traitlets.validate("layer", "head", "query_token", "key_token")
    def _exists(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        least = -1 if name.endswith("token") else 0
        most = {"layer": self.layers, "head": self.heads}.get(name, len(self.tokens)) - 1
        if not least <= value <= most:
            none = " (-1: none)" if least < 0 else ""
            raise traitlets.TraitError(f"{name} must be between {least} and {most}{none}; got {value}.")
        return value


def _accepted(seen):
    """The trace itself, when the explorer can show it."""
    _check_count(len(seen))
    check_attention(seen)
    return seen


def _check_count(count):
    if count > MAX_TOKENS:
        raise ValueError(f"text has {count:,} tokens; AttentionExplorer shows at most {MAX_TOKENS}. Shorten it.")


def _sendable(text):
    """Text without half surrogate pairs, which no message can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
