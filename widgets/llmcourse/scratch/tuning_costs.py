"""What a step of full fine-tuning, LoRA and QLoRA costs, counted byte by byte on the first layers of a model."""

import copy
import time

import torch

from .batch_answers import answer_loss


def first_layers(model, count):
    """A model of the first `count` layers, whose weights are copies; embeddings, last norm and head are shared.

    It writes nonsense, and a step of it costs what a step costs: for measuring. Raises ValueError unless
    1 <= count <= layers.
    """
    layers = model.config.num_hidden_layers
    if not 1 <= count <= layers:
        raise ValueError(f"count must be 1 to {layers}; got {count}.")
    config = copy.deepcopy(model.config)
    config.num_hidden_layers = count
    with torch.device("meta"):
        small = type(model)(config)
    small.model.embed_tokens, small.model.norm, small.lm_head = (
        model.model.embed_tokens,
        model.model.norm,
        model.lm_head,
    )
    small.model.rotary_emb = model.model.rotary_emb
    small.model.layers = copy.deepcopy(model.model.layers[:count])
    return small.requires_grad_(False).eval()


def tuning_costs(model, batch, steps=2, lr=1e-4, optimizer=torch.optim.AdamW):
    """Train what requires gradients for some steps: {trained, weights, gradients, states, seconds}.

    trained: how many numbers learn. weights, gradients, states: bytes of the layers' weights (buffers such as packed
    codes included), of the gradients and of the optimiser's moments. seconds: of the fastest step.
    """
    learning = [weights for weights in model.parameters() if weights.requires_grad]
    adam, times, layers = optimizer(learning, lr=lr), [], model.model.layers
    for _ in range(steps):
        start = time.perf_counter()
        answer_loss(model, *(each.to(model.device) for each in batch)).backward()
        adam.step()
        times.append(time.perf_counter() - start)
        gradients = _bytes(weights.grad for weights in learning if weights.grad is not None)
        adam.zero_grad()
    return {
        "trained": sum(weights.numel() for weights in learning),
        "weights": _bytes([*layers.parameters(), *layers.buffers()]),
        "gradients": gradients,
        "states": _bytes(each for state in adam.state.values() for each in state.values() if each.ndim),
        "seconds": min(times),
    }


def _bytes(tensors):
    return sum(each.numel() * each.element_size() for each in tensors)
