"""TRL's own preference losses on given log-probabilities: the twin that ours are proved equal to.

TRL keeps each loss inside a trainer. Here a stand-in takes the trainer's place and a function the model's; the lines
that compute the loss are TRL's.
"""

from collections import defaultdict
from unittest.mock import MagicMock

import torch


class Said:
    """What a model returned, as TRL reads it: log-probabilities of tokens; all that is only logged is zero."""

    def __init__(self, logps):
        self.log_probs = logps

    def __getattr__(self, name):
        return torch.zeros_like(self.log_probs, dtype=torch.bool if name == "is_top1" else None)


def says(logps):
    """A model whose token log-probabilities are these, whatever it is given."""
    return lambda **_: Said(logps)


def stand_in(**settings):
    """What TRL's loss methods ask of a trainer, with these attributes."""
    trainer = MagicMock()
    trainer.accelerator.gather_for_metrics = lambda value: value
    trainer.accelerator.device = torch.device("cpu")
    trainer._metrics, trainer.model.training = defaultdict(lambda: defaultdict(list)), True
    for name, value in {"aux_loss_enabled": False, "precompute_ref_logps": False, **settings}.items():
        setattr(trainer, name, value)
    return trainer


def trl_pair_loss(kind, chosen, rejected, reference_chosen, reference_rejected, lengths=None, beta=0.1):
    """The loss of TRL's DPOTrainer with loss_type=kind ("sigmoid" is DPO, "ipo" is IPO), a scalar.

    chosen, …: log-probabilities of whole answers, (pairs,). lengths: (chosen, rejected) in tokens, two tensors; one
    token each unless given. Raises ImportError where trl is not installed.
    """
    from trl import DPOTrainer

    lengths = torch.ones(2 * len(chosen), dtype=torch.long) if lengths is None else torch.cat(lengths)
    mask = _answers(lengths)
    model, reference = (
        _spread(torch.cat(sides), lengths) for sides in ((chosen, rejected), (reference_chosen, reference_rejected))
    )
    return token_pair_loss(kind, model, reference, mask, beta, DPOTrainer)


def token_pair_loss(kind, model, reference, mask, beta, trainer_class):
    """The same from log-probabilities of tokens (2 · pairs, tokens), chosen answers first; mask is one token longer."""
    trainer = stand_in(
        loss_types=[kind],
        loss_weights=[1.0],
        beta=beta,
        label_smoothing=0.0,
        f_divergence_type="reverse_kl",
        ld_alpha=None,
        use_weighting=False,
        ref_model=says(reference),
    )
    ids = torch.zeros_like(mask)
    inputs = {"input_ids": ids, "attention_mask": ids + 1, "completion_mask": mask}
    return trainer_class._compute_loss(trainer, says(model), inputs, return_outputs=False)


def trl_orpo_loss(chosen, rejected, chosen_length, rejected_length, beta=0.1):
    """TRL's ORPO: the cross-entropy of the chosen answers minus the odds-ratio term of its ORPOTrainer, a scalar."""
    from trl.experimental.orpo import ORPOTrainer

    means = chosen / chosen_length, rejected / rejected_length
    odds = ORPOTrainer.odds_ratio_loss(stand_in(beta=beta), *means)[0].mean()
    return -chosen.sum() / chosen_length.sum() - odds


def trl_kto_loss(logps, reference_logps, desirable, kl, beta=0.1, desirable_weight=1.0, undesirable_weight=1.0):
    """The loss of TRL's KTOTrainer on log-probabilities of whole answers (answers,), with a given KL, a scalar."""
    from trl import KTOTrainer

    trainer = stand_in(
        loss_type="kto",
        beta=beta,
        desirable_weight=desirable_weight,
        undesirable_weight=undesirable_weight,
        calculate_KL=True,
        ref_model=says(reference_logps[:, None]),
        _compute_kl_logps=lambda model, _: torch.full((3,), kl if model is asked else 0.0),
    )
    asked = says(logps[:, None])
    mask = _answers(torch.ones(len(logps), dtype=torch.long))
    ids = torch.zeros_like(mask)
    inputs = {"input_ids": ids, "attention_mask": ids + 1, "completion_mask": mask, "label": desirable}
    return KTOTrainer._compute_loss(trainer, asked, inputs, return_outputs=False)


def _answers(lengths):
    """1 for the tokens of each answer, with one token of a prompt in front."""
    inside = torch.arange(int(lengths.max())) < lengths[:, None]
    return torch.cat([torch.zeros_like(inside[:, :1]), inside], dim=1).long()


def _spread(logps, lengths):
    """Log-probabilities of answers, shared out evenly among their tokens."""
    return (logps / lengths)[:, None] * _answers(lengths)[:, 1:]
