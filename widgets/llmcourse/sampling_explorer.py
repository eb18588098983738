"""SamplingExplorer: every rule that shapes the next token's distribution, over the whole vocabulary."""

import numpy as np
import torch
import traitlets

from .course_widget import CourseWidget
from .labels import token_label
from .sampling_outcome import check_logits, drawn_ids, kept_mass, kept_tokens, removed_counts, uncut_logits
from .scratch.sampling import SETTINGS
from .tracing import check_length, encode
from .vocabulary import fill_names, pack_names, token_names

MOST_DRAWS = 10_000  # what the page counts anew in each frame
_RANGES = {  # setting -> (test, what is right)
    "temperature": (lambda value: value == 0 or 0.01 <= value <= 100, "0 (greedy) or from 0.01 to 100"),
    "top_k": (lambda value: value >= 0, "0 (off) or the number of tokens to keep"),
    "top_p": (lambda value: 0 < value <= 1, "above 0 and at most 1 (off)"),
    "min_p": (lambda value: 0 <= value <= 1, "from 0 (off) to 1"),
    "typical_p": (lambda value: 0 < value <= 1, "above 0 and at most 1 (off)"),
    "repetition_penalty": (lambda value: 0.01 <= value <= 100, "from 0.01 to 100; 1 is off"),
    "seed": (lambda value: 0 <= value < 2**32, "a whole number from 0 to 4294967295"),
    "draws": (lambda value: 0 <= value <= MOST_DRAWS, f"a whole number from 0 to {MOST_DRAWS}"),
}


class SamplingExplorer(CourseWidget):
    """Turn every knob of decoding at once and see which tokens stay, how likely each is, and what gets drawn.

    logits, tokenizer: one position's logits (vocab,), for instance trace.logits[-1]; the tokenizer names the tokens
        (a plain list of names will do). text or ids: the text so far, for the repetition penalty.
    model, tokenizer, text: or let the model compute them; then a drawn token can be appended and the model goes on.
    temperature (0 is greedy), top_k (0 off), top_p (1 off), min_p (0 off), typical_p (1 off), repetition_penalty
        (1 off): the settings, synced with the page; the rules apply in the order of transformers.
    seed, draws: the first `draws` draws of a seed, counted anew whenever a setting changes; at most 10,000.
    appended: ids added after `prompt`; selected: the id whose story is told, -1 for none.

    Read back: kept_ids, kept_probs, probs, drawn, text, logits. Raises TypeError when the arguments do not say where
    logits come from, ValueError, naming what would be right, for bad logits or settings. A bad prompt is told in the
    widget (`error`), which keeps the last good view.

    >>> explorer = SamplingExplorer(torch.tensor([2.0, 1.0, 0.0]), ["a", "b", "c"], top_k=2)
    >>> explorer.kept_ids, [round(p, 3) for p in explorer.kept_probs]
    ([0, 1], [0.731, 0.269])
    """

    stem = "sampling_explorer"

    temperature = traitlets.Float(1.0).tag(sync=True)
    top_k = traitlets.Int(0).tag(sync=True)
    top_p = traitlets.Float(1.0).tag(sync=True)
    min_p = traitlets.Float(0.0).tag(sync=True)
    typical_p = traitlets.Float(1.0).tag(sync=True)
    repetition_penalty = traitlets.Float(1.0).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    draws = traitlets.Int(0).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    prompt = traitlets.Unicode("").tag(sync=True)
    appended = traitlets.List(traitlets.Int()).tag(sync=True)

    # What the page computes with; set together, so that `step` tells the page which text the logits belong to.
    logits_data = traitlets.Bytes().tag(sync=True)  # float32 by id
    names_data = traitlets.Bytes().tag(sync=True)
    ids = traitlets.List(traitlets.Int()).tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    extendable = traitlets.Bool(False).tag(sync=True)

    def __init__(self, logits=None, tokenizer=None, *, model=None, text="", ids=(), **traits):
        if tokenizer is None or (logits is None) == (model is None):
            raise TypeError(
                "SamplingExplorer needs logits and what names them: SamplingExplorer(logits, tokenizer), or a model: "
                "SamplingExplorer(model=model, tokenizer=tokenizer, text='…')."
            )
        self._model, self._tokenizer, self._names = model, tokenizer, ()
        if model is not None:
            self._ids, self._logits = self._run(text, traits.get("appended", []))
        else:
            self._logits = check_logits(logits)
            self._ids = encode(tokenizer, text)[1] if text else [int(number) for number in ids]
        super().__init__(prompt=text, extendable=model is not None, **traits)
        self._show()
        self.observe(self._go_on, names=["prompt", "appended"])
        self.observe(self._summarise, names=list(SETTINGS))

    @property
    def logits(self):
        """The model's logits (vocab,), float32; set them to look at another position."""
        return self._logits

    @logits.setter
    def logits(self, logits):
        self.show(logits, self._ids)

    def show(self, logits, ids=()):
        """Look at another position: its logits, and the ids before it. Draws begin anew."""
        self._logits, self._ids, self.draws = check_logits(logits), [int(number) for number in ids], 0
        self._show()

    @property
    def text(self):
        """The text so far, with what was appended; set it to begin anew."""
        return self.prompt + (self._tokenizer.decode(self.appended) if self.appended else "")

    @text.setter
    def text(self, text):
        self.prompt = text
        self.appended = []

    @property
    def kept_ids(self):
        """Ids that no rule removed, likeliest first."""
        return self._kept()[0].tolist()

    @property
    def kept_probs(self):
        """The probability of each of `kept_ids`; they sum to 1."""
        return self._kept()[1].tolist()

    @property
    def probs(self):
        """The distribution that is drawn from: (vocab,) float32, 0 for a removed token."""
        ids, probs = self._kept()
        full = torch.zeros(len(self._logits))
        full[torch.from_numpy(ids)] = torch.from_numpy(probs).float()
        return full

    @property
    def drawn(self):
        """How often each id was drawn in the first `draws` draws of `seed`: {id: count}, most frequent first."""
        ids, counts = np.unique(self._drawn(self.draws), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {int(ids[place]): int(counts[place]) for place in order}

    def draw(self, count=1):
        """Draw `count` tokens more, as the page's buttons do, and return their ids.

        Raises ValueError when more than 10,000 draws would come together.
        """
        before = self.draws
        self.draws = before + count
        return self._drawn(self.draws)[before:].tolist()

    def append(self, token_id):
        """Put a token after the text and let the model go on from there. Raises ValueError without a model."""
        if self._model is None:
            raise ValueError("append needs a model: SamplingExplorer(model=model, tokenizer=tokenizer, text='…').")
        self.appended = [*self.appended, int(token_id)]

    def removed(self):
        """How many tokens each rule that is on removed, in the order they work: {setting: count}."""
        return removed_counts(*self._state())

    def kept_mass(self):
        """The probability, after penalty and temperature and before any token was removed, of what is kept."""
        return kept_mass(*self._state())

    def picture(self):
        """PNG bytes: the likeliest tokens with their probability before (outline) and after (solid) the rules."""
        from .sampling_picture import sampling_picture

        ids = uncut_logits(*self._state()).sort(descending=True).indices[:20].tolist()
        before, after = self._logits.softmax(-1), self.probs
        rows = [(self._names[number], float(before[number]), float(after[number])) for number in ids]
        return sampling_picture(rows)

    def _settings(self):
        return {name: getattr(self, name) for name in SETTINGS}

    def _state(self):
        return self._logits, self._ids, self._settings()

    def _kept(self):
        return kept_tokens(*self._state())

    def _drawn(self, count):
        return drawn_ids(*self._kept(), self.seed, self.step, count)

    def _run(self, prompt, appended):
        """One forward pass over prompt and appended ids: (ids, logits of the next token)."""
        ids = encode(self._tokenizer, prompt)[1] + list(appended)
        check_length(len(ids), self._model)
        with torch.inference_mode():
            out = self._model(torch.tensor([ids], device=self._model.device))
        return ids, check_logits(out.logits[0, -1])

    def _go_on(self, change):
        if self._model is None:
            return
        if change["name"] == "prompt" and self.appended:
            self.appended = []  # comes back here
            return
        self.error = ""
        if (self.prompt, self.appended) == self._shown:
            return
        try:
            self._ids, self._logits = self._run(self.prompt, self.appended)
        except ValueError as problem:
            if self.prompt == self._shown[0]:
                self.appended = self._shown[1]  # the last token does not fit: the view stays with those before it
            self.error = str(problem)
            return
        self.draws = 0  # they were drawn from another distribution
        self._show()

    def _show(self):
        size, self._shown = len(self._logits), (self.prompt, list(self.appended))
        if isinstance(self._tokenizer, (list, tuple)):
            names = fill_names(self._tokenizer, size)
        else:
            names = token_names(self._tokenizer, size)
        with self.hold_sync():
            if names != self._names:
                self._names, self.names_data = names, pack_names(names)
            self.logits_data = self._logits.numpy().tobytes()
            self.ids = self._ids
            self.tokens = [names[number] if number < size else f"<{number}>" for number in self._ids]
            self.step = len(self.appended)
            self._summarise()

    def _summarise(self, change=None):
        ids, probs = self._kept()
        on = [f"{name} {value:g}" for name, value in self._settings().items() if value != SETTINGS[name]]
        top = ", ".join(
            f"{token_label(self._names[number])} {p:.1%}" for number, p in zip(ids[:5], probs[:5], strict=True)
        )
        self.summary = (
            f"{len(ids):,} of {len(self._logits):,} tokens can come next ({', '.join(on) or 'no rule is on'}); "
            f"they hold {self.kept_mass():.1%} of the probability. Likeliest: {top}."
        )

    @traitlets.validate(*_RANGES)
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        test, right = _RANGES[name]
        if not test(value):
            raise ValueError(f"{name} must be {right}; got {value}.")
        return value
