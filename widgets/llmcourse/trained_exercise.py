"""Exercises whose answer is a trained model: judged by what it reaches on inputs it has not seen."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import torch

from .exercise import Exercise

SPLITS = ("train", "test", "fresh")  # the learner has the first two; the check draws the third


@dataclass(frozen=True, kw_only=True)
class TrainedExercise(Exercise):
    """A task whose answer is a model: an nn.Module or any callable that maps inputs to outputs.

    solution: a function without arguments that trains and returns a model; so is the `answer` of each mistake, whose
    `recognise(trial)` tells it by its behaviour (ready ones are in `trained_mistakes`).
    data: `data(split, generator)` gives (inputs, targets), tensors whose first dimension counts examples; the split is
    'train', 'test' or 'fresh'. measure: `measure(outputs, targets)`, a number.
    needed: the score on fresh inputs that passes. baseline: what guessing reaches. A needed score below the baseline
    says that lower is better. score_name: 'accuracy', 'loss' and so on.
    output_shape: `output_shape(inputs)`, the shape that the outputs must have; without it any shape will do.
    """

    data: Callable
    measure: Callable
    needed: float
    baseline: float
    score_name: str = "accuracy"
    output_shape: Callable | None = None

    def split(self, name, seed=0):
        """(inputs, targets) of a split; 'train' and 'test' are the same for everybody, 'fresh' differs by the seed.

        Raises ValueError for another name.
        """
        if name not in SPLITS:
            raise ValueError(f"name must be one of {', '.join(SPLITS)}, not {name!r}.")
        place = SPLITS.index(name) + (len(SPLITS) * seed if name == "fresh" else 0)
        return self.data(name, torch.Generator().manual_seed(place))


@dataclass
class Trial:
    """What a model does on each split: `outputs[split]`, `targets[split]`, `scores[split]`.

    changes: on the same inputs it gives other outputs the second time, or in `eval()` mode; None where they agree,
    else 'random' or 'mode'.
    """

    exercise: TrainedExercise
    outputs: dict
    targets: dict
    scores: dict
    changes: str | None

    def progress(self, split="fresh"):
        """How far the score is on the way from guessing (0) to what is needed (1)."""
        whole = self.exercise.needed - self.exercise.baseline
        return (self.scores[split] - self.exercise.baseline) / whole


def problem_of_outputs(exercise, model, seed=0):
    """What is wrong with the outputs before any score: type, shape, dtype, nan; a clause, or None."""
    inputs, _ = exercise.split("fresh", seed)
    with torch.no_grad(), kept_model(model):
        outputs = model(inputs)
    if not isinstance(outputs, torch.Tensor):
        return f"your model gives an object of type {type(outputs).__name__}, expected a torch tensor"
    shape = tuple(exercise.output_shape(inputs)) if exercise.output_shape else tuple(outputs.shape)
    if tuple(outputs.shape) != shape:
        return f"your model's outputs have the shape {tuple(outputs.shape)}, expected {shape}"
    if not outputs.is_floating_point():
        return f"your model's outputs have the dtype {outputs.dtype}, expected floating-point numbers"
    if outputs.isnan().any():
        return f"your model's outputs hold nan in {int(outputs.isnan().sum())} of {outputs.numel()} places"
    return None


def tried(exercise, model, seed=0):
    """The Trial of a model, which is left as it was: its mode, its gradients, its running statistics."""
    data = {split: exercise.split(split, seed) for split in SPLITS}
    with torch.no_grad(), kept_model(model):
        outputs = {split: model(inputs) for split, (inputs, _) in data.items()}
        changes = _changes(model, data["fresh"][0], outputs["fresh"])
    targets = {split: goal for split, (_, goal) in data.items()}
    scores = {split: float(exercise.measure(outputs[split], targets[split])) for split in SPLITS}
    return Trial(exercise, outputs, targets, scores, changes)


@contextlib.contextmanager
def kept_model(model):
    """Puts a module's modes and buffers back; any other callable is left alone."""
    if not isinstance(model, torch.nn.Module):
        yield
        return
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def _changes(model, inputs, outputs):
    if isinstance(model, torch.nn.Module) and model.training:
        model.eval()
        return None if _agree(model(inputs), outputs) else "mode"
    return None if _agree(model(inputs), outputs) else "random"


def _agree(one, other):
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)
