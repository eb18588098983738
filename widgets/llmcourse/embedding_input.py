"""What EmbeddingExplorer takes, checked: vectors, labels, groups, coordinates, a query, a model's own embeddings."""

import numpy as np

MOST_FLOAT32, MOST_FLOAT16 = 8_000_000, 32_000_000  # numbers: 32 MB and 64 MB on their way to the page


def check_vectors(vectors):
    """(vectors (n, d) float32 as both sides compute with them, the format they travel in).

    Raises ValueError for another shape, nothing, too much, or a number that is not finite.

    >>> check_vectors([[1, 2]])
    (array([[1., 2.]], dtype=float32), 'float32')
    """
    given = _numbers(vectors, "vectors")
    if given.ndim != 2 or given.size == 0:
        raise ValueError(f"vectors must have the shape (n, d), at least one number; got {given.shape}.")
    if given.size > MOST_FLOAT16:
        raise ValueError(
            f"vectors hold {given.size:,} numbers; at most {MOST_FLOAT16:,} fit. Choose fewer rows, for instance "
            "a random sample."
        )
    number_format = "float32" if given.size <= MOST_FLOAT32 else "float16"
    with np.errstate(over="ignore"):
        kept = given.astype(number_format).astype(np.float32)
    bad = ~np.isfinite(kept).all(1)
    if bad.any():
        raise ValueError(f"vectors must be finite in {number_format}; row {int(bad.argmax())} is not.")
    return kept, number_format


def check_labels(labels, count):
    """The labels as a list of `count` texts; half a surrogate pair, which no page can hold, becomes a question mark."""
    if isinstance(labels, str):
        raise TypeError("labels must be a list of texts, one a vector; got a single text.")
    labels = [str(label).encode("utf-8", "replace").decode() for label in labels]
    if len(labels) != count:
        raise ValueError(f"labels must hold one text a vector: {count} vectors, but {len(labels)} labels.")
    return labels


def check_groups(groups, count):
    """(names of the groups as they come, the group of each vector as a place in it); two empty lists for None.

    >>> check_groups(["b", "a", "b"], 3)
    (['b', 'a'], [0, 1, 0])
    """
    if groups is None:
        return [], []
    try:
        groups = check_labels(groups, count)
    except (TypeError, ValueError) as problem:
        raise type(problem)(str(problem).replace("labels", "groups")) from None
    names = list(dict.fromkeys(groups))
    place = {name: at for at, name in enumerate(names)}
    return names, [place[group] for group in groups]


def check_coordinates(coordinates, count):
    """Coordinates of a map: (count, 2) float64. Raises ValueError for another shape or a number that is not finite."""
    given = _numbers(coordinates, "coordinates").astype(np.float64)
    if given.shape != (count, 2) or not np.isfinite(given).all():
        raise ValueError(f"coordinates must be finite and have the shape ({count}, 2); got {given.shape}.")
    return given


def check_query(vector, width):
    """A query: (width,) float64. Raises ValueError for another shape or a number that is not finite."""
    given = _numbers(vector, "a query").astype(np.float64)
    if given.shape == (1, width):  # as embedding models return one text
        given = given[0]
    if given.shape != (width,) or not (np.abs(given) < 1e38).all():
        raise ValueError(f"a query must be finite (below 1e38) and have the shape ({width},); got {given.shape}.")
    return given


def token_vectors(model, tokenizer, words):
    """The rows of the model's input embedding for words (n, width), float32; of several tokens their mean."""
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        raise TypeError("words must be a list of texts.")
    table = model.get_input_embeddings().weight.detach()
    rows = []
    for word in words:
        ids = tokenizer(" " + word.strip(), add_special_tokens=False)["input_ids"]
        if not ids:
            raise ValueError(f"words must hold at least one token each; got {word!r}.")
        rows.append(table[ids].float().mean(0).cpu())
    return np.stack([row.numpy() for row in rows]) if rows else np.zeros((0, table.shape[1]), np.float32)


def _numbers(values, name):
    if hasattr(values, "detach"):  # a tensor, on any device, in any dtype
        values = values.detach().cpu()
        values = (values.float() if values.element_size() < 4 else values).numpy()  # numpy has no bfloat16
    try:
        given = np.asarray(values)
        return given if given.dtype.kind == "f" else given.astype(np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers; got {type(values).__name__}.") from None
