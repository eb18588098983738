"""What an EmbeddingExplorer shows, in words: its summary, which is also the text of its picture."""

from .embedding_picture import point_label


def embedding_summary(explorer):
    """One or two sentences: how many points on which map, and the nearest neighbours of what is chosen.

    >>> embedding_summary(EmbeddingExplorer([[1.0, 0.0], [0.0, 1.0]], ["a", "b"]))            # doctest: +SKIP
    '2 points of 2 dimensions on a map (PCA: 100.0% of the variance).'
    """
    points, many = _counted(len(explorer.labels), "point"), _counted(explorer.width, "dimension")
    told = f"{points} of {many} on a map ({map_name(explorer)})."
    near = ", ".join(f"{_quoted(one.label)} {one.value:.4g}" for one in explorer.neighbours()[:3])
    return f"{told} Nearest to {_chosen(explorer)} by {explorer.metric}: {near}." if near else told


def _counted(count, name):
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def _chosen(explorer):
    if explorer.mode == "query":
        return "the query"
    if explorer.mode == "point":
        return _quoted(explorer.labels[explorer.selected])
    return "{} − {} + {}".format(*(_quoted(explorer.labels[row]) for row in explorer.terms))


def map_name(explorer):
    """How the map was made: 'PCA: 85.1% of the variance'."""
    if explorer.projection == "pca":
        return f"PCA: {sum(explorer.explained):.1%} of the variance"
    return {"given": "coordinates as given", "t-sne": "t-SNE"}[explorer.projection]


def _quoted(label):
    return f"“{point_label(label, 30)}”"
