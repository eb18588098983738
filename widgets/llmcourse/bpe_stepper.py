"""BPEStepper: byte-pair encoding one merge at a time, on the learner's own text or with a real tokenizer's merges."""

import struct

import traitlets

from .bpe_run import encode_run, train_run
from .course_widget import CourseWidget
from .labels import piece_label
from .scratch.bpe import GPT2_SPLIT, BPETokenizer

MOST_MERGES = 500
LONGEST = {"train": 20_000, "encode": 1_000}  # characters: what the page works through within a frame or two


class BPEStepper(CourseWidget):
    """Watch a vocabulary being learnt merge by merge, or a word being cut by the merges of a real tokenizer.

    text: what is trained on, or encoded; the learner edits it in the page, with or without a kernel.
    merges: how many merges to learn, 0 to 500; training stops earlier when no pair is left.
    tokenizer: a fast byte-level BPE tokenizer of transformers, or a BPETokenizer; its merges then encode `text`.
    step: how many merges are done. selected: the merge whose story is told, -1 for none. Both are synced with the page.

    Read back: `merges`, the merges done so far as pairs of bytes; `pieces`, the text as it now stands, a list of
    (piece, how often, symbols); `ids`, what the tokenizer makes of the text (encoding only).

    Follows Sennrich et al. 2016 (https://arxiv.org/abs/1508.07909) and GPT-2's bytes (Radford et al. 2019), with the
    tie-breaking of Hugging Face `tokenizers`. Raises TypeError for text or merges of another kind, ValueError for
    merges outside 0 to 500, text that is empty or too long, and a tokenizer that is not byte-level BPE. Bad text typed
    later is told in the widget (`error`), which keeps the last good view.

    >>> stepper = BPEStepper("low low lower lowest", merges=3, step=2)
    >>> stepper.merges
    [(b'l', b'o'), (b'lo', b'w')]
    """

    stem = "bpe_stepper"

    text = traitlets.Unicode("").tag(sync=True)
    limit = traitlets.Int(50).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    mode = traitlets.Enum(["train", "encode"], "train").tag(sync=True)

    # What the page needs to do the same: how text is split, and the merge table of the tokenizer.
    longest = traitlets.Int(LONGEST["train"]).tag(sync=True)
    splits = traitlets.List(traitlets.Unicode()).tag(sync=True)
    special = traitlets.Dict().tag(sync=True)
    byte_ids = traitlets.List(traitlets.Int()).tag(sync=True)  # -1 for a byte that the vocabulary lacks
    table = traitlets.Bytes().tag(sync=True)  # uint32 left, right, made; a row a merge, in the order of rank

    def __init__(self, text, merges=50, tokenizer=None, **traits):
        if not isinstance(text, str):
            raise TypeError(f"text must be a string; got {type(text).__name__}.")
        if not isinstance(merges, int) or isinstance(merges, bool):
            raise TypeError(f"merges must be a whole number; got {merges!r}.")
        if not 0 <= merges <= MOST_MERGES:
            raise ValueError(f"merges must lie between 0 and {MOST_MERGES}; got {merges}.")
        self._tokenizer = tokenizer and _as_bpe(tokenizer)
        mode = "train" if tokenizer is None else "encode"
        self._longest, self._done = LONGEST[mode], None
        text = _valid(text)
        if problem := self._problem(text):
            raise ValueError(problem)
        super().__init__(text=text, limit=merges, mode=mode, longest=LONGEST[mode], **self._page_table(), **traits)
        self._show()
        self.observe(self._show, names=["text", "limit", "step"])

    @property
    def merges(self):
        """The merges done so far, in their order: pairs of bytes."""
        return list(self._run.merges[: self.step])

    @property
    def pieces(self):
        """The pieces of the text as they stand at this step: (piece, how often it occurs, its symbols as bytes)."""
        run = self._run
        return [(*piece, symbols) for piece, symbols in zip(run.pieces, run.symbols(self.step), strict=True)]

    @property
    def ids(self):
        """What the tokenizer makes of the whole text. Raises ValueError when training: there is no tokenizer."""
        if self._tokenizer is None:
            raise ValueError("ids need a tokenizer: BPEStepper(text, tokenizer=tokenizer).")
        return self._run.ids

    def picture(self):
        """PNG bytes: the pieces of the text at this step, and the pairs that could be merged next."""
        from .bpe_picture import bpe_picture

        return bpe_picture(self.pieces, self._run.candidates(self.step), self._run.training)

    @property
    def _run(self):
        """The run of the last good text, made when first asked for: validators work before observers."""
        wanted = (self.text, self.limit)
        if (self._done is None or self._done[0] != wanted) and not self._problem(self.text):
            training = self._tokenizer is None
            run = train_run(self.text, self.limit) if training else encode_run(self.text, self._tokenizer)
            self._done = (wanted, run)
        return self._done[1]

    def _problem(self, text):
        if not text:
            return "text is empty: write at least one word."
        if len(text) > self._longest:
            return f"text has {len(text):,} characters; at most {self._longest:,} fit here. Shorten it."
        return ""

    def _show(self, change=None):
        self.error = self._problem(self.text)
        if self.error:
            return
        run = self._run
        with self.hold_sync():
            self.step = min(self.step, len(run.merges))
            if change and change["name"] in ("text", "limit"):
                self.selected = -1
            self.summary = self._told(run)

    def _told(self, run):
        step, tokens, found = self.step, run.token_count(self.step), run.candidates(self.step)
        start = (
            f"After {step} of {len(run.merges)} merges the text is {tokens} tokens (it was {run.token_count(0)} bytes)"
        )
        if run.training:
            start += f" and the vocabulary {256 + step}"
        if not found:
            return start + ". No pair is left to merge."
        (left, right), weight = found[0]
        pair = f"“{piece_label(left)}” + “{piece_label(right)}”"
        why = f"{weight} times in the text" if run.training else f"rank {weight}, the lowest"
        return f"{start}. Next: {pair}, {why}."

    def _page_table(self):
        if self._tokenizer is None:
            return {"splits": [GPT2_SPLIT]}
        ids = self._tokenizer.ids
        rows = [
            number for left, right in self._tokenizer.merges for number in (ids[left], ids[right], ids[left + right])
        ]
        return {
            "splits": list(self._tokenizer.splits),
            "special": self._tokenizer.special,
            "byte_ids": [ids.get(bytes([byte]), -1) for byte in range(256)],
            "table": struct.pack(f"<{len(rows)}I", *rows),
        }

    @traitlets.validate("text")
    def _whole_characters(self, proposal):
        return _valid(proposal["value"])

    @traitlets.validate("limit")
    def _within_limit(self, proposal):
        return max(0, min(proposal["value"], MOST_MERGES))

    @traitlets.validate("step")
    def _within_steps(self, proposal):
        return max(0, min(proposal["value"], len(self._run.merges)))

    @traitlets.validate("selected")
    def _within_merges(self, proposal):
        return proposal["value"] if 0 <= proposal["value"] < len(self._run.merges) else -1


def _as_bpe(tokenizer):
    return tokenizer if isinstance(tokenizer, BPETokenizer) else BPETokenizer.from_pretrained(tokenizer)


def _valid(text):
    """Half of a surrogate pair (a cut emoji) is no text."""
    return text.encode("utf-8", "replace").decode("utf-8")
