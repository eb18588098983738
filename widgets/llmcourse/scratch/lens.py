"""The logit lens: what a model would say if it stopped after any of its layers (nostalgebraist 2020).

Every layer of a transformer adds to one running state, and only the last state is turned into logits, by a norm and
the output matrix. Nothing forbids reading the earlier states in the same way.
https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens
"""

from contextlib import contextmanager

import torch


def lens_logits(model, hidden):
    """Read every layer's state as the last one is read: (layers + 1, tokens, vocab) logits, float32.

    hidden: (layers + 1, tokens, width), as Trace.hidden: the embedding first, and last what already went through the
        model's final norm. Give a few tokens at a time, `trace.hidden[:, [5]]`: every token costs layers × vocab.

    On a Llama this is `model.lm_head(model.model.norm(hidden[layer]))`; here the model's own structure says where
    its norm and its output step are. Raises ValueError for a model that predicts no tokens.

    >>> seen = trace(model, tokenizer, "The capital of France is")             # doctest: +SKIP
    >>> lens_logits(model, seen.hidden)[-1].argmax(-1)[-1]                     # doctest: +SKIP
    tensor(7042)
    """
    norm = final_norm(model)
    with torch.inference_mode():
        hidden = hidden.to(model.device, model.dtype)
        states = torch.cat([norm(hidden[:-1]), hidden[-1:]])  # the last state is normed already
        return output_step(model, states).float().cpu()


def final_norm(model):
    """The norm between the last layer and the output matrix; the identity where a model has none (BERT, GPT-1).

    It stands beside the stack of layers: GPT-2's `transformer.ln_f`, Llama's `model.norm`, OPT's
    `model.decoder.final_layer_norm`.

    >>> final_norm(model)                                                      # doctest: +SKIP
    LlamaRMSNorm((576,), eps=1e-05)
    """
    norms = [
        part
        for name, part in layer_stack(model).named_children()
        if "norm" in type(part).__name__.lower() and "emb" not in name  # Bloom and BERT norm their embedding too
    ]
    return norms[-1] if norms else torch.nn.Identity()


def layer_stack(model):
    """The part of a model that holds the list of its layers. Raises ValueError where there is none."""
    count = getattr(model.config, "num_hidden_layers", 0)
    for part in model.modules():
        if any(isinstance(child, torch.nn.ModuleList) and len(child) == count for child in part.children()):
            return part
    raise ValueError(f"model must hold a list of its {count} layers; {type(model).__name__} holds none.")


def output_step(model, states):
    """What the model makes of its final states: (batch, tokens, width) to logits (batch, tokens, vocab).

    The model itself does it, with everything it adds to the output matrix (BERT's transform, Gemma's soft cap): its
    body is asked for its states, and answers with these. Raises ValueError for a model without an output matrix.
    """
    check_output(model)
    with (
        torch.inference_mode(),
        _answering(model.base_model, states),
        _answering(layer_stack(model), states),  # OPT's model asks its decoder, which is a part of its body
    ):
        ids = torch.zeros(states.shape[:2], dtype=torch.long, device=model.device)
        return model(input_ids=ids).logits


def check_output(model):
    """Raise ValueError for a model without an output matrix, which predicts no tokens."""
    if model.get_output_embeddings() is None or model.base_model is model:
        raise ValueError(
            f"model must predict tokens, so that a state can be read as logits; {type(model).__name__} has no output "
            "matrix. Load it with load_model(name), or as AutoModelForCausalLM or AutoModelForMaskedLM."
        )


class _States(tuple):
    """The answer of a model's body that holds its final states and nothing else: no cache, no attention."""

    def __getattr__(self, name):
        return self[0] if name == "last_hidden_state" else None


@contextmanager
def _answering(body, states):
    """Inside this context `body` computes nothing and answers with these states."""
    before = vars(body).get("forward")
    body.forward = lambda *args, **kwargs: _States([states])
    try:
        yield
    finally:
        if before is None:
            vars(body).pop("forward", None)
        else:
            body.forward = before
