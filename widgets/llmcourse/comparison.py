"""How an answer is compared with what is expected: types, then shapes, then dtypes, then values."""

from numbers import Number

import numpy as np
import torch

from .text_comparison import text_difference


def difference(answer, expected, tolerance=1e-5, what="your result"):
    """The first difference between an answer and the expected value as a clause; None where they agree.

    Types come first, then shapes, then dtypes (floating, integer, boolean), then values. nan agrees with nan,
    infinity with the same infinity. Lists and tuples agree item by item, and so do dictionaries.

    >>> difference(torch.zeros(3, 2), torch.zeros(2, 3))
    'your result has the shape (3, 2), expected (2, 3)'
    """
    if isinstance(expected, (torch.Tensor, np.ndarray)) and expected.ndim:
        if type_name(answer) != type_name(expected):
            return _wrong_type(answer, expected, what)
        return _array_difference(answer, expected, tolerance, what)
    expected = _plain(expected)
    if isinstance(expected, bool):
        answer = _plain(answer)
        if not isinstance(answer, bool):
            return _wrong_type(answer, expected, what)
        return None if answer == expected else f"{what} is {answer}, expected {expected}"
    if isinstance(expected, Number):
        return _number_difference(answer, expected, tolerance, what)
    if isinstance(expected, (list, tuple)):
        if not isinstance(answer, (list, tuple)):
            return _wrong_type(answer, expected, what)
        if len(answer) != len(expected):
            return f"{what} has {_count(len(answer), 'item')}, expected {len(expected)}"
        pairs = [(f"item {i} of {what}", *pair) for i, pair in enumerate(zip(answer, expected, strict=True))]
        return _first(difference(one, other, tolerance, place) for place, one, other in pairs)
    if isinstance(expected, dict):
        if not isinstance(answer, dict):
            return _wrong_type(answer, expected, what)
        if answer.keys() != expected.keys():
            return f"{what} has the keys {sorted(map(str, answer))}, expected {sorted(map(str, expected))}"
        return _first(difference(answer[k], expected[k], tolerance, f"{k!r} of {what}") for k in expected)
    if type_name(answer) != type_name(expected):
        return _wrong_type(answer, expected, what)
    if isinstance(expected, str):
        return text_difference(answer, expected, what)
    return None if answer == expected else f"{what} differs from the expected one"


def type_name(value):
    """What a value is, in words: 'a torch tensor', 'a list', 'None'."""
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return "None" if value is None else f"an object of type {type(value).__name__}"


def array_of(value):
    """A tensor or array as a NumPy array on the CPU that compares and prints alike, whatever its dtype."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.to_dense() if value.layout != torch.strided else value
        return value.double().numpy() if value.is_floating_point() else value.resolve_conj().numpy()
    return value.astype(np.float64) if value.dtype.kind == "f" else value


def wrong_places(answer, expected, tolerance):
    """Where two arrays of one shape disagree: a boolean NumPy array of that shape."""
    ours, theirs = array_of(answer), array_of(expected)
    if ours.dtype.kind in "fc":
        tolerance = max(tolerance, 8 * _precision(expected))
        return ~np.isclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    return np.asarray(ours != theirs)


def _array_difference(answer, expected, tolerance, what):
    if tuple(answer.shape) != tuple(expected.shape):
        return f"{what} has the shape {tuple(answer.shape)}, expected {tuple(expected.shape)}"
    ours, theirs = array_of(answer), array_of(expected)
    if _KINDS.get(ours.dtype.kind) != _KINDS.get(theirs.dtype.kind):
        return f"{what} has the dtype {answer.dtype}, expected {expected.dtype}"
    wrong = wrong_places(answer, expected, tolerance)
    if not wrong.any():
        return None
    how_many = f"{int(wrong.sum())} of {_count(wrong.size, 'number')} in {what}"
    if ours.dtype.kind == "f":
        if np.isnan(ours).any() and not np.isnan(theirs).any():
            return f"{what} holds nan in {int(np.isnan(ours).sum())} of {ours.size} places, expected none"
        finite = wrong & np.isfinite(ours) & np.isfinite(theirs)
        if finite.any():
            gap = np.where(finite, np.abs(np.where(finite, ours, 0) - np.where(finite, theirs, 0)), -1)
            place = [int(i) for i in np.unravel_index(gap.argmax(), gap.shape)]
            at = f" (at {place})" if place else ""
            return f"{how_many} {_verb(wrong)} wrong, by up to {gap.max():.2g}{at}"
    return f"{how_many} {_verb(wrong)} wrong"


def _number_difference(answer, expected, tolerance, what):
    if isinstance(answer, (torch.Tensor, np.ndarray)) and answer.ndim:
        return f"{what} has the shape {tuple(answer.shape)}, expected a single number"
    answer = _plain(answer)
    if isinstance(answer, bool) or not isinstance(answer, Number):
        return _wrong_type(answer, expected, what)
    if np.isclose(answer, expected, rtol=tolerance, atol=tolerance, equal_nan=True):
        return None
    return f"{what} is {answer:.6g}, expected {expected:.6g}"


def _plain(value):
    """A 0-dimensional tensor or NumPy scalar as Python's own number; everything else as it is."""
    single = isinstance(value, np.generic) or (isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 0)
    return value.item() if single else value


def _precision(array):
    if isinstance(array, torch.Tensor):
        return torch.finfo(array.dtype).eps
    return np.finfo(array.dtype).eps


def _wrong_type(answer, expected, what):
    return f"{what} is {type_name(answer)}, expected {type_name(expected)}"


def _first(clauses):
    return next((clause for clause in clauses if clause), None)


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _verb(wrong):
    return "is" if wrong.sum() == 1 else "are"


_KINDS = {"f": "floating", "i": "integer", "u": "integer", "b": "boolean", "c": "complex"}
_TYPE_NAMES = [
    (torch.Tensor, "a torch tensor"),
    (np.ndarray, "a NumPy array"),
    (bool, "True or False"),
    (Number, "a number"),
    (str, "a text"),
    (list, "a list"),
    (tuple, "a tuple"),
    (dict, "a dictionary"),
    ((set, frozenset), "a set"),
    (type(...), "Ellipsis (...)"),
]
