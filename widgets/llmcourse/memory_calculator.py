"""MemoryCalculator: what running or training a model takes, part by part, and which machines have that much."""

import traitlets

from .course_widget import CourseWidget
from .memory_formulas import (
    ATTENTION,
    CACHES,
    OPTIMIZERS,
    TASKS,
    WEIGHTS,
    bytes_of,
    memory_parts,
    sizes_of,
    stored_as,
)
from .model_shapes import PRESETS, ModelShape, shape_of

GIB = 2**30
# GiB, as the machines report them: mybinder.org's user guidelines, Colab's system panel, NVIDIA's data sheets.
MACHINES = {
    "Binder": 2,
    "Laptop, 8 GB": 8,
    "Colab without a GPU": 12.7,
    "T4 (Colab)": 15,
    "Laptop, 16 GB": 16,
    "RTX 4090": 24,
    "A100, 40 GB": 40,
    "A100 or H100, 80 GB": 80,
    "8 × H100": 640,
}
_CHOICES = {"task": TASKS, "weights": WEIGHTS, "cache": CACHES, "attention": ATTENTION, "optimizer": OPTIMIZERS}
_MOST = {"batch": 4096, "length": 2**20, "rank": 1024}


class MemoryCalculator(CourseWidget):
    """See where the memory of a model goes, and what each setting costs or saves, with every formula filled in.

    model: a preset's name, a ModelShape, a transformers configuration or model; decoder-only. Also synced as `shown`.
    task: "run", "train" (all weights) or "lora". weights: "fp32", "bf16" (or fp16), "int8", "nf4" or "q4_0"; full
        training counts a quantized choice as 16 bits. cache: "fp32", "bf16" or "fp8". attention: "flash" or "eager".
    optimizer: "adamw", "adamw8", "momentum" or "sgd". batch: sequences; length: tokens in each; rank: of LoRA;
        checkpointing: keep the inputs of layers only, and compute the rest again in the backward pass.
    selected: key of the part whose formula is shown.

    Read back: total (bytes), parts ({name: bytes}), fits ({machine: True or False}). Weights, cache, gradients and
    states are exact; activations are an estimate (saved for the backward pass: within a factor of 1.05 of what
    autograd saved in tests of small models; working memory of a forward pass: within 1.25).
    Raises TypeError for what is no model, ValueError, naming what would be right, for anything else.

    >>> MemoryCalculator("llama-3-8b", weights="bf16", length=8192).parts["KV cache"] / 2**30
    1.0
    """

    stem = "memory_calculator"

    models = traitlets.List(traitlets.Dict()).tag(sync=True)
    machines = traitlets.List().tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)
    task = traitlets.Unicode("run").tag(sync=True)
    weights = traitlets.Unicode("bf16").tag(sync=True)
    cache = traitlets.Unicode("bf16").tag(sync=True)
    attention = traitlets.Unicode("flash").tag(sync=True)
    optimizer = traitlets.Unicode("adamw").tag(sync=True)
    batch = traitlets.Int(1).tag(sync=True)
    length = traitlets.Int(2048).tag(sync=True)
    rank = traitlets.Int(16).tag(sync=True)
    checkpointing = traitlets.Bool(False).tag(sync=True)
    selected = traitlets.Unicode("weights").tag(sync=True)

    def __init__(self, model="smollm2-135m", **traits):
        shape = shape_of(model)
        if shape not in PRESETS.values():
            shape = ModelShape(**vars(shape) | {"name": "your model"})
        shapes = [one for one in PRESETS.values() if not one.encoder_layers]
        shapes += [shape] if shape not in shapes else []
        self._shapes = {one.name: sizes_of(one) for one in shapes}
        models = [{"name": one.name, "title": one.title, "sizes": self._shapes[one.name]} for one in shapes]
        machines = [[name, int(size * GIB)] for name, size in MACHINES.items()]
        super().__init__(models=models, machines=machines, shown=shape.name, **traits)
        self._summarise()
        self.observe(self._summarise, names=["shown", *_CHOICES, *_MOST, "checkpointing"])

    @property
    def parts(self):
        """Bytes of each part, in the order shown: {name: bytes}."""
        return {part["name"]: bytes_of(part) for part in self._parts()}

    @property
    def total(self):
        """Bytes of all parts together."""
        return sum(self.parts.values())

    @property
    def fits(self):
        """Whether the total is within the memory of each machine: {name: True or False}."""
        return {name: self.total <= size for name, size in self.machines}

    def picture(self):
        """PNG bytes: a bar for each part, and what each machine has."""
        from .memory_calculator_picture import memory_picture

        title = next(model["title"] for model in self.models if model["name"] == self.shown)
        return memory_picture(f"{title}: {TASKS[self.task]}", self.parts, self.machines)

    def _parts(self):
        names = [*_CHOICES, *_MOST, "checkpointing"]
        return memory_parts(self._shapes[self.shown], {name: getattr(self, name) for name in names})

    @traitlets.validate("shown", *_CHOICES)
    def _known(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        table = self._shapes if name == "shown" else _CHOICES[name]
        if value not in table:
            raise ValueError(f"{name} must be one of {', '.join(table)}; got {value[:60]!r}.")
        return value

    @traitlets.validate(*_MOST)
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if not 1 <= value <= _MOST[name]:
            raise ValueError(f"{name} must be from 1 to {_MOST[name]}; got {value}.")
        return value

    def _summarise(self, change=None):
        title = next(model["title"] for model in self.models if model["name"] == self.shown)
        parts, total = self.parts, self.total
        told = ", ".join(f"{name} {size / GIB:.2f}" for name, size in parts.items() if size)
        form = stored_as({"task": self.task, "weights": self.weights})
        smallest = next((name for name, fits in self.fits.items() if fits), None)
        where = f"The smallest machine listed that has it: {smallest}." if smallest else "No machine listed has it."
        self.summary = (
            f"To {TASKS[self.task]}, {title} with {form} weights, batch {self.batch} and {self.length:,} tokens takes "
            f"{total / GIB:.2f} GiB ({told}). {where}"
        )
