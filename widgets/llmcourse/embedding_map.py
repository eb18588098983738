"""Maps of an embedding space: the plane that keeps most of the variance (PCA), and t-SNE by scikit-learn."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PrincipalPlane:
    """The plane through the mean along the two directions of largest variance.

    mean: (d,). components: (2, d), orthonormal (zero where there is no second direction); of each, the entry of
    largest size is positive, so that the map does not flip. explained: the share of the variance along each.
    """

    mean: np.ndarray
    components: np.ndarray
    explained: tuple[float, float]

    def project(self, vectors):
        """Where vectors (…, d) lie on the map: (…, 2)."""
        return (np.asarray(vectors, dtype=np.float64) - self.mean) @ self.components.T

    def point(self, x, y):
        """The vector (d,) at a place of the map."""
        return (self.mean + x * self.components[0]) + y * self.components[1]


def principal_plane(vectors):
    """Principal component analysis of vectors (n, d), exact, in float64 (Pearson 1901; Jolliffe and Cadima 2016,
    https://doi.org/10.1098/rsta.2015.0202).

    From the eigenvectors of the smaller of the two matrices XᵀX (d, d) and XXᵀ (n, n), X being the centred vectors.

    >>> principal_plane(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 1.0]])).explained
    (0.8, 0.2)
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    count, width = vectors.shape
    mean = vectors.mean(0)
    centred = vectors - mean
    size = np.abs(centred).max(initial=0.0)
    if size == 0:
        return PrincipalPlane(mean, np.zeros((2, width)), (0.0, 0.0))
    centred = centred / size  # squares of tiny or huge numbers stay in range
    if count < width:
        variances, left = np.linalg.eigh(centred @ centred.T)
        directions = left[:, :-3:-1].T @ centred
    else:
        variances, right = np.linalg.eigh(centred.T @ centred)
        directions = right[:, :-3:-1].T
    components, explained = np.zeros((2, width)), [0.0, 0.0]
    total = variances.clip(0).sum()
    for place, direction in enumerate(directions):
        share = variances[-1 - place] / total
        length = np.linalg.norm(direction)
        if share < 1e-14 or length == 0:
            break  # rounding, not variance
        components[place] = direction / length * np.sign(direction[np.abs(direction).argmax()])
        explained[place] = float(share)
    return PrincipalPlane(mean, components, (explained[0], explained[1]))


def tsne(vectors, seed=0):
    """A t-SNE map (n, 2) of vectors (n, d) by scikit-learn (van der Maaten and Hinton 2008,
    https://www.jmlr.org/papers/v9/vandermaaten08a.html), started from the PCA map.

    Raises ValueError, in a sentence for the learner, where scikit-learn is missing or there are fewer than 4 vectors.
    """
    if len(vectors) < 4:
        raise ValueError(f"t-SNE needs at least 4 points; there are {len(vectors)}.")
    try:
        from sklearn.manifold import TSNE
    except ImportError as missing:
        raise ValueError(
            "t-SNE needs scikit-learn, which is not installed here: pip install scikit-learn, then choose it again."
        ) from missing
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    return np.asarray(TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(vectors), np.float64)
