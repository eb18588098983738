"""DatasetViewer: fine-tuning examples as the model reads them, with what it is trained on."""

from statistics import median

import traitlets

from .course_widget import CourseWidget
from .dataset_packing import pack_block, pack_index, pack_titles
from .loss_mask import PROBLEMS, ROLES, MaskedExample, mask_example

MOST_EXAMPLES = 20_000
EMBEDDED_TOKENS = 150_000  # about 2 MB: the examples that travel at once, and all that an exported page holds
BLOCK = 20  # examples that the kernel sends when one of them is asked for
MOST_MATCHES = 1_000


class DatasetViewer(CourseWidget):
    """See what the model really reads of each fine-tuning example: its tokens, and which of them it is trained on.

    examples: up to 20,000 of OpenAI messages, ShareGPT conversations, Alpaca dictionaries, prompt and completion, plain
        texts, or {"input_ids", "labels", "attention_mask"}; kinds may be mixed.
    tokenizer: a fast tokenizer of transformers, with a chat template where examples hold messages.
    max_length: tokens after it are cut off, as a trainer would; None keeps all.
    selected: number of the example shown. token: position of the selected token in it, -1 for none. query: what is
        searched for, in the text after the template. All three are synced with the page; `matches` are the numbers of
        the first 1,000 examples found.

    How the loss mask of conversations is found (by rendering their beginnings, since few chat templates mark the
    assistant's words) is told at loss_mask.mask_example. Read back: `masked`, a list of MaskedExample with ids, labels,
    roles and problems; `problems`, {name: numbers of the examples that have it}.

    The first examples, up to 150,000 tokens, travel at once; later ones come from the kernel when they are asked for.
    An exported page holds only the first ones (`embedded` says how many) and counts all.

    Raises TypeError for examples that are no list, ValueError, naming the example, for one of another form and for a
    max_length below 1.

    >>> DatasetViewer([{"instruction": "Add 1 and 1.", "output": "2"}], tokenizer)          # doctest: +SKIP
    """

    stem = "dataset_viewer"

    selected = traitlets.Int(0).tag(sync=True)
    token = traitlets.Int(-1).tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    matches = traitlets.List(traitlets.Int()).tag(sync=True)

    # What the page draws from; `block` holds the examples around `wanted`, once the kernel has sent them.
    max_length = traitlets.Int(0).tag(sync=True)  # 0: nothing is cut
    embedded = traitlets.Int(0).tag(sync=True)
    problem_names = traitlets.List(list(PROBLEMS)).tag(sync=True)
    role_names = traitlets.List(list(ROLES)).tag(sync=True)
    index = traitlets.Bytes().tag(sync=True)
    titles = traitlets.Bytes().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    block = traitlets.Bytes().tag(sync=True)
    wanted = traitlets.Int(-1).tag(sync=True)

    def __init__(self, examples, tokenizer, max_length=None, **traits):
        if isinstance(examples, str | bytes | dict) or not hasattr(examples, "__iter__"):
            raise TypeError(f"examples must be a list of examples; got {type(examples).__name__}.")
        examples = list(examples)
        if not 1 <= len(examples) <= MOST_EXAMPLES:
            raise ValueError(f"examples must hold 1 to {MOST_EXAMPLES:,} examples; it holds {len(examples):,}.")
        if max_length is not None and (not isinstance(max_length, int) or max_length < 1):
            raise ValueError(f"max_length must be a whole number of at least 1, or None; got {max_length!r}.")
        self.masked, self._originals = _mask_all(examples, tokenizer, max_length)
        embedded = _first_within(self.masked, EMBEDDED_TOKENS)
        super().__init__(
            max_length=max_length or 0,
            embedded=embedded,
            index=pack_index(self.masked, self._originals),
            titles=pack_titles(self.masked),
            data=pack_block(0, self.masked[:embedded]),
            **traits,
        )
        self._search()
        self._tell()
        self.observe(self._search, names="query")
        self.observe(self._send_block, names="wanted")
        self.observe(self._tell, names="selected")

    @property
    def problems(self):
        """{name of a problem: numbers of the examples that have it}, for problems that occur."""
        found = {
            name: [place for place, example in enumerate(self.masked) if name in example.problems] for name in PROBLEMS
        }
        return {name: numbers for name, numbers in found.items() if numbers}

    def picture(self):
        """PNG bytes: the first 80 tokens of the selected example, with the label of each below it."""
        from .pictures import token_boxes

        example = self.masked[self.selected]
        shown = min(example.kept, 80)
        return token_boxes(example.tokens[:shown], [str(label) for label in example.labels[:shown]])

    def _search(self, change=None):
        words = self.query.casefold()
        found = (place for place, example in enumerate(self.masked) if words in example.text.casefold())
        self.matches = [place for place, _ in zip(found, range(MOST_MATCHES), strict=False)] if words else []

    def _send_block(self, change):
        if self.wanted >= 0:
            start = self.wanted // BLOCK * BLOCK
            self.block = pack_block(start, self.masked[start : start + BLOCK])
            self.wanted = -1

    def _tell(self, change=None):
        lengths = [example.kept for example in self.masked]
        total, trained = sum(lengths), sum(example.trained for example in self.masked)
        example = self.masked[self.selected]
        share = f"{trained / total:.0%}" if total else "none"
        problems = ", ".join(f"{name} ({len(numbers):,})" for name, numbers in self.problems.items())
        self.summary = (
            f"{len(lengths):,} examples with {total:,} tokens, {share} of them trained on; {min(lengths):,} to "
            f"{max(lengths):,} tokens an example, median {median(lengths):,g}. Problems: {problems or 'none found'}. "
            f"Example {self.selected} has {example.kept:,} tokens, {example.trained:,} trained on."
        )

    @traitlets.validate("selected", "wanted")
    def _within(self, proposal):
        lowest = 0 if proposal["trait"].name == "selected" else -1
        return max(lowest, min(proposal["value"], len(self.masked) - 1))

    @traitlets.validate("token")
    def _within_example(self, proposal):
        return proposal["value"] if 0 <= proposal["value"] < len(self.masked[self.selected].ids) else -1


def _mask_all(examples, tokenizer, max_length):
    """(masked examples, {number: number of the earlier example with the same ids and labels})."""
    masked, first, originals = [], {}, {}
    for place, example in enumerate(examples):
        try:
            one = mask_example(example, tokenizer, max_length)
        except ValueError as problem:
            raise ValueError(f"examples[{place}] {problem}") from problem
        key = (tuple(one.ids), tuple(one.labels))
        if first.setdefault(key, place) != place:
            originals[place] = first[key]
            names = tuple(name for name in PROBLEMS if name in (*one.problems, "duplicate"))
            one = MaskedExample(**{**vars(one), "problems": names})
        masked.append(one)
    return masked, originals


def _first_within(masked, tokens):
    """How many examples from the first one on hold at most so many tokens; at least one."""
    for place, example in enumerate(masked):
        tokens -= len(example.ids)
        if tokens < 0:
            return max(place, 1)
    return len(masked)
