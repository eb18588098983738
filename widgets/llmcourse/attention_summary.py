"""What AttentionExplorer says in words, and how it refuses what does not exist."""

import traitlets

from .attention_stack import NAMES
from .labels import token_label


def attention_sentence(stack, scores, layer, head, query, key, text=""):
    """One or two sentences with the real numbers: the summary of the widget.

    scores: {name: (layers, heads) or None}. query, key: the selected tokens, -1 for none. text: the source.
    """
    layers, heads, count, key_count = stack.attention.shape
    query = query if query >= 0 else count - 1
    weights = stack.rows(layer, head, query, query + 1)[0]
    verb = "attends" if key >= 0 else "attends most"
    key = key if key >= 0 else int(weights.argmax())
    text = " ".join((text or "".join(stack.query_tokens)).split())
    beginning = text if len(text) <= 60 else text[:59] + "…"
    size = f"{count} tokens" if stack.name != "cross" else f"{count} target tokens and {key_count} source tokens"
    means = ", ".join(
        f"{name} score {float(score[layer, head]):.2f}" for name, score in scores.items() if score is not None
    )
    kind = "Attention" if stack.name == "self" else NAMES[stack.name].capitalize()
    return (
        f"{kind} of {layers} layers × {heads} heads over {size} of “{beginning}”. "
        f"In layer {stack.layer_number(layer)}, head {head}{means and f' ({means})'} the token "
        f"“{token_label(stack.query_tokens[query])}” {verb} to “{token_label(stack.key_tokens[key])}” "
        f"with weight {float(weights[key]):.4f}."
    )


def check_place(name, value, count):
    """`value` itself, when it is one of `count` layers, heads or tokens (-1: no token); else TraitError.

    >>> check_place("key_token", -1, 5)
    -1
    """
    least = -1 if name.endswith("token") else 0
    if not least <= value < count:
        none = " (-1: none)" if least < 0 else ""
        raise traitlets.TraitError(f"{name} must be between {least} and {count - 1}{none}; got {value}.")
    return value
