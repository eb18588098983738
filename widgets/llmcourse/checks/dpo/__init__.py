"""Lesson 4.3: the answer's log-probability, the best policy, DPO, ORPO, and what refusing costs."""

from . import answer_logp, best_policy, dpo_loss, odds_ratio, refusal_rates

EXERCISES = [
    answer_logp.EXERCISE,
    best_policy.EXERCISE,
    dpo_loss.EXERCISE,
    odds_ratio.EXERCISE,
    refusal_rates.EXERCISE,
]
