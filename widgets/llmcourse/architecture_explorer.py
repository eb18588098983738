"""ArchitectureExplorer: a model drawn from token ids to logits, with every shape, weight and cost."""

import traitlets

from .architecture_facts import facts_of
from .architecture_modules import module_parts
from .architecture_parts import model_parts
from .course_widget import CourseWidget
from .model_shapes import PRESETS, ModelShape, shape_of

OWN, MOST = "your model", 2**20
_SIZES = ("batch", "length", "source_length")


class ArchitectureExplorer(CourseWidget):
    """Walk through a model part by part: what it computes, what comes out, what it weighs and what a token costs.

    model: a preset's name (see `model_shapes.PRESETS`), a ModelShape, a transformers configuration or model, or any
        torch.nn.Module of yours, which is shown as a tree of its modules. compare: a second one beside it.
    batch, length, source_length: B, T and S (for encoder-decoder models) that turn symbols into numbers.
    shown, compare: names of the models in view; selected: key of the part that is told, "" for none.

    Read back: tree and part (Part objects), parameters, flops (one token with `length` tokens in view).
    Raises TypeError for what is no model, ValueError, naming what would be right, for an unknown name or size.

    >>> ArchitectureExplorer("gpt2", compare="llama-3-8b").parameters
    124439808
    """

    stem = "architecture_explorer"

    models = traitlets.List(traitlets.Dict()).tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)
    compare = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    batch = traitlets.Int(1).tag(sync=True)
    length = traitlets.Int(512).tag(sync=True)
    source_length = traitlets.Int(512).tag(sync=True)

    def __init__(self, model="smollm2-135m", compare=None, **traits):
        self._trees, models = {}, []
        for shape in PRESETS.values():
            self._add(models, shape.name, shape.title, model_parts(shape), facts_of(shape))
        shown = self._name(models, model, OWN)
        beside = "" if compare is None or compare == "" else self._name(models, compare, "your other model")
        super().__init__(models=models, shown=shown, compare=beside, **traits)
        self._summarise()
        self.observe(self._summarise, names=["shown", "compare", *_SIZES])

    @property
    def tree(self):
        """The shown model as a tree of parts (architecture_parts.Part)."""
        return self._trees[self.shown]

    @property
    def part(self):
        """The selected part, or None."""
        return self.tree.find(self.selected) if self.selected else None

    @property
    def parameters(self):
        """Learned numbers in the shown model; a shared matrix counts once."""
        return self.tree.parameters

    @property
    def flops(self):
        """Operations for one token in matrix products, with `length` tokens in view; 0 where only modules are known."""
        return self.tree.flops_of_token(self.length, self.source_length)

    def picture(self):
        """PNG bytes: the parts from ids to logits with their share of the parameters."""
        from .architecture_picture import architecture_picture

        names = [self.shown] + ([self.compare] if self.compare else [])
        sizes = {"B": self.batch, "T": self.length, "S": self.source_length}
        return architecture_picture([self._trees[name] for name in names], sizes)

    def _name(self, models, model, own):
        """The name of a model in `models`, to which one of the learner's own is added."""
        if isinstance(model, str):
            return shape_of(model).name
        shape, tree = None, None
        try:
            shape = shape_of(model, own)
        except (TypeError, ValueError):
            if not hasattr(model, "named_parameters"):
                raise
            tree = module_parts(model)
        if isinstance(model, ModelShape) and PRESETS.get(model.name) == model:
            return model.name
        title = model.title if isinstance(model, ModelShape) else f"{own} ({tree.name if tree else shape.layout})"
        self._add(models, own, title, tree or model_parts(shape), facts_of(shape) if shape else [])
        return own

    def _add(self, models, name, title, tree, facts):
        self._trees[name] = tree
        models.append({"name": name, "title": title, "facts": facts, "tree": tree.as_dict()})

    @traitlets.validate("shown", "compare")
    def _known(self, proposal):
        value, name = proposal["value"], proposal["trait"].name
        if value not in self._trees and not (name == "compare" and value == ""):
            raise ValueError(f"{name} must be one of {', '.join(self._trees)}; got {value[:60]!r}.")
        return value

    @traitlets.validate("selected")
    def _a_part(self, proposal):
        names = [name for name in (self.shown, self.compare) if name in self._trees]
        found = any(self._trees[name].find(proposal["value"]) for name in names) or not names
        return proposal["value"] if found else ""

    @traitlets.validate(*_SIZES)
    def _in_range(self, proposal):
        if not 1 <= proposal["value"] <= MOST:
            raise ValueError(f"{proposal['trait'].name} must be from 1 to {MOST}; got {proposal['value']}.")
        return proposal["value"]

    def _summarise(self, change=None):
        self.summary = self._sentence(self.shown)
        if self.compare:
            self.summary += " Beside it: " + self._sentence(self.compare)

    def _sentence(self, name):
        tree = self._trees[name]
        title = next(model["title"] for model in self.models if model["name"] == name)
        total, cost = tree.parameters, tree.flops_of_token(self.length, self.source_length)
        spent = f"; one token with {self.length:,} in view costs {cost / 1e6:,.1f} MFLOPs" if cost else ""
        return f"{title}: {total:,} parameters in {_count(tree):,} parts{spent}."


def _count(part):
    return 1 + sum(_count(child) for child in part.children)
