"""Losses that learn from preferences: reward models, DPO, IPO, KTO, ORPO. Log-probabilities in, one number out.

Each equals TRL's on the same log-probabilities. A log-probability is that of a whole answer, the sum over its tokens
(nats), as `answer_logps` gives it; shape (answers,). Losses are means over the batch.
"""

import torch
from torch.nn.functional import cross_entropy, logsigmoid

IGNORED = -100  # the label of a token that does not count: prompt and padding


def answer_logps(logits, labels):
    """(log-probability of each answer, its number of tokens): both (answers,).

    logits: (answers, tokens, vocabulary) of the whole texts. labels: (answers, tokens), the ids, with -100 wherever a
    token is not part of the answer. The token at place i is predicted by the logits at place i - 1.

    >>> logps, lengths = answer_logps(torch.zeros(1, 3, 4), torch.tensor([[-100, 2, 1]]))
    >>> logps.round(decimals=2), lengths           # two tokens, each one of four: 2 · log(1/4)
    (tensor([-2.7700]), tensor([2]))
    """
    if logits.shape[:2] != labels.shape:
        raise ValueError(
            f"labels must have a label for each token of logits, {tuple(logits.shape[:2])}; got {tuple(labels.shape)}."
        )
    guesses, targets = logits[:, :-1].float(), labels[:, 1:]
    # cross_entropy gives 0 for ignored tokens, and never builds a second tensor of the size of the logits
    losses = cross_entropy(guesses.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
    return -losses.sum(-1), (targets != IGNORED).sum(-1)


def reward_loss(chosen, rejected, margin=0.0):
    """Bradley-Terry: minus the log of the chance that the chosen answer wins, given both rewards (pairs,).

    margin: by how much the chosen one should lead (Touvron et al. 2023, arXiv:2307.09288).

    >>> reward_loss(torch.tensor([2.0]), torch.tensor([2.0])).round(decimals=4)      # a tie: log 2
    tensor(0.6931)
    """
    return -logsigmoid(chosen - rejected - margin).mean()


def dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta=0.1):
    """Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290, equation 7).

    chosen, rejected: log-probabilities (pairs,) under the model that learns; the other two under the frozen reference.
    beta: what a step away from the reference costs; larger keeps the model closer.

    >>> pair = torch.tensor([-5.0]), torch.tensor([-9.0])
    >>> dpo_loss(*pair, *pair).round(decimals=4)      # the model is still the reference: log 2
    tensor(0.6931)
    """
    _positive(beta)
    return -logsigmoid(beta * _margins(chosen, rejected, reference_chosen, reference_rejected)).mean()


def implicit_rewards(logps, reference_logps, beta=0.1):
    """The reward that a DPO model stands for, up to a constant of the prompt: beta · (log π − log π_ref)."""
    return beta * (logps - reference_logps)


def ipo_loss(chosen, rejected, reference_chosen, reference_rejected, chosen_length, rejected_length, beta=0.1):
    """Identity preference optimisation (Azar et al. 2023, arXiv:2310.12036, equation 17): a margin to reach.

    The margin of the mean log-probabilities per token is drawn to 1 / (2 beta), with a square on both sides, so that
    certain pairs cannot push without end. Lengths in tokens, (pairs,), by which the authors divide.
    """
    _positive(beta)
    margins = (chosen - reference_chosen) / chosen_length - (rejected - reference_rejected) / rejected_length
    return (margins - 1 / (2 * beta)).square().mean()


def kto_loss(logps, reference_logps, desirable, kl, beta=0.1, desirable_weight=1.0, undesirable_weight=1.0):
    """Kahneman-Tversky optimisation (Ethayarajh et al. 2024, arXiv:2402.01306): single answers, liked or not.

    desirable: (answers,) True where the answer was liked. kl: how far the model has moved from the reference, one
    number, usually the mean of log π − log π_ref over answers to other prompts; below zero it counts as zero, and no
    gradient flows through it.

    >>> same = torch.tensor([-5.0, -9.0])
    >>> kto_loss(same, same, torch.tensor([True, False]), kl=0.0)
    tensor(0.5000)
    """
    _positive(beta)
    kl = torch.as_tensor(kl).detach().clamp_min(0)
    gain = torch.where(desirable, logps - reference_logps - kl, kl - (logps - reference_logps))
    weight = torch.where(desirable, desirable_weight, undesirable_weight)
    return (weight * (1 - torch.sigmoid(beta * gain))).mean()


def orpo_loss(chosen, rejected, chosen_length, rejected_length, beta=0.1):
    """Odds ratio preference optimisation (Hong et al. 2024, arXiv:2403.07691): fine-tuning and preference in one.

    No reference model: the cross-entropy of the chosen answers, plus beta times minus the log of how much better the
    odds p / (1 − p) of the chosen answer are. p is the geometric mean of the tokens' probabilities. Lengths in tokens.

    The cross-entropy is the mean over all tokens of the batch.
    """
    _positive(beta)
    mean_chosen, mean_rejected = chosen / chosen_length, rejected / rejected_length
    log_odds = _log_odds(mean_chosen) - _log_odds(mean_rejected)
    return -chosen.sum() / chosen_length.sum() - beta * logsigmoid(log_odds).mean()


def _log_odds(logp):
    return logp - torch.log1p(-logp.exp())


def _margins(chosen, rejected, reference_chosen, reference_rejected):
    return (chosen - reference_chosen) - (rejected - reference_rejected)


def _positive(beta):
    if not beta > 0:
        raise ValueError(f"beta must be above 0; got {beta!r}.")
