"""From logits to the next token: every rule that reshapes or cuts the distribution, each in a few lines.

A rule takes logits (…, vocab) and returns logits of the same shape; a token it removes gets -inf. Rules therefore
chain, and `process` chains them in the order of transformers. tests/test_sampling.py holds each rule to transformers'
own logits processors: same kept set, same probabilities.

Raised by every rule: ValueError for logits that hold NaN or +inf, or where every token is -inf, and for a setting
outside its range.
"""

import math

import torch

REMOVED = -math.inf


def temperature(logits, value):
    """Flatten (value > 1) or sharpen (value < 1) the distribution: divide the logits by the temperature.

    From statistical mechanics by way of Ackley, Hinton and Sejnowski 1985 (Boltzmann machines). It removes nothing.

    >>> temperature(torch.tensor([2.0, 1.0]), 0.5)
    tensor([4., 2.])
    """
    _check(logits)
    if not 0 < value < math.inf:
        raise ValueError(
            f"temperature must be above 0; got {value}. Towards 0 the likeliest token takes all: use greedy(logits)."
        )
    return logits / value


def top_k(logits, k):
    """Keep the k likeliest tokens (Fan et al. 2018); tokens that tie with the last of them stay too.

    >>> top_k(torch.tensor([3.0, 1.0, 2.0]), 2)
    tensor([3., -inf, 2.])
    """
    _check(logits)
    if not isinstance(k, int) or k < 1:
        raise ValueError(f"k must be a whole number of at least 1; got {k!r}.")
    last = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < last, REMOVED)


def top_p(logits, p):
    """Keep the nucleus: the fewest likeliest tokens that together hold a probability of at least p, 0 < p <= 1
    (Holtzman et al. 2020). p = 1 removes nothing; the likeliest token always stays.

    >>> top_p(torch.tensor([0.5, 0.3, 0.2]).log(), 0.6).softmax(-1)
    tensor([0.6250, 0.3750, 0.0000])
    """
    _check(logits)
    if not 0 < p <= 1:
        raise ValueError(f"p must lie above 0 and at most at 1; got {p}.")
    if p == 1:
        return logits
    ranked, order = logits.sort()  # least likely first; which of several equal tokens stays is left to the sort
    removed = ranked.softmax(-1).cumsum(-1) <= 1 - p
    removed[..., -1] = False
    return logits.masked_fill(removed.scatter(-1, order, removed), REMOVED)


def min_p(logits, p):
    """Keep the tokens at least p times as likely as the likeliest one, 0 <= p <= 1 (Nguyen et al. 2024): many where
    the model hesitates, few where it is sure.

    >>> min_p(torch.tensor([0.5, 0.3, 0.2]).log(), 0.5).softmax(-1)
    tensor([0.6250, 0.3750, 0.0000])
    """
    _check(logits)
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie between 0 and 1; got {p}.")
    probs = logits.softmax(-1)
    return logits.masked_fill(probs < p * probs.amax(-1, keepdim=True), REMOVED)


def typical(logits, mass):
    """Keep the tokens whose surprise is nearest to the entropy, until they hold `mass`, 0 < mass <= 1 (locally
    typical sampling, Meister et al. 2023). It may remove the likeliest token. mass = 1 removes nothing.

    >>> typical(torch.tensor([0.5, 0.3, 0.2]).log(), 0.2).softmax(-1)
    tensor([0., 1., 0.])
    """
    _check(logits)
    if not 0 < mass <= 1:
        raise ValueError(f"mass must lie above 0 and at most at 1; got {mass}.")
    if mass == 1:
        return logits
    log_probs = logits.log_softmax(-1)
    entropy = -(log_probs.exp() * log_probs).nansum(-1, keepdim=True)  # a removed token adds 0 · -inf = nan: 0
    distance = (-log_probs - entropy).abs()
    ranked, order = distance.sort(-1)
    held = logits.gather(-1, order).softmax(-1).cumsum(-1)
    last = (held < mass).sum(-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
    return logits.masked_fill(distance > ranked.gather(-1, last), REMOVED)


def repetition_penalty(logits, ids, penalty):
    """Make the tokens of `ids` (…, length) less likely (penalty > 1): a positive logit is divided by the penalty, a
    negative one multiplied (Keskar et al. 2019, CTRL). How often a token occurred does not matter.

    >>> repetition_penalty(torch.tensor([4.0, -4.0, 4.0]), [0, 1, 1], 2.0)
    tensor([ 2., -8.,  4.])
    """
    _check(logits)
    if not 0 < penalty < math.inf:
        raise ValueError(f"penalty must be above 0 (1 changes nothing); got {penalty}.")
    punished = torch.where(logits < 0, logits * penalty, logits / penalty)
    return torch.where(_counts(logits, ids) > 0, punished, logits)


def presence_penalty(logits, ids, penalty):
    """Subtract `penalty` once from every token that occurs in `ids` (…, length): OpenAI's API, where ids are those
    generated so far and penalties lie between -2 and 2.

    >>> presence_penalty(torch.tensor([1.0, 1.0]), [0, 0], 0.5)
    tensor([0.5000, 1.0000])
    """
    _check(logits, penalty)
    return logits - penalty * (_counts(logits, ids) > 0)


def frequency_penalty(logits, ids, penalty):
    """Subtract `penalty` from a token for each time it occurs in `ids` (…, length): OpenAI's API.

    >>> frequency_penalty(torch.tensor([1.0, 1.0]), [0, 0], 0.5)
    tensor([0., 1.])
    """
    _check(logits, penalty)
    return logits - penalty * _counts(logits, ids)


# Each rule with the setting's name and the value that switches it off, in the order of transformers.
_ORDER = (
    ("repetition_penalty", repetition_penalty, 1.0),
    ("temperature", temperature, 1.0),
    ("top_k", top_k, 0),
    ("top_p", top_p, 1.0),
    ("min_p", min_p, 0.0),
    ("typical_p", typical, 1.0),
)
SETTINGS = {name: off for name, _, off in _ORDER}


def process_steps(logits, ids=(), **settings):
    """Watch the rules work one after the other: yields (setting, logits after it) for each rule that is on.

    settings: repetition_penalty, temperature, top_k, top_p, min_p, typical_p; one left out is off.

    >>> [name for name, _ in process_steps(torch.tensor([1.0, 2.0]), top_k=1, temperature=0.7)]
    ['temperature', 'top_k']
    """
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise TypeError(f"There is no setting {', '.join(unknown)}; the settings are {', '.join(SETTINGS)}.")
    for name, rule, off in _ORDER:
        value = settings.get(name, off)
        if value != off:
            logits = rule(logits, ids, value) if rule is repetition_penalty else rule(logits, value)
            yield name, logits


def process(logits, ids=(), **settings):
    """Apply the rules that are on, in the order of transformers: repetition_penalty, temperature, top_k, top_p,
    min_p, typical_p. Returns logits. Order matters: top_p after a high temperature keeps far more.

    >>> process(torch.tensor([4.0, 3.0, 1.0]), top_k=2, temperature=0.5)
    tensor([8., 6., -inf])
    """
    for _, stepped in process_steps(logits, ids, **settings):
        logits = stepped
    return logits


def greedy(logits):
    """The likeliest token's id (…): what sampling becomes as the temperature goes to 0.

    >>> greedy(torch.tensor([0.1, 0.7, 0.2]))
    tensor(1)
    """
    _check(logits)
    return logits.argmax(-1)


def sample(logits, generator=None):
    """Draw one id (…) from softmax(logits); the same `generator` state gives the same id.

    >>> sample(torch.tensor([0.0, -math.inf]))
    tensor(0)
    """
    _check(logits)
    probs = logits.softmax(-1)
    drawn = torch.multinomial(probs.reshape(-1, probs.shape[-1]), num_samples=1, generator=generator)
    return drawn.reshape(probs.shape[:-1])


@torch.inference_mode()
def generate(model, ids, process=None, max_new_tokens=40, generator=None, stop=None):
    """Let a model write on, one token at a time, each step fed only what the KV cache does not hold yet.

    model: a causal language model of transformers.
    ids: the ids of the text so far (a list).
    process: function (logits, all ids so far) -> logits to draw from; None decodes greedily.
    stop: function (new ids) -> True to end there; the token that made it true is kept.

    Returns the list of new ids, at most `max_new_tokens`. With generator=None it draws from torch's global
    generator, just as transformers does: the same seed gives the same text.

    >>> generate(model, ids, lambda logits, _: top_p(logits, 0.9), 20)         # doctest: +SKIP
    """
    ids, new, cache = list(ids), [], None
    if not ids:
        raise ValueError("ids is empty: the model needs at least one token to go on from.")
    fresh = ids
    while len(new) < max_new_tokens and not (new and stop and stop(new)):
        out = model(torch.tensor([fresh], device=model.device), past_key_values=cache, use_cache=True)
        logits, cache = out.logits[0, -1].float(), out.past_key_values
        token = greedy(logits) if process is None else sample(process(logits, ids + new), generator)
        fresh = [int(token)]
        new += fresh
    return new


def _check(logits, penalty=0.0):
    """Refuse what softmax would silently turn into NaN."""
    if not math.isfinite(penalty):
        raise ValueError(f"penalty must be a finite number; got {penalty}.")
    likeliest = logits.amax(-1)  # NaN if any is NaN
    if likeliest.isnan().any() or (likeliest == math.inf).any():
        raise ValueError("logits must be finite numbers (or -inf for a removed token); got NaN or +inf.")
    if (likeliest == -math.inf).any():
        raise ValueError("every logit is -inf: no token is left to choose.")


def _counts(logits, ids):
    """How often each token of the vocabulary occurs in ids: (…, length) -> (…, vocab)."""
    ids = torch.as_tensor(ids, dtype=torch.long, device=logits.device)
    vocab = logits.shape[-1]
    if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < vocab:
        raise ValueError(f"ids must lie between 0 and {vocab - 1}, the last token of the vocabulary.")
    ids = ids.expand(*logits.shape[:-1], ids.shape[-1])
    return torch.zeros_like(logits).scatter_add(-1, ids, torch.ones_like(ids, dtype=logits.dtype))
