"""The points of a training monitor: every number that was logged, in one stream that is sent to the page in parts."""

import re
from array import array

import numpy as np

PART_SIZES = (50_000, 5_000, 500)  # points; a new point re-sends at most the last, smallest part
_ROLE = re.compile(r"(?:^|[\s_./-])(?:train(?:ing)?|valid(?:ation)?|val|eval|test)(?=$|[\s_./-])", re.IGNORECASE)


class TrainingPoints:
    """Keep (series, step, value) triples in the order they were logged; a series is one number of one run.

    series: a list of {run, name, group}; its index is the first number of a triple.

    >>> points = TrainingPoints()
    >>> points.append("adam", "train_loss", 0, 2.5)
    False
    >>> points.column("adam", "train_loss")
    (array([0.]), array([2.5]))
    """

    def __init__(self):
        self.series = []
        self._numbers = {}  # (run, name) -> index in series
        self._last, self._values = [], []  # the last step and value of each series, None without points
        self._data = array("d")
        self._parts = [(0, 0, b"")] * 4  # (first point, end, bytes) of each part, as sent last

    def __len__(self):
        return len(self._data) // 3

    def append(self, run, name, step, value):
        """Add a point. A step that was there replaces its point; an earlier one takes the whole run back to it.

        Returns whether the run was taken back.
        """
        number = self._numbers.get((run, name))
        if number is None:
            number = self._numbers[run, name] = len(self.series)
            self.series = [*self.series, {"run": run, "name": name, "group": group_of(name)}]
            self._last.append(None)
            self._values.append(None)
        last = self._last[number]
        back = last is not None and step < last
        if back:
            self.rewind(run, step)
        elif last == step:
            self._drop((self._table()[:, 0] == number) & (self._table()[:, 1] == step))
        self._data.extend((number, step, value))
        self._last[number], self._values[number] = step, value
        return back

    def rewind(self, run, step):
        """Forget the points of a run from `step` on: what a run resumed from an older checkpoint needs."""
        numbers = [number for (name, _), number in self._numbers.items() if name == run]
        table = self._table()
        self._drop(np.isin(table[:, 0], numbers) & (table[:, 1] >= step))

    def column(self, run, name):
        """(steps, values) of one series, float64 arrays in the order of the steps; empty for an unknown one."""
        table = self._table()
        chosen = table[table[:, 0] == self._numbers.get((run, name), -1)]
        return chosen[:, 1].copy(), chosen[:, 2].copy()

    def latest(self, run):
        """{name: last value} of a run's series."""
        return {
            name: self._values[number]
            for (of, name), number in self._numbers.items()
            if of == run and self._last[number] is not None
        }

    def parts(self):
        """The stream as bytes (little-endian float64 triples) in four parts, the oldest and largest first.

        Where the parts end depends on the number of points alone, so that few bytes change with each new point.
        """
        edges = [0, *(len(self) // size * size for size in PART_SIZES), len(self)]
        for place, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
            if self._parts[place][:2] != (start, end):
                self._parts[place] = (start, end, self._data[3 * start : 3 * end].tobytes())
        return [content for _, _, content in self._parts]

    def _table(self):
        return np.array(self._data, dtype=np.float64).reshape(-1, 3)

    def _drop(self, gone):
        if not gone.any():
            return
        table = self._table()[~gone]
        self._data = array("d", table.tobytes())
        self._parts = [(0, 0, b"")] * 4
        for number in range(len(self.series)):
            rows = table[table[:, 0] == number]
            self._last[number], self._values[number] = rows[-1, 1:].tolist() if len(rows) else (None, None)


def group_of(name):
    """The chart a number belongs to: training and validation values of one thing share it.

    >>> group_of("val_loss"), group_of("train/loss"), group_of("lr")
    ('loss', 'loss', 'lr')
    """
    return _ROLE.sub("", name).strip(" _./-") or name


def smooth(values, weight):
    """An exponential moving average without the pull towards its start (bias-corrected as in Adam; what TensorBoard
    shows). values: (n,); weight: 0 (none) to below 1. A value that is not finite stays as it is and is skipped.

    >>> smooth(np.array([1.0, 3.0]), 0.5).round(4).tolist()
    [1.0, 2.3333]
    """
    out, total, mass = np.array(values, dtype=np.float64), 0.0, 0.0
    for place, value in enumerate(out.tolist()):
        if np.isfinite(value):
            total = weight * total + (1 - weight) * value
            mass = weight * mass + (1 - weight)
            out[place] = total / mass
    return out


def thin_extremes(steps, values, columns):
    """Keep what a chart of `columns` pixels can show: of each pixel's points the lowest and the highest, in order.

    A point that is not finite stays where its pixel holds no finite one. Both ends stay. Returns (steps, values).

    >>> thin_extremes(np.arange(6.0), np.array([0, 9, 1, 1, -5, 2.0]), 1)[1].tolist()
    [0.0, 9.0, -5.0, 2.0]
    """
    count = len(steps)
    if count <= 2 * columns + 2:
        return np.array(steps, dtype=np.float64), np.array(values, dtype=np.float64)
    width = (steps[-1] - steps[0]) or 1.0
    column = np.minimum(((steps - steps[0]) / width * columns).astype(np.int64), columns - 1)
    starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
    finite = np.isfinite(values)
    kept = {0, count - 1}
    for start, end in zip(starts, np.r_[starts[1:], count], strict=True):
        places = np.flatnonzero(finite[start:end]) + start
        if len(places):
            kept |= {int(places[np.argmin(values[places])]), int(places[np.argmax(values[places])])}
        else:
            kept.add(int(start))
    order = sorted(kept)
    return np.asarray(steps)[order], np.asarray(values)[order]
