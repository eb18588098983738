"""AttentionExplorer: every attention head of a model on one text, down to the numbers behind a weight."""

import traitlets

from .attention_packing import check_attention, pack_biases, pack_exact, pack_overviews, pack_queries_keys, pack_weights
from .attention_state import as_json, page_traits, sendable, stack_traits
from .attention_summary import attention_sentence, check_place
from .course_widget import CourseWidget
from .head_scores import PAIRS, head_score
from .tracing import Trace, trace

PAGE = 4_000_000  # bytes: what an exported page carries at most, beside the selected head
PART = 400_000  # weights in one exact part of a head of a long text


class AttentionExplorer(CourseWidget):
    """See what every head attends to: all heads as thumbnails, one head large, one weight taken apart.

    trace: a Trace of any model; the text is fixed.
    model, tokenizer, text: or trace this text live; the learner edits it and the kernel traces it again.
    target: with an encoder-decoder model, what its decoder reads; empty: the model's own greedy answer.

    Readable and settable from Python, and changed by clicks and keys in the page:
    stack: which attention is shown: "self", or of an encoder-decoder "encoder", "decoder" or "cross", where rows are
        tokens of the target and columns tokens of the source. `stacks` lists the names there are.
    layer, head: the head that is shown large. Layers with attention are counted from 0; the page names them by the
        model's own numbers (`layer_numbers`) where others have none.
    query_token, key_token: positions of the selected tokens, -1 for none. With both, the page shows how query
        and key make the score and the softmax makes the weight.
    view: "matrix" (rows attend to columns) or "lines" (two columns of tokens, opacity is weight).
    sort: order of the thumbnails: "layer", "previous-token", "first-token" or "induction" (head_scores.py).
    text, target: the live texts.

    Weights in the page are exact to 0.00001. Beyond 512 tokens a head is first drawn coarsely, a pixel for the
    strongest of several weights, and the page asks for the exact weights of what is zoomed in or selected. Raises
    TypeError for a missing model or a wrong trace, ValueError for empty or too long text and for attention that is not
    made of weights, RuntimeError for a model that cannot show its attention, TraitError for a stack, layer, head or
    token that does not exist. Text that goes wrong later is told in the widget (`error`), which keeps the last good
    view.

    >>> model, tokenizer = load_model()                                        # doctest: +SKIP
    >>> AttentionExplorer(trace(model, tokenizer, "The cat sat"), layer=3, head=4)   # doctest: +SKIP
    >>> AttentionExplorer(model=model, tokenizer=tokenizer, text="The cat sat")     # doctest: +SKIP
    """

    stem = "attention_explorer"

    text = traitlets.Unicode("").tag(sync=True)
    target = traitlets.Unicode("").tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    two_texts = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    stack = traitlets.Unicode("").tag(sync=True)
    stacks = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    query_token = traitlets.Int(-1).tag(sync=True)
    key_token = traitlets.Int(-1).tag(sync=True)
    view = traitlets.Enum(["matrix", "lines"], "matrix").tag(sync=True)
    sort = traitlets.Enum(["layer", *PAIRS], "layer").tag(sync=True)

    trace_number = traitlets.Int(0).tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    key_tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)  # empty: the same as `tokens`
    layers = traitlets.Int(0).tag(sync=True)
    heads = traitlets.Int(0).tag(sync=True)
    layer_numbers = traitlets.List(traitlets.Int()).tag(sync=True)  # empty: 0, 1, 2 …
    square = traitlets.Bool(False).tag(sync=True)
    long = traitlets.Bool(False).tag(sync=True)
    scaling = traitlets.Float(None, allow_none=True).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    pool = traitlets.Int(1).tag(sync=True)
    thumbnail_side = traitlets.Int(1).tag(sync=True)
    thumbnails = traitlets.Bytes(b"").tag(sync=True)
    scores = traitlets.Bytes(b"").tag(sync=True)
    weights = traitlets.Bytes(b"").tag(sync=True)
    overviews = traitlets.Bytes(b"").tag(sync=True)
    wanted = traitlets.List(traitlets.Int()).tag(
        sync=True
    )  # of a long text: trace, layer, head, query, key, rows, columns
    exact = traitlets.Bytes(b"").tag(sync=True)
    queries_keys = traitlets.Bytes(b"").tag(sync=True)
    biases = traitlets.Bytes(b"").tag(sync=True)
    saved_stacks = traitlets.Dict().tag(sync=True)  # in an exported page: every stack, which no kernel can send

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
        seen = _accepted(self._trace_of(text, traits.get("target", "")) if live else trace)
        names = [stack.name for stack in seen.stacks]
        name = traits.pop("stack", names[0])
        if name not in names:
            raise traitlets.TraitError(f"stack must be one of {', '.join(names)}; got {name!r}.")
        place = (traits.get("layer", 0), traits.get("head", 0))
        two = live and bool(getattr(getattr(model, "config", None), "is_encoder_decoder", False))
        super().__init__(editable=live, two_texts=two, **self._traits_of(seen, name, place), **traits)
        self._follow()
        self.observe(self._follow, names=["layer", "head", "query_token", "key_token"])
        self.observe(self._show_stack, names="stack")
        self.observe(self._send_exact, names="wanted")
        self.observe(self._retrace, names=["text", "target"])

    def _trace_of(self, text, target):
        if text is None:
            raise TypeError("AttentionExplorer needs a text: AttentionExplorer(model=…, tokenizer=…, text='The cat').")
        return trace(self._model, self._tokenizer, text, target=target or None, attention_only=True)

    def _traits_of(self, seen, name, place):
        """The traits that show a stack of a trace; both stay here, to answer for what has not been sent."""
        self._trace, self._stack = seen, next(stack for stack in seen.stacks if stack.name == name)
        self._scores = {score: head_score(self._stack, score) for score in PAIRS}
        traits, self._sent_weights = stack_traits(self._stack, place, self.trace_number + 1)
        self._sent_vectors = None
        return {"text": sendable(seen.text), "stacks": [stack.name for stack in seen.stacks], **traits}

    def _follow(self, change=None):
        """Send what the page now needs: the head it shows, the queries and keys behind a selected pair."""
        place = (self.layer, self.head)
        with self.hold_sync():
            if place not in self._sent_weights:
                self._sent_weights = [place]
                if self.long:
                    self.overviews = pack_overviews(self._stack, [place], self.trace_number)
                else:
                    self.weights = pack_weights(self._stack, [place], self.trace_number, self.square)
            pair = self.query_token >= 0 and self.key_token >= 0
            if pair and self._stack.queries is not None and place != self._sent_vectors:
                self._sent_vectors = place
                self.queries_keys = pack_queries_keys(self._stack, [place], self.trace_number)
                self.biases = pack_biases(self._stack, [place], self.trace_number)
            self.summary = self._sentence()

    def _send_exact(self, change):
        """The page of a long text asks for the exact weights of what it zooms into or selects."""
        if len(change["new"]) != 7:
            return
        number, layer, head, query, key, rows, columns = change["new"]
        count, key_count = self._stack.attention.shape[2:]
        inside = 0 <= layer < self.layers and 0 <= head < self.heads and 0 <= query < count and 0 <= key < key_count
        if number == self.trace_number and inside and rows > 0 and columns > 0:
            columns = min(columns, key_count - key)
            rows = min(rows, count - query, max(PART // columns, 1))
            self.exact = pack_exact(self._stack, layer, head, query, key, rows, columns, number)

    def _show_stack(self, change):
        if change["new"] != self._stack.name:
            self._replace(self._traits_of(self._trace, change["new"], (self.layer, self.head)))

    def _retrace(self, change):
        self.busy = True
        try:
            if not self.editable:
                raise ValueError("text is fixed: this explorer shows a Trace. Give it a model and a tokenizer.")
            seen = _accepted(self._trace_of(self.text, self.target))
        except (TypeError, ValueError, RuntimeError) as problem:
            self.error = str(problem)
        else:
            self.error = ""
            self._replace(self._traits_of(seen, self.stack, (self.layer, self.head)))
        finally:
            self.busy = False

    def show(self, trace):
        """Show another Trace of the same model; the head stays selected. Raises as making an explorer does."""
        self._replace(self._traits_of(_accepted(trace), self.stack, (self.layer, self.head)))

    def _replace(self, traits):
        """Show another stack or another text: the selection of tokens is gone, the head stays where it exists."""
        with self.hold_sync():
            self.query_token = self.key_token = -1
            layer = self.layer if self.layer < traits["layers"] else 0
            head = self.head if self.head < traits["heads"] else 0
            for name, value in traits.items():
                if name != "text":  # it is the learner's, who may be typing on
                    setattr(self, name, value)
            self.layer, self.head = layer, head
            self._follow()

    def _sentence(self):
        return attention_sentence(
            self._stack, self._scores, self.layer, self.head, self.query_token, self.key_token, self._trace.text
        )

    def exported_state(self):
        """The traits of an exported page: as many heads as fit, the selected one first, with queries and keys; of
        several stacks each."""
        stacks, pair = self._trace.stacks, (self.query_token, self.key_token)
        room = PAGE // (1 if len(stacks) == 1 else len(stacks) + 1)
        replaced = page_traits(self._stack, (self.layer, self.head), pair, self.trace_number, room)
        sizes = {name: len(value) for name, value in replaced.items()}
        saved = {}
        for number, stack in enumerate(stacks if len(stacks) > 1 else [], self.trace_number + 1):
            traits = stack_traits(stack, (0, 0), number)[0] | page_traits(stack, (0, 0), (-1, -1), number, room)
            saved[stack.name] = as_json(traits)
        return super().exported_state() | replaced | {"_sizes": {**self._sizes, **sizes}, "saved_stacks": saved}

    def picture(self):
        """PNG bytes: the thumbnails of all heads, and the matrix of the selected one with its tokens."""
        from .attention_picture import attention_picture

        return attention_picture(self._stack, self.layer, self.head, self.query_token, self.key_token)

    @traitlets.validate("stack")
    def _is_there(self, proposal):
        if proposal["value"] not in self.stacks:
            raise traitlets.TraitError(f"stack must be one of {', '.join(self.stacks)}; got {proposal['value']!r}.")
        return proposal["value"]

    @traitlets.validate("layer", "head", "query_token", "key_token")
    def _exists(self, proposal):
        most = {"layer": self.layers, "head": self.heads, "query_token": len(self.tokens)}
        name = proposal["trait"].name
        return check_place(name, proposal["value"], most.get(name, len(self.key_tokens or self.tokens)))


def _accepted(seen):
    """The trace itself, when the explorer can show it."""
    for stack in seen.stacks:
        check_attention(stack)
    return seen
