"""RankExplorer: how well a few singular values describe a weight matrix, and what LoRA of that rank costs."""

import numpy as np
import traitlets

from .course_widget import CourseWidget
from .labels import token_label
from .low_rank import decompose, linear_targets, lora_parameters, rank_for_energy, relative_errors

STORED = 8  # matrices that an exported page takes along
NUMBER_BYTES = {"float32": 4, "bfloat16": 2}


class RankExplorer(CourseWidget):
    """Approximate a weight matrix by a lower rank and see what is lost, then count what LoRA of that rank trains.

    matrices: {name: matrix (rows, columns)}: tensors, arrays or nested lists. model: or a model, whose linear layers
        can be chosen from (without its output head). The best approximation of rank r keeps the r largest singular
        values (Eckart and Young 1936); LoRA trains B A of rank r beside each target (Hu et al. 2021).
    rank: the rank looked at; 0 keeps nothing. matrix: the number of the chosen matrix in `names`.
    targets_on: names of the adapted targets. alpha: LoRA's scale, alpha / rank. number: 'float32' or 'bfloat16', how
        the adapter is stored.

    Read back: error (relative Frobenius error), energy (share kept), trainable (LoRA's parameters), singular.
    Raises TypeError when neither or both of matrices and model are given, ValueError for what is no matrix of finite
    numbers and for settings out of range.

    >>> explorer = RankExplorer({"W": [[4.0, 0.0], [0.0, 3.0]]}, rank=1)
    >>> round(explorer.relative_error, 4), round(explorer.energy, 4), explorer.trainable
    (0.6, 0.64, 4)
    """

    stem = "rank_explorer"

    rank = traitlets.Int(8).tag(sync=True)
    matrix = traitlets.Int(0).tag(sync=True)
    targets_on = traitlets.List(traitlets.Unicode()).tag(sync=True)
    alpha = traitlets.Float(16.0).tag(sync=True)
    number = traitlets.Enum(tuple(NUMBER_BYTES), "float32").tag(sync=True)
    cell = traitlets.List(traitlets.Int()).tag(sync=True)  # row and column of the chosen cell of what is shown
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)  # of which matrix `factors` are, its size, the places shown
    factors = traitlets.Bytes().tag(sync=True)  # singular values float64, then the shown left and right factors float32
    targets = traitlets.List(traitlets.Dict()).tag(sync=True)
    total_parameters = traitlets.Int(0).tag(sync=True)

    def __init__(self, matrices=None, *, model=None, **traits):
        if (matrices is None) == (model is None):
            raise TypeError("RankExplorer needs matrices, {name: matrix}, or model=model with matrices to choose from.")
        if model is not None:
            found = linear_targets(model)
            total = sum(parameter.numel() for parameter in model.parameters())
        else:
            found = _targets_of(matrices)
            total = sum(rows * columns for one in found.values() for rows, columns, _ in one["shapes"])
        self._matrices = {name: weight for one in found.values() for name, weight in one["matrices"].items()}
        if not self._matrices:
            raise ValueError("there is no matrix to explore: matrices is empty, or the model has no linear layer.")
        self._decomposed = {}
        names = list(self._matrices)
        targets = [{"name": name, "shapes": [list(shape) for shape in one["shapes"]]} for name, one in found.items()]
        usual = [name for name in found if model is not None and name in ("q_proj", "v_proj")]  # what the paper adapts
        traits = {"targets_on": usual or list(found), **traits}
        super().__init__(names=names, targets=targets, total_parameters=total, **traits)
        self._show()
        self.observe(self._show, names="matrix")
        self.observe(self._summarise, names=["rank", "targets_on", "alpha", "number"])

    @property
    def singular(self):
        """The singular values of the chosen matrix, (k,) float64, the largest first."""
        return self._chosen().singular

    @property
    def relative_error(self):
        """||W - W_r|| / ||W|| of the chosen matrix at the rank."""
        return float(relative_errors(self.singular)[self._rank()])

    @property
    def energy(self):
        """The share of the sum of squares that the approximation keeps."""
        return 1 - self.relative_error**2

    @property
    def trainable(self):
        """How many parameters LoRA of this rank trains in the chosen targets."""
        on = set(self.targets_on)
        return lora_parameters(
            [shape for one in self.targets if one["name"] in on for shape in one["shapes"]], self.rank
        )

    def approximation(self):
        """The best matrix of this rank, (rows, columns) float32 tensor, computed from all of the chosen matrix."""
        import torch

        matrix = torch.as_tensor(self._matrices[self.names[self.matrix]]).detach().to("cpu", torch.float64)
        left, singular, right = torch.linalg.svd(matrix, full_matrices=False)
        rank = self._rank()
        return ((left[:, :rank] * singular[:rank]) @ right[:rank]).float()

    def exported_state(self):
        """The page takes along the matrices that it cannot ask a kernel for: those seen, or all of up to eight."""
        state = super().exported_state()
        numbers = range(len(self.names)) if len(self.names) <= STORED else self._decomposed
        stored = {number: self._packed(number) for number in list(numbers)[:STORED]}
        for number, (_, content) in stored.items():
            state[f"factors_{number}"] = content
        return {**state, "stored": {str(number): shown for number, (shown, _) in stored.items()}}

    def picture(self):
        """PNG bytes: the singular values, the matrix, its approximation and the difference."""
        from .rank_explorer_picture import rank_explorer_picture

        return rank_explorer_picture(self.names[self.matrix], self._chosen(), self._rank())

    @traitlets.validate("rank", "matrix", "alpha")
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if name == "matrix" and not 0 <= value < len(self.names):
            return 0
        if name == "rank" and value < 0:
            raise ValueError(f"rank must be 0 or more; got {value}.")
        if name == "alpha" and not 0 < value <= 1e6:
            raise ValueError(f"alpha must be above 0 and at most 1000000; got {value}.")
        return value

    def _rank(self):
        return min(self.rank, len(self.singular))

    def _chosen(self, number=None):
        number = self.matrix if number is None else number
        if number not in self._decomposed:
            name = self.names[number]
            try:
                self._decomposed[number] = decompose(self._matrices[name])
            except ValueError as problem:
                raise ValueError(f"{token_label(name, 60)}: {problem}") from problem
        return self._decomposed[number]

    def _packed(self, number):
        one = self._chosen(number)
        shown = {
            "matrix": number,
            "rows": one.rows,
            "columns": one.columns,
            "row_places": one.row_places.tolist(),
            "column_places": one.column_places.tolist(),
        }
        content = one.singular.astype("<f8").tobytes() + one.left.astype("<f4").tobytes()
        return shown, content + one.right.astype("<f4").tobytes()

    def _show(self, change=None):
        try:
            shown, factors = self._packed(self.matrix)
        except ValueError as problem:
            if change is None:
                raise
            self.error = str(problem)
            self.matrix = self.shown["matrix"]
            return
        with self.hold_sync():
            if change is None or change["new"] != self.shown.get("matrix"):
                self.error = ""
            self.shown, self.factors, self.cell = shown, factors, []
            self._summarise()

    def _summarise(self, change=None):
        one, rank = self._chosen(), self._rank()
        self.summary = (
            f"{token_label(self.names[self.matrix], 60)} ({one.rows} × {one.columns}) at rank {rank} of "
            f"{len(one.singular)}: relative error {self.relative_error:.2%}, energy kept {self.energy:.2%}, 90% of it "
            f"at rank {rank_for_energy(one.singular, 0.9)}. LoRA of rank {self.rank} trains {self.trainable:,} "
            f"parameters in {', '.join(token_label(name, 24) for name in self.targets_on[:8]) or 'no target'}."
        )


def _targets_of(matrices):
    if not isinstance(matrices, dict) or not all(isinstance(name, str) for name in matrices):
        raise TypeError("matrices must be a dictionary: {name: matrix}.")
    targets = {}
    for name, matrix in matrices.items():
        shape = np.shape(matrix) if isinstance(matrix, (list, tuple)) else tuple(matrix.shape)
        if len(shape) != 2:
            raise ValueError(f"{token_label(name, 60)}: a matrix must have rows and columns; got the shape {shape}.")
        found = targets.setdefault(name.removesuffix(".weight").rpartition(".")[2], {"shapes": {}, "matrices": {}})
        found["matrices"][name] = matrix
        found["shapes"][shape] = found["shapes"].get(shape, 0) + 1
    return {
        target: {**found, "shapes": [(*shape, count) for shape, count in found["shapes"].items()]}
        for target, found in targets.items()
    }
