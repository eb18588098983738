"""QuantizationExplorer: what rounding does to a matrix of weights, and to the model that it stands in."""

import math

import torch
import traitlets

from .course_widget import CourseWidget
from .quantized_perplexity import TEXT, checked_points, linear_layers, perplexity, point_of
from .scratch.quantize import LARGEST, absmax, group_size, zeropoint

METHODS = {"absmax": absmax, "zeropoint": zeropoint}
MOST_WEIGHTS = 2**20  # larger matrices are shown by some of their rows
GROUPS = (16, 32, 64, 128, 256)


class QuantizationExplorer(CourseWidget):
    """Round a model's real weights to a few bits, watch the error as the settings change, and measure what it costs.

    weights: a matrix (rows, columns) or any float tensor, its last dimension the inputs; name: what to call it.
    model, tokenizer: or choose among a model's linear layers (`matrix`), and measure perplexity on `text`.
    bits: 2 to 8. method: "absmax" (symmetric) or "zeropoint". group: "tensor", "channel" (each row) or a number of
        weights as text ("32"). clip: the share of weights that may lie outside the range, 0 to 0.1. outlier: plant one
        weight of this many standard deviations at the start of the selected row, 0 for none, at most 100.
    row, column: what is shown closely. perplexity: points measured before, to be shown again.

    Read back: weights (with the planted outlier), quantized, restored, errors(), points. The page computes the same
    numbers in float32 as scratch/quantize.py does; matrices of more than 1,048,576 weights are shown by evenly spaced
    rows, and the summary says so. The embedded model came from a Q4_1 file: its weights already lie on 16 levels a
    block of 32, and what is lost here is lost on top of that. Raises TypeError when neither weights nor a model is
    given, ValueError, naming what would be right, for bad weights and settings.

    >>> explorer = QuantizationExplorer(torch.tensor([[0.5, -1.0, 0.3, 0.0]]), bits=4, group="channel")
    >>> [round(value, 3) for value in explorer.restored[0].tolist()]
    [0.571, -1.0, 0.286, 0.0]
    """

    stem = "quantization_explorer"

    bits = traitlets.Int(4).tag(sync=True)
    method = traitlets.Unicode("absmax").tag(sync=True)
    group = traitlets.Unicode("channel").tag(sync=True)
    clip = traitlets.Float(0.0).tag(sync=True)
    outlier = traitlets.Float(0.0).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)
    matrix = traitlets.Unicode("").tag(sync=True)
    points = traitlets.List().tag(sync=True)

    # What the page computes with and shows.
    name = traitlets.Unicode("").tag(sync=True)
    matrices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.Int(0).tag(sync=True)
    columns = traitlets.Int(0).tag(sync=True)
    all_rows = traitlets.Int(0).tag(sync=True)
    deviation = traitlets.Float(0.0).tag(sync=True)
    groups = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weights_data = traitlets.Bytes().tag(sync=True)  # float32, row by row
    measurable = traitlets.Bool(False).tag(sync=True)
    progress = traitlets.Float(-1.0).tag(sync=True)  # share of a measurement that is done; -1 when none runs

    def __init__(
        self, weights=None, name="weights", perplexity=None, *, model=None, tokenizer=None, text=TEXT, **traits
    ):
        if (weights is None) == (model is None):
            raise TypeError(
                "QuantizationExplorer needs weights: QuantizationExplorer(layer.weight), or a model: "
                "QuantizationExplorer(model=model, tokenizer=tokenizer)."
            )
        self._model, self._tokenizer, self._text, self._layers = model, tokenizer, text, {}
        if model is not None:
            self._layers = linear_layers(model)
            if not self._layers:
                raise ValueError(f"model must have linear layers (torch.nn.Linear); {type(model).__name__} has none.")
            traits.setdefault("matrix", next(iter(self._layers)))
            name, weights = self._layer(traits["matrix"])
        traits["group"] = str(traits.get("group", "channel"))
        shown = self._shown(weights, name)
        self._base = shown.pop("base")
        super().__init__(
            points=checked_points(perplexity),
            matrices=list(self._layers),
            measurable=model is not None and tokenizer is not None,
            **shown,
            **traits,
        )
        self._summarise()
        self.observe(self._take, names="matrix")
        self.observe(self._summarise, names=["bits", "method", "group", "clip", "outlier", "row"])
        self.on_msg(self._asked)

    @property
    def weights(self):
        """The weights shown, float32 (rows, columns), with the planted outlier."""
        weights = self._base.clone()
        if self.outlier:
            weights[self.row, 0] = min(self.outlier * self.deviation, LARGEST)
        return weights

    @property
    def quantized(self):
        """Those weights rounded with the settings: a scratch.quantize.Quantized."""
        return self._rounded(self.weights)

    @property
    def restored(self):
        """The weights that the codes stand for, float32 (rows, columns)."""
        return self.quantized.dequantize()

    def errors(self):
        """How far rounding moves the weights: {"rmse", "relative" (to their root mean square), "largest", "snr"}.

        snr is the signal-to-noise ratio in decibels, infinite where nothing moves.
        """
        weights = self.weights.double()
        moved = self.restored.double() - weights
        power, noise = weights.square().mean().item(), moved.square().mean().item()
        return {
            "rmse": math.sqrt(noise),
            "relative": math.sqrt(noise / power) if power else 0.0,
            "largest": moved.abs().max().item(),
            "snr": 10 * math.log10(power / noise) if power and noise else math.inf,
        }

    def measure(self):
        """Measure the perplexity of the model as it is (the first time) and with these settings; returns the latter.

        All linear layers but the output matrix are rounded while they compute; nothing in the model is written, so an
        interrupt leaves it as it was. The points are kept in `points`. Raises ValueError without a model and a
        tokenizer, for a group that does not divide the rows of every layer, and for settings that destroy the model.
        """
        if not self.measurable:
            raise ValueError("measure needs a model and a tokenizer: QuantizationExplorer(model=…, tokenizer=…).")
        settings = {"bits": self.bits, "group": _group(self.group), "clip": self.clip}
        method, costs = METHODS[self.method], []
        for layer in self._layers.values():
            group_size(layer.weight.shape, settings["group"])

        def rounded(weights):
            small = method(weights, **settings)
            costs.append((small.bits_per_weight, weights.numel()))
            return small.dequantize()

        self.progress = 0.0
        try:
            points = [point for point in self.points if point["method"] != "none"]
            first = next((point for point in self.points if point["method"] == "none"), None)
            if first is None:
                whole = 8.0 * next(iter(self._layers.values())).weight.element_size()
                first = point_of("none", int(whole), "", 0.0, whole, self._perplexity())
            value = self._perplexity(rounded, self._advance)
            cost = sum(bits * count for bits, count in costs) / sum(count for _, count in costs)
            new = point_of(self.method, self.bits, self.group, self.clip, cost, value)
            same = ("method", "bits", "group", "clip")
            self.points = [first, *(one for one in points if any(one[key] != new[key] for key in same)), new]
        finally:
            self.progress = -1.0
        return value

    def picture(self):
        """PNG bytes: the weights before and after, and the error with each number of bits."""
        from .quantization_picture import quantization_picture

        steps = [METHODS[self.method](self.weights, bits, _group(self.group), self.clip) for bits in range(2, 9)]
        errors = [(one.dequantize() - self.weights).double().square().mean().sqrt().item() for one in steps]
        return quantization_picture(self.name, self.weights, self.restored, errors, self.bits)

    def _perplexity(self, quantize=None, progress=None):
        return perplexity(self._model, self._tokenizer, self._text, quantize, progress)

    def _advance(self, share):
        if share - self.progress >= 0.02 or share == 1:
            self.progress = share

    def _asked(self, _, message, buffers):
        if not isinstance(message, dict) or message.get("kind") != "measure":
            return
        self.error = ""
        try:
            self.measure()
        except ValueError as problem:
            self.error = str(problem)
        except KeyboardInterrupt:
            self.error = "The measurement was interrupted; the model is as it was."

    def _rounded(self, weights):
        return METHODS[self.method](weights, self.bits, _group(self.group), self.clip)

    def _layer(self, name):
        if name not in self._layers:
            raise ValueError(f"matrix must be one of the model's linear layers, such as {next(iter(self._layers))!r}.")
        return name, self._layers[name].weight

    def _take(self, change):
        with self.hold_sync():
            name, weights = self._layer(self.matrix)
            shown = self._shown(weights, name)
            self._base = shown.pop("base")
            for trait, value in shown.items():
                setattr(self, trait, value)
            self.row, self.column = self.row, self.column  # within the new matrix
            if self.group not in self.groups:
                self.group = "channel"
            self._summarise()

    def _shown(self, weights, name):
        """The traits that show a matrix, and its (sampled) rows as `base`."""
        absmax(weights, 8)  # says what is wrong with them
        flat = weights.detach().float().cpu().reshape(-1, weights.shape[-1])
        most = max(1, MOST_WEIGHTS // flat.shape[1])
        places = torch.linspace(0, flat.shape[0] - 1, min(most, flat.shape[0])).round().long()
        base = flat[places, :MOST_WEIGHTS].contiguous()
        return {
            "base": base,
            "name": str(name).encode("utf-8", "replace").decode(),
            "rows": base.shape[0],
            "columns": base.shape[1],
            "all_rows": flat.shape[0],
            "deviation": base.double().std(unbiased=False).item(),
            "groups": ["tensor", "channel", *(str(size) for size in GROUPS if base.shape[1] % size == 0)],
            "weights_data": base.numpy().tobytes(),
        }

    def _summarise(self, change=None):
        errors, small = self.errors(), self.quantized
        grouped = f"groups of {self.group}" if self.group.isdigit() else f"one scale a {self.group}"
        shown = "" if self.rows == self.all_rows else f" ({self.rows:,} of {self.all_rows:,} rows, evenly spaced)"
        self.summary = (
            f"{self.name[:80]}, {self.rows:,} × {self.columns:,} weights{shown}, {self.method} with {self.bits} bits, "
            f"{grouped}: {small.bits_per_weight:.2f} bits a weight, relative error {errors['relative']:.2%}, "
            f"largest error {errors['largest']:.3g}, SNR {errors['snr']:.1f} dB."
        )

    @traitlets.validate("bits", "method", "group", "clip", "outlier", "row", "column")
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        if name in ("row", "column"):
            return max(0, min(value, (self.rows if name == "row" else self.columns) - 1))
        good, right = {
            "bits": (lambda: 2 <= value <= 8, "a whole number from 2 to 8"),
            "method": (lambda: value in METHODS, "'absmax' or 'zeropoint'"),
            "group": (lambda: _divides(value, self.columns), "'tensor', 'channel' or a number that divides the rows"),
            "clip": (lambda: 0 <= value <= 0.1, "from 0 to 0.1"),
            "outlier": (lambda: 0 <= value <= 100, "from 0 (none) to 100 standard deviations"),
        }[name]
        if not good():
            raise ValueError(f"{name} must be {right}; got {value!r}.")
        return value


def _group(group):
    return int(group) if group.isdecimal() else group


def _divides(group, columns):
    try:
        return group_size((1, columns), _group(group)) > 0
    except ValueError:
        return False
