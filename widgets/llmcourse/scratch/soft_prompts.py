"""Three ways to tune a Llama-like model without touching a weight: learnt inputs, a learnt cache, a gated prefix.

Prompt tuning (Lester et al. 2021, arXiv:2104.08691), prefix tuning (Li and Liang 2021, arXiv:2101.00190) and
LLaMA-Adapter (Zhang et al. 2023, arXiv:2303.16199). Each is a module around the model whose own parameters learn; call
it with (ids, labels, mask) for the loss of the labelled tokens: `train(tuned, batches, steps, loss=tuned_loss)`.
"""

import math

import torch
from torch import nn

from .attention import repeat_heads, softmax
from .batch_answers import IGNORED


def tuned_loss(tuned, batch):
    """The loss of a batch, for `train`: what the three modules give when called."""
    device = next(tuned.parameters()).device
    return tuned(*(each.to(device) for each in batch))


class PromptTuning(nn.Module):
    """`count` learnt vectors stand before the embedded words: a prompt that no words could write.

    model: frozen. start: ids of the tokens whose embeddings the vectors begin as; real words learn faster than noise.
    prompt: (tokens, width).
    """

    def __init__(self, model, start):
        super().__init__()
        self.model = model.requires_grad_(False)
        embeddings = model.get_input_embeddings().weight
        self.prompt = nn.Parameter(embeddings[torch.as_tensor(start, device=embeddings.device)].detach().float())

    def forward(self, ids, labels, mask):
        words = self.model.get_input_embeddings()(ids)
        prompt = self.prompt.to(words.dtype).expand(len(ids), -1, -1)
        hidden = self.model.model(
            inputs_embeds=torch.cat([prompt, words], 1), attention_mask=_longer(mask, prompt.shape[1]), use_cache=False
        ).last_hidden_state
        return _loss(self.model, hidden[:, prompt.shape[1] :], labels)


class PrefixTuning(nn.Module):
    """Each layer gets learnt keys and values of `count` tokens that were never read: a KV cache that is trained.

    model: frozen. start: ids of the tokens whose keys and values the prefix begins as.
    prefix: (layers, 2, key heads, tokens, head size).
    """

    def __init__(self, model, start):
        super().__init__()
        self.model = model.requires_grad_(False)
        with torch.no_grad():
            ids = torch.as_tensor(start, device=model.device)[None]
            cache = model.model(input_ids=ids, use_cache=True).past_key_values
        pairs = [torch.cat([layer.keys, layer.values]).float() for layer in cache.layers]
        self.prefix = nn.Parameter(torch.stack(pairs))

    def forward(self, ids, labels, mask):
        from transformers import DynamicCache

        cache = DynamicCache()
        for number, pair in enumerate(self.prefix.to(self.model.dtype)):
            cache.update(*(each.expand(len(ids), -1, -1, -1) for each in pair), number)
        hidden = self.model.model(
            input_ids=ids, attention_mask=_longer(mask, self.prefix.shape[3]), past_key_values=cache
        ).last_hidden_state
        return _loss(self.model, hidden, labels)


class LlamaAdapter(nn.Module):
    """The upper layers also attend to learnt vectors, through a gate that begins at zero: at first nothing changes.

    model: frozen. count: learnt vectors a layer. layers: how many of the upper layers get them.
    prompts: (layers, count, width); gates: (layers,), used as tanh(gate). `remove` takes the adapter off the model.
    """

    def __init__(self, model, count=8, layers=20, seed=0):
        super().__init__()
        self.model = model.requires_grad_(False)
        adapted = model.model.layers[-layers:]
        generator = torch.Generator().manual_seed(seed)
        start = torch.randn(len(adapted), count, model.config.hidden_size, generator=generator)
        self.prompts = nn.Parameter((0.02 * start).to(model.device))
        self.gates = nn.Parameter(torch.zeros(len(adapted), device=model.device))
        self._hooks = [
            layer.self_attn.register_forward_hook(self._hook(number), with_kwargs=True)
            for number, layer in enumerate(adapted)
        ]

    def forward(self, ids, labels, mask):
        hidden = self.model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        return _loss(self.model, hidden, labels)

    def remove(self):
        """Take the adapter off: the model is what it was, bit for bit."""
        for hook in self._hooks:
            hook.remove()

    def _hook(self, number):
        def add_prefix(attention, args, kwargs, output):
            hidden = kwargs["hidden_states"] if "hidden_states" in kwargs else args[0]
            prompt = self.prompts[number].to(hidden.dtype)
            query = _heads(attention.q_proj(hidden), attention.head_dim)
            cosine, sine = (each[:, None] for each in kwargs["position_embeddings"])
            first, second = query.chunk(2, -1)
            query = query * cosine + torch.cat([-second, first], -1) * sine  # RoPE, as the layer turns its queries
            key, value = (
                repeat_heads(_heads(project(prompt[None]), attention.head_dim), query.shape[1])
                for project in (attention.k_proj, attention.v_proj)
            )
            weights = softmax(query @ key.transpose(-1, -2) / math.sqrt(attention.head_dim))
            learnt = attention.o_proj((weights @ value).transpose(1, 2).flatten(2))
            return (output[0] + torch.tanh(self.gates[number]).to(hidden.dtype) * learnt, *output[1:])

        return add_prefix


def _heads(features, size):
    return features.unflatten(-1, (-1, size)).transpose(1, 2)


def _longer(mask, count):
    return torch.cat([mask.new_ones(len(mask), count), mask], 1)


def _loss(model, hidden, labels):
    wanted = labels[:, 1:] != IGNORED
    logits = model.lm_head(hidden[:, :-1][wanted])
    return nn.functional.cross_entropy(logits.float(), labels[:, 1:][wanted])
