"""A torch module of the learner's own as a tree of parts, by its named modules and parameters."""

from .architecture_parts import Part
from .architecture_words import WORDS


def module_parts(module):
    """The tree of any torch.nn.Module: every submodule, the names and shapes of its weights, repeats folded.

    Children that are alike (same class, same weights) and numbered from 0, as in a ModuleList of layers, stand once
    with their number. A weight that several parts share is counted where it is met first.

    >>> module_parts(torch.nn.Linear(3, 2)).parameters                         # doctest: +SKIP
    8
    """
    return _tree("", type(module).__name__, module, set())


def _tree(path, name, module, seen, fold=True, repeat=1):
    weights, shared = [], []
    for label, weight in module.named_parameters(recurse=False):
        full = f"{path}.{label}" if path else label
        if id(weight) in seen:
            shared.append(label)
        elif weight.requires_grad:
            weights.append((full, tuple(weight.shape)))
        seen.add(id(weight))
    says = WORDS["module"][1] + (f" Its {', '.join(shared)} is shared with a part above." if shared else "")
    children = dict(module.named_children())
    if fold and _alike(children):
        first = _tree(_join(path, "{n}"), "each", children["0"], seen, fold=False, repeat=len(children))
        for child in children.values():
            seen.update(id(weight) for weight in child.parameters())
        parts = [first]
    else:
        parts = [_tree(_join(path, label), label, child, seen, fold) for label, child in children.items()]
    kind = type(module).__name__
    label = kind if name in (kind, "each") else f"{name}: {kind}"
    return Part(
        path or "model",
        label,
        _kind(kind, not path),
        says=says,
        weights=tuple(weights),
        repeat=repeat,
        children=tuple(parts),
    )


def _join(path, name):
    return f"{path}.{name}" if path else name


def _alike(children):
    """Whether these children, numbered from 0, are the same layer again and again, each with weights of its own."""
    if len(children) < 2 or list(children) != [str(n) for n in range(len(children))]:
        return False
    signatures = {
        (type(child), tuple((n, w.shape) for n, w in child.named_parameters())) for child in children.values()
    }
    weights = [id(weight) for child in children.values() for weight in child.parameters()]
    return len(signatures) == 1 and len(weights) > 0 and len(weights) == len(set(weights))


def _kind(kind, root):
    word = kind.lower()
    kinds = {"norm": "norm", "embedding": "embedding", "attention": "attention", "attn": "attention", "mlp": "mlp"}
    found = next((colour for part, colour in kinds.items() if part in word), "linear" if "linear" in word else "module")
    return "model" if root else found
