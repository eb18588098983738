"""Low-rank approximation of a weight matrix, and what a LoRA adapter of that rank costs."""

from dataclasses import dataclass

import numpy as np

PATCH = 64  # rows and columns that are shown at most
ADAM_BYTES = 12  # a trained parameter's gradient and two moments, in float32


@dataclass(frozen=True)
class Decomposition:
    """The singular value decomposition of a matrix, cut down to what is shown.

    singular: (k,) float64, the largest first. rows, columns: the matrix's size. row_places, column_places: which rows
    and columns are shown. left: (rows shown, k) and right: (k, columns shown), float32: left · diag(singular) · right
    is the shown part of the matrix.
    """

    singular: np.ndarray
    rows: int
    columns: int
    row_places: np.ndarray
    column_places: np.ndarray
    left: np.ndarray
    right: np.ndarray


def decompose(matrix):
    """Take a matrix (rows, columns) apart by its singular value decomposition, in float64 by torch.

    What is shown is exact: of more than 64 rows or columns evenly spaced ones, each cell one weight of the matrix.
    Raises ValueError for what is no matrix of finite numbers.
    """
    import torch

    try:
        matrix = matrix if isinstance(matrix, torch.Tensor) else np.asarray(matrix, dtype=np.float64)
        matrix = torch.as_tensor(matrix).detach().to("cpu", torch.float64)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise ValueError("a matrix must be a torch tensor, an array or nested lists of numbers.") from problem
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"a matrix must have rows and columns; got the shape {tuple(matrix.shape)}.")
    if not matrix.isfinite().all():
        raise ValueError("a matrix must hold finite numbers; this one holds NaN or infinite ones.")
    left, singular, right = torch.linalg.svd(matrix, full_matrices=False)
    row_places, column_places = (evenly_spaced(size) for size in matrix.shape)
    return Decomposition(
        singular=singular.numpy(),
        rows=matrix.shape[0],
        columns=matrix.shape[1],
        row_places=row_places,
        column_places=column_places,
        left=left[row_places].numpy().astype(np.float32),
        right=right[:, column_places].numpy().astype(np.float32),
    )


def evenly_spaced(size, most=PATCH):
    """At most `most` places from 0 to size - 1, evenly spaced, with both ends.

    >>> evenly_spaced(5, 3).tolist(), evenly_spaced(2, 3).tolist()
    ([0, 2, 4], [0, 1])
    """
    count = min(size, most)
    return np.arange(count) * (size - 1) // max(count - 1, 1)


def relative_errors(singular):
    """The relative Frobenius error ||W - W_r|| / ||W|| of the best approximation of each rank r = 0 … k.

    By Eckart and Young (1936) no matrix of rank r comes closer than the r largest singular values with their vectors,
    and what is missing is the sum of the squares of the others. (k,) -> (k + 1,); all 0 for a matrix of zeros.

    >>> relative_errors(np.array([4.0, 3.0])).round(4).tolist()
    [1.0, 0.6, 0.0]
    """
    scaled = np.asarray(singular, dtype=np.float64) / (max(singular, default=0.0) or 1.0)  # squares stay in range
    missing = np.concatenate([np.cumsum((scaled**2)[::-1])[::-1], [0.0]])
    return np.sqrt(missing / missing[0]) if missing[0] > 0 else missing


def rank_for_energy(singular, share):
    """The least rank whose approximation keeps this share of the energy (the sum of squared singular values).

    >>> rank_for_energy(np.array([4.0, 3.0]), 0.64), rank_for_energy(np.array([4.0, 3.0]), 0.65)
    (1, 2)
    """
    kept = 1 - relative_errors(singular) ** 2
    return int(np.argmax(kept >= share - 1e-12)) if kept.max() >= share - 1e-12 else len(singular)


def lora_parameters(shapes, rank):
    """How many parameters LoRA trains: rank × (rows + columns) for each adapted matrix (Hu et al. 2021).

    shapes: (rows, columns, how many such matrices) each. W + (alpha / rank) · B A, B: (rows, rank), A: (rank, columns).

    >>> lora_parameters([(576, 576, 30), (192, 576, 30)], 8)
    460800
    """
    return sum(count * rank * (rows + columns) for rows, columns, count in shapes)


def linear_targets(model):
    """The linear layers of a model by the last part of their name, without its output head.

    Returns {target: {"shapes": [(rows, columns, count), …], "matrices": {name: weight}}}.
    """
    import torch

    head = getattr(model, "get_output_embeddings", lambda: None)()
    targets = {}
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        # GPT-2's Conv1D keeps its weight the other way round: (inputs, outputs).
        turned = type(module).__name__ == "Conv1D"
        if module is not head and (isinstance(module, torch.nn.Linear) or turned):
            found = targets.setdefault(name.rpartition(".")[2], {"shapes": {}, "matrices": {}})
            matrix = weight.T if turned else weight
            found["matrices"][name] = matrix
            found["shapes"][tuple(matrix.shape)] = found["shapes"].get(tuple(matrix.shape), 0) + 1
    return {
        target: {**found, "shapes": [(*shape, count) for shape, count in found["shapes"].items()]}
        for target, found in targets.items()
    }
