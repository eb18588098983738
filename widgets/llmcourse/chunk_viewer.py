"""ChunkViewer: how a document is cut for retrieval, and what each way of cutting breaks."""

import numpy as np
import traitlets

from .chunk_report import FLAGS, chunk_flags, locate, phrase_places
from .course_widget import CourseWidget
from .scratch import splitters
from .text_stamp import text_stamp

LONGEST, LARGEST = 1_000_000, 100_000  # characters of a text; a chunk's size
SPLITTERS = {  # name -> how the page calls it
    "recursive": "recursive separators",
    "characters": "fixed characters",
    "tokens": "fixed tokens",
    "sentences": "sentences",
    "headings": "Markdown headings",
    "semantic": "semantic",
    "own": "own splitter",
}


class ChunkViewer(CourseWidget):
    """See a document cut into chunks: where each begins, what overlaps, which words and sentences are cut through.

    text: the document, at most 1,000,000 characters; the learner edits or pastes it in the page.
    splitter: "recursive", "characters", "sentences" or "headings"; "tokens" with a tokenizer; "semantic" with embed;
        or a callable: text -> chunks in order, as texts or (start, end) pairs, each an exact slice of the text.
    size, overlap: in characters (splitter "tokens": in tokens); overlap is smaller than size, and follows it down.
    tokenizer: a fast tokenizer of transformers; the page then also counts each chunk's tokens.
    embed: texts -> (n, d) array, for the semantic splitter; threshold: it cuts where the cosine of neighbouring
        sentences is below; by default at the weakest quarter of them.
    shortest: a chunk of fewer characters is counted as short. phrase: looked up in the chunks.
    selected: number of the selected chunk, -1 for none; set by a click, readable and settable from Python.

    Read back: spans, chunks, warnings, found. Raises TypeError or ValueError, naming what would be right, for bad
    arguments. Later bad input is told in the widget (`error`), which keeps the last good view.

    >>> viewer = ChunkViewer("One two. Three four.", size=12, overlap=0)
    >>> viewer.chunks
    ['One two. ', 'Three four.']
    """

    stem = "chunk_viewer"

    text = traitlets.Unicode("").tag(sync=True)
    splitter = traitlets.Unicode("recursive").tag(sync=True)
    size = traitlets.Int(400).tag(sync=True)
    overlap = traitlets.Int(50).tag(sync=True)
    threshold = traitlets.Float(0.5).tag(sync=True)
    shortest = traitlets.Int(40).tag(sync=True)
    phrase = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    choices = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)

    # What only the kernel can tell about a text. The stamp says which text: the page leaves them aside for another.
    stamp = traitlets.Int(0).tag(sync=True)
    measured = traitlets.List(traitlets.Unicode()).tag(sync=True)
    token_data = traitlets.Bytes().tag(sync=True)  # uint32: where each token begins
    similarity_data = traitlets.Bytes().tag(sync=True)  # float32: cosine of each sentence with the next
    own_data = traitlets.Bytes().tag(sync=True)  # uint32: start, end of each chunk of the caller's own splitter

    def __init__(
        self, text, splitter="recursive", size=400, overlap=50, tokenizer=None, embed=None, threshold=None, **traits
    ):
        if not isinstance(text, str):
            raise TypeError(f"text must be a string; got {type(text).__name__}.")
        own = splitter if callable(splitter) else None
        name = "own" if own else splitter
        self._sources = {"tokens": tokenizer, "semantic": embed, "own": own}
        if self._sources.get(name, name) is None:
            raise ValueError(f"splitter={name!r} needs {'embed' if name == 'semantic' else 'tokenizer'}=….")
        splitters.pack([0], size, overlap)  # raises for a pair that no splitter takes
        self._found, self._shown = {}, None
        choices = [[key, label] for key, label in SPLITTERS.items() if self._sources.get(key, key) is not None]
        super().__init__(choices=choices, **traits)
        self.text, self.splitter, self.size, self.overlap = text, name, size, overlap
        self._measure()
        similar = self._found.get("semantic", [])
        if threshold is not None or similar:
            self.threshold = round(float(np.quantile(similar, 0.25)), 2) if threshold is None else threshold
        self._tell()
        self.observe(self._changed, names=["text", "splitter"])
        self.observe(self._pull_overlap, names=["size", "overlap"])
        self.observe(self._tell, names=["size", "overlap", "threshold", "shortest"])

    @property
    def spans(self):
        """The chunks as (start, end) in characters of `text`."""
        text, name, size, overlap = self.text, self.splitter, self.size, min(self.overlap, self.size - 1)
        if name == "tokens":
            return splitters.by_tokens(self._found["tokens"], len(text), size, overlap)
        if name == "semantic":
            return splitters.semantic(text, self._found["semantic"], self.threshold, size, overlap)
        if name == "own":
            return self._found["own"]
        cut = {"characters": splitters.by_characters, "sentences": splitters.by_sentences}
        return {**cut, "headings": splitters.by_headings, "recursive": splitters.recursive}[name](text, size, overlap)

    @property
    def chunks(self):
        """The chunks as texts, each an exact slice of `text`."""
        return [self.text[start:end] for start, end in self.spans]

    @property
    def flags(self):
        """The warnings of each chunk, as names: [{"word", "sentence"}, …]; see chunk_report.chunk_flags."""
        return [{name for bit, name in enumerate(FLAGS) if number >> bit & 1} for number in self._flags(self.spans)]

    @property
    def warnings(self):
        """How many chunks have each warning: {"word": 3, …}."""
        flags = self.flags
        return {name: sum(name in found for found in flags) for name in FLAGS}

    @property
    def found(self):
        """Where `phrase` stands, and the chunks that hold it whole or cut it: [(start, whole, cut), …]."""
        return phrase_places(self.text, self.spans, self.phrase)

    def picture(self):
        """PNG bytes: the beginning of the text with its chunks tinted, and the lengths of all chunks."""
        from .chunk_viewer_picture import chunk_viewer_picture

        return chunk_viewer_picture(self.text, self.spans, self.summary)

    def exported_state(self):
        """Also what the page may switch to and cannot ask a kernel for: token places, similarities."""
        for name, _ in self.choices:
            if name not in self._found:
                try:
                    self._measure(name)
                except ValueError as problem:
                    self.error = str(problem)
        return super().exported_state()

    @traitlets.validate("text")
    def _whole_characters(self, proposal):
        text = proposal["value"]
        if len(text) > LONGEST:
            raise traitlets.TraitError(f"text must hold at most {LONGEST:,} characters; got {len(text):,}.")
        # Half of a surrogate pair (a cut emoji) is no character: it cannot be sent, nor counted alike in the page.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    @traitlets.validate("splitter")
    def _offered(self, proposal):
        names = [name for name, _ in self.choices]
        if proposal["value"] not in names:
            raise traitlets.TraitError(f"splitter must be one of {', '.join(names)}; got {proposal['value']!r}.")
        return proposal["value"]

    @traitlets.validate("size", "overlap")
    def _in_range(self, proposal):
        name, least = proposal["trait"].name, 1 if proposal["trait"].name == "size" else 0
        if not least <= proposal["value"] <= LARGEST:
            raise traitlets.TraitError(f"{name} must lie between {least} and {LARGEST:,}; got {proposal['value']}.")
        return proposal["value"]

    @traitlets.validate("threshold")
    def _finite(self, proposal):
        if not -1 <= proposal["value"] <= 1:
            raise traitlets.TraitError(f"threshold must be a cosine, from -1 to 1; got {proposal['value']}.")
        return proposal["value"]

    def _pull_overlap(self, change):
        self.overlap = min(self.overlap, self.size - 1)

    def _changed(self, change):
        if (self.text, self.splitter) == self._shown:
            return
        try:
            self._measure()
        except ValueError as problem:
            self.text, self.splitter = self._shown  # the last good view stays
            self.error = str(problem)
            return
        self.error = ""
        self._tell()

    def _measure(self, *names):
        """Ask tokenizer, embed or the own splitter about the text, where they are needed and were not asked yet."""
        found = self._found if self._shown and self._shown[0] == self.text else {}
        for name in names or ("tokens", self.splitter):
            if self._sources.get(name) is not None and name not in found:
                found = {**found, name: self._ask(name)}
        self._found, self._shown = found, (self.text, self.splitter)
        with self.hold_sync():
            self.stamp = text_stamp(self.text)
            self.measured = sorted(found)
            self.token_data = np.asarray(found.get("tokens", []), dtype="<u4").tobytes()
            self.similarity_data = np.asarray(found.get("semantic", []), dtype="<f4").tobytes()
            self.own_data = np.asarray(found.get("own", []), dtype="<u4").tobytes()

    def _ask(self, name):
        source = self._sources[name]
        try:
            if name == "tokens":
                return splitters.token_starts(source, self.text)
            if name == "semantic":
                return splitters.neighbour_similarities(self.text, source)
            return locate(self.text, source(self.text))
        except Exception as problem:  # whatever a callable of the learner raises
            argument = {"tokens": "tokenizer", "semantic": "embed", "own": "splitter"}[name]
            told = str(problem) if isinstance(problem, ValueError) else f"{type(problem).__name__}: {problem}"
            raise ValueError(told if told.startswith(argument) else f"{argument} failed: {told}") from problem

    def _flags(self, spans):
        lengths = None
        if self.splitter == "tokens":
            lengths = [splitters.tokens_between(self._found["tokens"], start, end) for start, end in spans]
        return chunk_flags(self.text, spans, self.size, self.shortest, lengths)

    def _tell(self, change=None):
        spans = self.spans
        flags, cut = self._flags(spans), len(spans)
        if self.selected >= cut:
            self.selected = -1
        if not cut:
            self.summary = "The text is empty: there is nothing to cut."
            return
        words, sentences = (sum(number >> bit & 1 for number in flags) for bit in (0, 1))
        stored = sum(end - start for start, end in spans)
        self.summary = (
            f"{len(self.text):,} characters in {cut:,} {'chunk' if cut == 1 else 'chunks'} "
            f"({SPLITTERS[self.splitter]}, size {self.size}, overlap {self.overlap}): {stored / cut:.0f} characters "
            f"each on average; {words:,} begin or end inside a word, {sentences:,} inside a sentence."
        )
