"""EmbeddingExplorer: a map of vectors with their true neighbours, analogies, and a query that moves."""

import numpy as np
import traitlets

from .course_widget import CourseWidget
from .embedding_input import check_coordinates, check_groups, check_labels, check_query, check_vectors
from .embedding_map import principal_plane, tsne
from .embedding_picture import embedding_picture
from .embedding_space import METRICS, EmbeddingSpace, Neighbour
from .embedding_words import embedding_summary, map_name

MOST_NEIGHBOURS = 50


class EmbeddingExplorer(CourseWidget):
    """See which vectors are close: a 2-D map to walk over, and the true neighbours in all dimensions beside it.

    vectors: (n, d) of numbers, array or tensor. labels: n texts. groups: n names, such as the document of each chunk.
    coordinates: (n, 2), a map of your own; without it the map is PCA. embed: a function text -> vector (d,), which
        lets the learner type a query.
    selected: the row chosen, -1 for none. metric: "cosine", "euclidean" or "dot". k: number of neighbours, 1 to 50.
    mode: whose neighbours are shown: "point" (the selected row), "analogy" (a − b + c, see `analogy()`) or "query"
        (a vector, see `query`). projection: "pca", "given" or "t-sne" (needs scikit-learn).

    Neighbours are exact and found in all d dimensions among all n vectors; the page says how many of them the map
    shows as near. Up to 8 million numbers are kept as float32, up to 32 million as float16, in Python too, so that
    both sides compute with the same. Raises ValueError or TypeError, naming the argument and what would be right.

    >>> explorer = EmbeddingExplorer([[1, 0], [3, 4], [0, 1]], ["cat", "dog", "car"], selected=0, k=1)
    >>> explorer.neighbours()
    [Neighbour(index=1, label='dog', value=0.6)]
    """

    stem = "embedding_explorer"

    selected = traitlets.Int(-1).tag(sync=True)
    metric = traitlets.Enum(METRICS, "cosine").tag(sync=True)
    k = traitlets.Int(10).tag(sync=True)
    mode = traitlets.Enum(("point", "analogy", "query"), "point").tag(sync=True)
    terms = traitlets.List(traitlets.Int(), [-1, -1, -1]).tag(sync=True)  # rows a, b and c of the analogy
    query_text = traitlets.Unicode("").tag(sync=True)
    query_at = traitlets.List(traitlets.Float(), [0.0, 0.0]).tag(sync=True)  # a place on the PCA map, or empty
    query_data = traitlets.Bytes().tag(sync=True)  # (d,) float64, used where query_at is empty
    projection = traitlets.Unicode("pca").tag(sync=True)

    vectors_data = traitlets.Bytes().tag(sync=True)  # (n, d), `number_format`
    number_format = traitlets.Unicode("float32").tag(sync=True)
    width = traitlets.Int().tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    group_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    group_of = traitlets.List(traitlets.Int()).tag(sync=True)
    maps = traitlets.List(traitlets.Unicode()).tag(sync=True)  # the projections at hand …
    maps_data = traitlets.Bytes().tag(sync=True)  # … and their coordinates (maps, n, 2), float64
    plane_data = traitlets.Bytes().tag(sync=True)  # mean and both components of PCA (3, d), float64
    explained = traitlets.List(traitlets.Float()).tag(sync=True)
    asks_text = traitlets.Bool(False).tag(sync=True)

    def __init__(self, vectors, labels, groups=None, *, coordinates=None, embed=None, **traits):
        self.vectors, number_format = check_vectors(vectors)
        count, width = self.vectors.shape
        labels = check_labels(labels, count)
        names, group_of = check_groups(groups, count)
        if embed is not None and not callable(embed):
            raise TypeError(f"embed must be a function from text to a vector; got {type(embed).__name__}.")
        self._embed, self._space = embed, EmbeddingSpace(self.vectors)
        self._plane = principal_plane(self.vectors)
        self._maps = {"pca": self._plane.project(self.vectors)}
        if coordinates is not None:
            self._maps["given"] = check_coordinates(coordinates, count)
            traits.setdefault("projection", "given")
        self._count = count
        super().__init__(
            vectors_data=self.vectors.astype(number_format).tobytes(),
            number_format=number_format,
            width=width,
            labels=labels,
            group_names=names,
            group_of=group_of,
            maps=list(self._maps),
            maps_data=np.stack(list(self._maps.values())).tobytes(),
            plane_data=np.vstack([self._plane.mean, self._plane.components]).tobytes(),
            explained=list(self._plane.explained),
            asks_text=embed is not None,
            **traits,
        )
        self._draw_map()
        self._summarise()
        self.observe(self._draw_map, names="projection")
        self.observe(self._embed_text, names="query_text")
        self.observe(
            self._summarise, names=["selected", "metric", "k", "mode", "terms", "query_at", "query_data", "projection"]
        )

    @classmethod
    def of_tokens(cls, model, tokenizer, words, groups=None, **traits):
        """The model's own token embeddings of words, each read as it stands inside a text, with a space before it.

        A word of several tokens gets the mean of their vectors. Raises TypeError for words that are no list of texts.

        >>> EmbeddingExplorer.of_tokens(model, tokenizer, ["king", "queen", "man", "woman"])   # doctest: +SKIP
        """
        from .embedding_input import token_vectors

        return cls(token_vectors(model, tokenizer, words), words, groups, **traits)

    def neighbours(self, of=None, k=None, metric=None):
        """The nearest rows, nearest first: [Neighbour(index, label, value)]; empty where nothing is chosen.

        of: a label, a row or a vector (d,); without it whatever the widget shows the neighbours of. The row itself,
        or the three of an analogy, are left out.
        """
        metric, k = metric or self.metric, self.k if k is None else k
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {', '.join(METRICS)}; got {metric!r}.")
        vector, leave_out = self._centre(metric) if of is None else self._asked(of)
        if vector is None:
            return []
        found = self._space.nearest(vector, metric, k, leave_out)
        return [Neighbour(index, self.labels[index], value) for index, value in found]

    def analogy(self, a, b, c):
        """Show what a − b + c is near to, and return it: `analogy("king", "man", "woman")`. Labels or rows."""
        with self.hold_trait_notifications():
            self.terms, self.mode = [self._row(term) for term in (a, b, c)], "analogy"
        return self.neighbours()

    def find(self, label):
        """The first row with this label. Raises ValueError where there is none."""
        try:
            return self.labels.index(label)
        except ValueError:
            raise ValueError(f"no label is {label!r}; there are {len(self.labels):,}.") from None

    @property
    def query(self):
        """The query vector (d,), float64; set it to any vector of that width."""
        return self._plane.point(*self.query_at) if self.query_at else np.frombuffer(self.query_data)

    @query.setter
    def query(self, vector):
        vector = check_query(vector, self.width)
        with self.hold_trait_notifications():
            self.query_data, self.query_at, self.mode = vector.tobytes(), [], "query"

    @property
    def overlap(self):
        """(how many of the true neighbours are also among the nearest on the map, how many there are); None where
        what they are neighbours of has no place on the map."""
        vector, leave_out = self._centre(self.metric)
        place = None if vector is None else self._place(vector)
        if place is None:
            return None
        near = EmbeddingSpace(self._maps[self.projection]).nearest(place, "euclidean", self.k, leave_out)
        true = {neighbour.index for neighbour in self.neighbours()}
        return len(true & {index for index, _ in near}), len(true)

    def picture(self):
        """PNG bytes: the map, what is chosen on it, and the nearest neighbours as bars."""
        vector, leave_out = self._centre(self.metric)
        return embedding_picture(
            self._maps[self.projection],
            self.labels,
            self.group_of,
            self.group_names,
            caption=map_name(self),
            chosen=list(leave_out),
            place=None if vector is None else self._place(vector),
            neighbours=self.neighbours(),
            metric=self.metric,
        )

    def _row(self, term):
        if isinstance(term, str):
            return self.find(term)
        if not 0 <= term < self._count:
            raise ValueError(f"a row must be from 0 to {self._count - 1}; got {term}.")
        return int(term)

    def _asked(self, of):
        if isinstance(of, str | int | np.integer):
            row = self._row(of)
            return self._space.row(row), [row]
        return check_query(of, self.width), []

    def _centre(self, metric):
        """The vector whose neighbours are shown (None for none), and the rows to leave out."""
        if self.mode == "query":
            return self.query, []
        if self.mode == "analogy":
            return (None, []) if min(self.terms) < 0 else (self._space.analogy(*self.terms, metric), self.terms)
        return (None, []) if self.selected < 0 else (self._space.row(self.selected), [self.selected])

    def _place(self, vector):
        if self.mode == "point":
            return self._maps[self.projection][self.selected]
        return self._plane.project(vector) if self.projection == "pca" else None

    def _draw_map(self, change=None):
        if self.projection in self._maps:
            self._shown, self.error = self.projection, ""
            return
        try:
            if self.projection != "t-sne":
                raise ValueError(f"projection must be pca, t-sne or, with coordinates, given; got {self.projection!r}.")
            self._maps["t-sne"] = tsne(self.vectors)
        except ValueError as problem:
            if change is None:
                raise
            self.projection, self.error = self._shown, str(problem)
            return
        self._shown, self.error = self.projection, ""
        with self.hold_sync():
            self.maps_data = np.stack(list(self._maps.values())).tobytes()
            self.maps = list(self._maps)

    def _embed_text(self, change):
        if self._embed is None or not self.query_text.strip():
            return
        try:
            self.query = self._embed(self.query_text)
        except Exception as problem:  # the learner's own function, on the learner's own text
            self.error = f"embed did not give a vector for this text: {problem}"
        else:
            self.error = ""

    def _summarise(self, change=None):
        if self.projection in self._maps:
            self.summary = embedding_summary(self)

    @traitlets.validate("k")
    def _k_in_range(self, proposal):
        if not 1 <= proposal["value"] <= MOST_NEIGHBOURS:
            raise traitlets.TraitError(f"k must lie between 1 and {MOST_NEIGHBOURS}; got {proposal['value']}.")
        return proposal["value"]

    @traitlets.validate("selected")
    def _within(self, proposal):
        return proposal["value"] if -1 <= proposal["value"] < self._count else -1

    @traitlets.validate("terms")
    def _three_rows(self, proposal):
        if len(proposal["value"]) != 3:
            raise traitlets.TraitError(f"terms must be three rows, a, b and c; got {len(proposal['value'])}.")
        return [row if 0 <= row < self._count else -1 for row in proposal["value"]]

    @traitlets.validate("query_at")
    def _on_the_map(self, proposal):
        value = proposal["value"]
        if value and (len(value) != 2 or not (np.abs(value) < 1e38).all()):
            raise traitlets.TraitError(f"query_at must be two finite numbers (below 1e38); got {value}.")
        return value
