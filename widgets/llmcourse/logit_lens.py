"""LogitLens: what a model would say if it stopped after each of its layers."""

import traitlets

from .course_widget import CourseWidget
from .labels import token_label
from .lens_columns import check_reading, follow_token, pack_columns, pack_track, read_token
from .scratch.lens import check_output, layer_stack
from .tracing import Trace, check_length, encode, trace
from .vocabulary import fill_names, pack_names, token_names

MAX_TOKENS = 256  # each costs layers × vocabulary: about 50 ms for a model of 135M parameters
COLOURS = ("probability", "entropy", "rank", "divergence")


class LogitLens(CourseWidget):
    """See an answer grow: the likeliest token after every layer, at every position, by the model's own output matrix.

    trace, model, tokenizer: a Trace of this model; the text is fixed.
    model, tokenizer, text: or trace this text live; the learner edits it and the kernel traces it again.

    Readable and settable from Python, and changed by clicks and keys in the page:
    layer, position: the selected cell; layer 0 is the embedding, layer k the state after k layers.
    target: the id of the token that is followed through the layers, -1 for the model's final answer.
    target_text: name the target instead: its first token is followed.
    colour: of the cells: "probability" of the likeliest token, "entropy" in bits, "rank" of the final answer, or
        "divergence" (Kullback-Leibler, in bits) from the final distribution.
    text: the live text, at most 256 tokens.

    Works for causal models of transformers, where a cell says what comes next, and for encoders with a masked-LM
    head (BERT), where it says what stands here. The last row is the model's own output. After nostalgebraist 2020
    (scratch/lens.py). Raises TypeError for a missing model or a wrong trace, ValueError for a model that predicts no
    tokens, a trace of another model, empty or too long text, TraitError for a cell or target that does not exist.
    What goes wrong later is told in the widget (`error`), which keeps the last good view.

    >>> lens = LogitLens(model=model, tokenizer=tokenizer, text="The capital of France is")    # doctest: +SKIP
    >>> lens.top(layer=30)[0]                                                                  # doctest: +SKIP
    (' Paris', 0.41)
    """

    stem = "logit_lens"

    text = traitlets.Unicode("").tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    layer = traitlets.Int(0).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    target = traitlets.Int(-1).tag(sync=True)
    target_text = traitlets.Unicode("").tag(sync=True)
    colour = traitlets.Enum(COLOURS, "probability").tag(sync=True)

    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    ids = traitlets.List(traitlets.Int()).tag(sync=True)
    causal = traitlets.Bool(True).tag(sync=True)
    vocab = traitlets.Int(0).tag(sync=True)
    lens_number = traitlets.Int(0).tag(sync=True)
    name_ids = traitlets.List(traitlets.Int()).tag(sync=True)  # the tokens that the page can name …
    names_data = traitlets.Bytes().tag(sync=True)  # … and their names
    target_name = traitlets.Unicode("").tag(sync=True)
    columns_data = traitlets.Bytes().tag(sync=True)
    track_data = traitlets.Bytes().tag(sync=True)

    def __init__(self, trace=None, *, model=None, tokenizer=None, text=None, **traits):
        if model is None or tokenizer is None or (trace is None) == (text is None):
            raise TypeError(
                "LogitLens needs a model, its tokenizer and a text: LogitLens(model=…, tokenizer=…, text=…), or a "
                "Trace of it: LogitLens(trace, model=…, tokenizer=…)."
            )
        if trace is not None and not isinstance(trace, Trace):
            raise TypeError(
                f"trace must be a Trace, made by trace(model, tokenizer, text); got {type(trace).__name__}."
            )
        check_model(model)
        self._model, self._tokenizer, self._trace, self._columns = model, tokenizer, None, []
        shown = self._traits_of(trace or self._trace_of(text))
        super().__init__(editable=trace is None, **{**shown, **traits})
        self._follow()
        self.observe(self._follow, names=["layer", "position", "target"])
        self.observe(self._name_target, names="target_text")
        self.observe(self._retrace, names="text")
        if self.target_text:
            self._name_target()

    def show(self, trace):
        """Show another Trace of the same model: its last token, and what becomes of its final answer."""
        shown = self._traits_of(trace)  # raises before anything changes
        with self.hold_sync():
            self._set(shown)

    def top(self, layer=None, position=None):
        """The likeliest tokens of a cell, the selected one by default: [(token, probability), …], likeliest first."""
        column = self._columns[self.position if position is None else position]
        row = self.layer if layer is None else layer
        return [(self._names[number], float(p)) for number, p in zip(column.ids[row], column.probs[row], strict=True)]

    def track(self):
        """The followed token after each layer at the selected position: [(probability, rank), …], 1 the likeliest."""
        probs, ranks = self._followed(self._target_id())
        return [(float(p), int(rank)) for p, rank in zip(probs, ranks, strict=True)]

    def picture(self):
        """PNG bytes: the grid of layers and tokens, coloured as chosen."""
        from .lens_picture import lens_picture

        return lens_picture(self.tokens, self._columns, self._names, self.colour, (self.layer, self.position))

    def _trace_of(self, text):
        count = len(encode(self._tokenizer, text)[1])
        _check_count(count)
        check_length(count, self._model)
        return trace(self._model, self._tokenizer, text)

    def _traits_of(self, seen):
        """The traits that show a trace; the trace itself stays here, to follow further tokens."""
        _check_count(len(seen))
        check_reading(self._model, seen)
        vocab = seen.logits.shape[-1]
        columns = [self._column(seen, position) for position in range(len(seen))]
        self._trace, self._columns = seen, columns
        if isinstance(self._tokenizer, (list, tuple)):
            self._names = fill_names(self._tokenizer, vocab)
        else:
            self._names = token_names(self._tokenizer, vocab)
        named = sorted({int(number) for column in columns for number in (*column.ids.flat, *column.followed)})
        number = self.lens_number + 1
        return {
            "text": _sendable(seen.text),
            "tokens": [_sendable(token) for token in seen.tokens],
            "ids": list(seen.ids),
            "causal": seen.causal,
            "vocab": vocab,
            "lens_number": number,
            "name_ids": named,
            "names_data": pack_names([self._names[one] for one in named]),
            "columns_data": pack_columns(columns, number),
            "track_data": b"",
            "layer": len(columns[0].ids) - 1,
            "position": len(columns) - 1,
            "target": -1,
        }

    def _column(self, seen, position):
        """The lens at one position: computed, or that of the text before where both texts are the same up to here."""
        before = self._trace
        upto = position + 2  # the token after a position is followed too
        if before and seen.causal and before.ids[:upto] == seen.ids[:upto] and len(before) >= upto:
            return self._columns[position]
        said = seen.ids[position + 1 : upto] if seen.causal else seen.ids[position : position + 1]
        return read_token(self._model, seen, position, [one for one in said if one < seen.logits.shape[-1]])

    def _set(self, shown):
        kept = {"layer"} | ({"text"} if self.editable else set())  # a live text is the learner's, who may be typing on
        for name, value in shown.items():
            if name not in kept:
                setattr(self, name, value)
        self._follow()

    def _retrace(self, change):
        self.busy = True
        try:
            if not self.editable:
                if change["new"] == _sendable(self._trace.text):
                    return
                raise ValueError("text is fixed: this lens shows a Trace. Give it a model, a tokenizer and a text.")
            shown = self._traits_of(self._trace_of(change["new"]))
        except (TypeError, ValueError, RuntimeError) as problem:
            self.error = str(problem)
        else:
            with self.hold_sync():
                self.error = ""
                self._set(shown)
        finally:
            self.busy = False

    def _name_target(self, change=None):
        if not self.target_text:
            self.error, self.target = "", -1
            return
        if isinstance(self._tokenizer, (list, tuple)):
            found = [self._names.index(self.target_text)] if self.target_text in self._names else []
        else:
            found = self._tokenizer(self.target_text, add_special_tokens=False)["input_ids"]
        if not found or found[0] >= self.vocab:
            self.error = f"target_text must begin with a token that the model knows; got {self.target_text[:40]!r}."
            return
        self.error, self.target = "", int(found[0])

    def _target_id(self):
        return self.target if self.target >= 0 else int(self._columns[self.position].ids[-1, 0])

    def _followed(self, number):
        column = self._columns[self.position]
        place = (column.followed == number).nonzero()[0]
        if len(place):
            return column.followed_probs[place[0]], column.followed_ranks[place[0]]
        return follow_token(self._model, self._trace, self.position, number)

    def _follow(self, change=None):
        number = self._target_id()
        with self.hold_sync():
            self.target_name = self._names[number]
            if number not in self._columns[self.position].followed:  # else the page has it already
                track = self._followed(number)
                self.track_data = pack_track(self.lens_number, self.position, number, *track)
            self.summary = self._sentence()

    def _sentence(self):
        column, position = self._columns[self.position], self.position
        rows = len(column.ids)
        answer = column.rank == 1
        first = next(row for row in range(rows) if answer[row:].all())  # the layers from here on all agree
        (token, p), (final, sure) = self.top()[0], self.top(rows - 1)[0]
        verb = "comes after" if self.causal else "stands at"
        where = "Before the first layer" if self.layer == 0 else f"After layer {self.layer} of {rows - 1}"
        return (
            f"{where} the model would say that “{token_label(token)}” {verb} “{token_label(self.tokens[position])}” "
            f"({p:.1%}). Its final answer is “{token_label(final)}” ({sure:.1%}), which is the likeliest from "
            f"{'the embedding' if first == 0 else f'layer {first}'} on; {len(self.tokens)} tokens."
        )

    @traitlets.validate("layer", "position", "target")
    def _exists(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        least = -1 if name == "target" else 0
        rows = len(self._columns[0].ids)
        most = {"layer": rows, "position": len(self._columns), "target": len(self._names)}[name] - 1
        if not least <= value <= most:
            none = " (-1: the final answer)" if least < 0 else ""
            raise traitlets.TraitError(f"{name} must be between {least} and {most}{none}; got {value}.")
        return value


def _check_count(count):
    if count > MAX_TOKENS:
        raise ValueError(f"text has {count:,} tokens; LogitLens shows at most {MAX_TOKENS}. Shorten it.")


def check_model(model):
    """Raise ValueError for a model whose states cannot be read as logits."""
    config = getattr(model, "config", None)
    if config is None or not hasattr(model, "get_output_embeddings"):
        raise TypeError(f"model must be a model of transformers; got {type(model).__name__}.")
    if getattr(config, "is_encoder_decoder", False):
        raise ValueError(
            f"model must be a decoder (GPT, Llama) or an encoder with a masked-LM head (BERT); "
            f"{type(model).__name__} is an encoder-decoder, whose two stacks the lens does not read."
        )
    check_output(model)
    layer_stack(model)


def _sendable(text):
    """Text without half surrogate pairs, which no message can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
