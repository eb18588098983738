"""RAGInspector: retrieval-augmented generation from the query to the answer, each passage traceable."""

import threading

import numpy as np
import traitlets

from .course_widget import CourseWidget
from .rag_answer import grow_answer
from .rag_prompt import TEMPLATE, check_template, fill, fitting, passage_block, shared_words
from .rag_retrieval import PassageScores, checked_gold, whole_text
from .text_stamp import text_stamp

EMPTY = "query is empty: write at least one word."


class RAGInspector(CourseWidget):
    """See what a retrieval-augmented answer stands on: scores, ranks, the exact prompt, and who said what.

    passages: texts. query: the question; edited in the page, where BM25 needs no kernel.
    embed: texts -> (n, d), adds a dense retriever (cosine). retrievers: more of them, {name: query -> n scores}.
    k1, b: of BM25. k: how many passages go into the prompt. weight: of the second retriever in the weighted sum.
    rank_by: "BM25", "dense", another retriever's name, "weighted sum", "rank fusion".
    generate: prompt -> answer, as a text or as an iterable of pieces; run by a button of the page, or by ask().
    tokenizer, context, answer_tokens: what does not fit into context - answer_tokens tokens falls out of the prompt.
    template: of the prompt, with {passages} and {question}.
    gold: numbers of the passages that answer the query, or {query: numbers}: recall@k and MRR are shown.
    selected: number of the selected passage, -1 for none; set by a click, readable and settable from Python.

    Read back: scores(name), ranking(name), parts, in_prompt, prompt, answer, traced, evaluation. Raises TypeError or
    ValueError, naming what would be right, for bad arguments. What fails later is told in the widget (`error`).

    >>> inspector = RAGInspector(["Cats purr.", "Dogs bark."], query="Why do cats purr?", k=1)
    >>> inspector.in_prompt, inspector.scores("BM25").round(2).tolist()
    ([0], [0.63, 0.0])
    """

    stem = "rag_inspector"

    passages = traitlets.List(traitlets.Unicode()).tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    k = traitlets.Int(4).tag(sync=True)
    k1 = traitlets.Float(1.2).tag(sync=True)
    b = traitlets.Float(0.75).tag(sync=True)
    weight = traitlets.Float(0.5).tag(sync=True)
    rank_by = traitlets.Unicode("BM25").tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    gold = traitlets.Dict().tag(sync=True)

    # What only the kernel can tell: the scores of the other retrievers for these queries, and lengths in tokens.
    scored = traitlets.List(traitlets.Unicode()).tag(sync=True)
    scores_data = traitlets.Bytes().tag(sync=True)  # float64 (queries, retrievers but BM25, passages), NaN: none
    template = traitlets.Unicode(TEMPLATE).tag(sync=True)
    context = traitlets.Int(0).tag(sync=True)
    answer_tokens = traitlets.Int(0).tag(sync=True)
    passage_tokens = traitlets.List(traitlets.Int()).tag(sync=True)
    template_tokens = traitlets.Int(0).tag(sync=True)
    query_tokens = traitlets.List(traitlets.Int()).tag(sync=True)  # as long as `scored`
    counted = traitlets.List(traitlets.Int()).tag(sync=True)  # [stamp of the prompt, its tokens]

    can_answer = traitlets.Bool(False).tag(sync=True)
    asking = traitlets.Bool(False).tag(sync=True)  # the page sets True to ask, False to stop
    answer = traitlets.Dict().tag(sync=True)  # text, query, passages (their numbers, in the order of the prompt), state

    def __init__(
        self,
        passages,
        retrievers=None,
        generate=None,
        query="",
        k=4,
        *,
        embed=None,
        tokenizer=None,
        context=0,
        answer_tokens=64,
        template=TEMPLATE,
        gold=None,
        **traits,
    ):
        passages = [passages] if isinstance(passages, str) else list(passages)
        if not passages or not all(isinstance(one, str) for one in passages):
            raise ValueError("passages must be a list of at least one text.")
        if not isinstance(query, str) or not query.strip():
            raise ValueError(EMPTY)
        if context and tokenizer is None:
            raise ValueError("context needs a tokenizer=… that counts the prompt's tokens.")
        if context and not 0 <= answer_tokens < context:
            raise ValueError(f"answer_tokens must lie between 0 and context - 1, {context - 1}; got {answer_tokens}.")
        check_template(template)
        self._generate, self._tokenizer, self._running = generate, tokenizer, None
        passages, query = [whole_text(one) for one in passages], whole_text(query)
        self._scores = PassageScores(passages, embed, retrievers or {})
        gold = checked_gold(gold, query, len(passages))
        names = self._scores.names
        traits = {"rank_by": "rank fusion" if len(names) > 1 else "BM25", **traits}
        super().__init__(passages=passages, names=names, template=template, can_answer=generate is not None)
        self.query, self.gold, self.context = query, gold, context
        self.answer_tokens = answer_tokens if context else 0
        self._shown = query
        self._score()
        self.k = min(k, len(passages)) if isinstance(k, int) else k
        for name, value in traits.items():
            setattr(self, name, value)
        self._tell()
        self.observe(self._asked_anew, names="query")
        self.observe(self._tell, names=["k", "k1", "b", "weight", "rank_by", "template"])
        self.observe(self._ask_or_stop, names="asking")

    def scores(self, name):
        """The scores (n,) of a retriever, "weighted sum" or "rank fusion" for the query; NaN where it has none."""
        return self._scores.scores(self._shown, name, self.k1, self.b, self.weight)

    def ranking(self, name=None):
        """Passage numbers, best first, by `rank_by` or by the retriever named. BM25 leaves out those that score 0."""
        return self._scores.ranking(self._shown, name or self.ranked_by, self.k1, self.b, self.weight)

    @property
    def ranked_by(self):
        """`rank_by`, or "BM25" where that one has no scores for the query."""
        return self.rank_by if np.isfinite(self.scores(self.rank_by)).all() else "BM25"

    @property
    def parts(self):
        """What each word of the query adds to each passage's BM25 score: (words, (words, n))."""
        return self._scores.parts(self._shown, self.k1, self.b)

    @property
    def in_prompt(self):
        """Numbers of the passages in the prompt, best first: the top k, without those that do not fit."""
        best = self.ranking()[: self.k]
        if not self.passage_tokens:
            return best
        fixed = self.template_tokens + self.query_tokens[self.scored.index(self._shown)]
        limit = self.context - self.answer_tokens if self.context else 0
        return best[: fitting([self.passage_tokens[number] for number in best], fixed, limit)]

    @property
    def prompt(self):
        """The prompt that is sent, to the character."""
        return fill(self.template, [self.passages[number] for number in self.in_prompt], self._shown)

    @property
    def traced(self):
        """Each answer sentence with the share of its words that stands in each passage of its prompt."""
        numbers = self.answer.get("passages", [])
        return shared_words(self.answer.get("text", ""), [self.passages[number] for number in numbers])

    @property
    def evaluation(self):
        """Over the queries with gold passages: {retriever: {"recall": …, "mrr": …}}; recall is recall@k."""
        return self._scores.evaluation(self.gold, self.k, self.k1, self.b, self.weight)

    def ask(self):
        """Generate the answer now, as the page's button does, and return it.

        Raises RuntimeError, saying what happened, when generate fails, and ValueError without one.
        """
        if self._generate is None:
            raise ValueError("ask needs a generate=…: prompt -> answer.")
        self._make_answer(self.prompt, self.in_prompt, self._shown, threading.Event())
        if self.answer["state"] == "failed":
            raise RuntimeError(self.error)
        return self.answer["text"]

    def picture(self):
        """PNG bytes: the passages by rank with their scores, and the answer."""
        from .rag_inspector_picture import rag_inspector_picture

        rows = [
            (number, self.passages[number], float(self.scores(self.ranked_by)[number])) for number in self.ranking()
        ]
        return rag_inspector_picture(self._shown, self.ranked_by, rows[:10], set(self.in_prompt), self.answer)

    def exported_state(self):
        """Nothing is under way in an exported page."""
        return super().exported_state() | {"asking": False}

    @traitlets.validate("k", "k1", "b", "weight", "rank_by")
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if name == "rank_by":
            fits, right = value in self._scores.columns, f"one of {', '.join(self._scores.columns)}"
        elif name in ("k", "k1"):
            least, most = {"k": (1, len(self.passages)), "k1": (0, 100)}[name]
            fits, right = least <= value <= most, f"from {least} to {most}"
        else:
            fits, right = 0 <= value <= 1, "from 0 to 1"
        if not fits:
            raise traitlets.TraitError(f"{name} must be {right}; got {value!r}.")
        return value

    @traitlets.validate("query")
    def _whole_query(self, proposal):
        return whole_text(proposal["value"])

    @traitlets.validate("selected")
    def _within(self, proposal):
        return proposal["value"] if -1 <= proposal["value"] < len(self.passages) else -1

    def _asked_anew(self, change):
        if not self.query.strip():
            self.error = EMPTY  # the last good view stays
            return
        self._shown = self.query
        self.error = self._score() or ""
        self._tell()

    def _score(self):
        """Ask the retrievers about the query and those with gold passages; returns what went wrong, in a sentence."""
        scored = list(dict.fromkeys([*self.gold, self._shown]))
        self._scores.forget(scored)
        problems = [problem for query in scored for problem in self._scores.measure(query)]
        with self.hold_sync():
            self.scored, self.scores_data = scored, self._scores.known(scored).astype("<f8").tobytes()
            if self._tokenizer is not None:
                if not self.passage_tokens:
                    self.passage_tokens = [self._length(passage_block(1, one) + "\n\n") for one in self.passages]
                    self.template_tokens = self._length(fill(self.template, [], ""))
                self.query_tokens = [self._length(query) for query in scored]
        return problems[0] if problems else None

    def _length(self, text):
        return len(self._tokenizer(text)["input_ids"])

    def _tell(self, change=None):
        ranking, numbers, prompt = self.ranking(), self.in_prompt, self.prompt
        if self._tokenizer is not None:
            self.counted = [text_stamp(prompt), self._length(prompt)]
        best = f"passage {ranking[0]} ({self.scores(self.ranked_by)[ranking[0]]:.3f})" if ranking else "none"
        told = (
            f" In the prompt: passages {', '.join(map(str, numbers))}." if numbers else " The prompt holds no passage."
        )
        self.summary = f"{len(self.passages)} passages for “{self._shown}” by {self.ranked_by}: best {best}.{told}"

    def _ask_or_stop(self, change):
        if not self.asking:
            if self._running is not None:
                self._running.set()
            return
        if self._generate is None or self._running is not None:
            self.asking = self._running is not None
            return
        self._running = threading.Event()
        arguments = (self.prompt, self.in_prompt, self._shown, self._running)
        threading.Thread(target=self._make_answer, args=arguments, daemon=True).start()  # the kernel hears the stop

    def _make_answer(self, prompt, numbers, query, stop):
        self.error = ""
        self._tell_answer("", query, numbers, "running")
        text, state, self.error = grow_answer(
            self._generate, prompt, stop.is_set, lambda text: self._tell_answer(text, query, numbers, "running")
        )
        self._tell_answer(text, query, numbers, state)
        self._running, self.asking = None, False

    def _tell_answer(self, text, query, numbers, state):
        self.answer = {"text": whole_text(text), "query": query, "passages": numbers, "state": state}
