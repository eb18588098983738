"""The preference losses against TRL's own trainers, fed with fixed log-probabilities in the place of a model."""

from types import SimpleNamespace

import pytest
import torch
from llmcourse.scratch import preference
from llmcourse.scratch.preference import answer_logps, dpo_loss, ipo_loss, kto_loss, orpo_loss, reward_loss
from llmcourse.trl_losses import says, stand_in, token_pair_loss, trl_kto_loss, trl_orpo_loss, trl_pair_loss

PAIRS, TOKENS, VOCABULARY = 5, 9, 11


@pytest.fixture
def batch():
    """Log-probabilities of each token under model and reference: (2 · PAIRS, TOKENS), first the chosen answers."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(2, TOKENS, (2 * PAIRS,), generator=generator)
    mask = (torch.arange(TOKENS + 1) > TOKENS - lengths[:, None]).long()  # of the texts: answers stand at the end
    model, reference = (-3 * torch.rand(2 * PAIRS, TOKENS, generator=generator) * mask[:, 1:] for _ in range(2))
    return SimpleNamespace(model=model, reference=reference, mask=mask, lengths=lengths)


def halves(batch):
    """chosen, rejected, reference_chosen, reference_rejected: sums over the tokens."""
    return (*batch.model.sum(-1).chunk(2), *batch.reference.sum(-1).chunk(2))


def trl_dpo(batch, kind, beta):
    from trl import DPOTrainer

    return token_pair_loss(kind, batch.model, batch.reference, batch.mask, beta, DPOTrainer)


@pytest.mark.parametrize("beta", [0.05, 0.1, 0.5])
def test_dpo_is_trls(batch, beta):
    torch.testing.assert_close(dpo_loss(*halves(batch), beta=beta), trl_dpo(batch, "sigmoid", beta))


@pytest.mark.parametrize("beta", [0.05, 0.1, 0.5])
def test_ipo_is_trls(batch, beta):
    ours = ipo_loss(*halves(batch), *batch.lengths.chunk(2), beta=beta)
    torch.testing.assert_close(ours, trl_dpo(batch, "ipo", beta))


@pytest.mark.parametrize("beta", [0.1, 1.0])
def test_orpo_is_trls(batch, beta):
    from trl.experimental.orpo import ORPOTrainer

    chosen, rejected = batch.model.sum(-1).chunk(2)
    chosen_length, rejected_length = batch.lengths.chunk(2)
    theirs = ORPOTrainer.odds_ratio_loss(stand_in(beta=beta), chosen / chosen_length, rejected / rejected_length)[
        0
    ].mean()
    likelihood = -chosen.sum() / chosen_length.sum()
    ours = orpo_loss(chosen, rejected, chosen_length, rejected_length, beta=beta)
    torch.testing.assert_close(ours, likelihood - theirs)


@pytest.mark.parametrize("kl", [-0.4, 0.0, 0.7])
def test_kto_is_trls(batch, kl):
    from trl import KTOTrainer

    trainer = stand_in(
        loss_type="kto",
        beta=0.2,
        desirable_weight=1.5,
        undesirable_weight=0.5,
        calculate_KL=True,
        ref_model=says(batch.reference),
        _compute_kl_logps=lambda model, _: torch.full((3,), kl if model is asked else 0.0),
    )
    asked, ids = says(batch.model), torch.zeros_like(batch.mask)
    liked = torch.arange(2 * PAIRS) < PAIRS
    inputs = {"input_ids": ids, "attention_mask": ids + 1, "completion_mask": batch.mask, "label": liked}
    theirs = KTOTrainer._compute_loss(trainer, asked, inputs, return_outputs=False)
    given = batch.model.sum(-1), batch.reference.sum(-1), liked
    ours = kto_loss(*given, kl, beta=0.2, desirable_weight=1.5, undesirable_weight=0.5)
    torch.testing.assert_close(ours, theirs)


def test_whole_answers_give_trls_loss_too(batch):
    lengths = batch.lengths.chunk(2)
    for kind, ours in (("sigmoid", dpo_loss(*halves(batch))), ("ipo", ipo_loss(*halves(batch), *lengths))):
        torch.testing.assert_close(trl_pair_loss(kind, *halves(batch), lengths=lengths), ours)
    chosen, rejected, *_ = halves(batch)
    torch.testing.assert_close(
        trl_orpo_loss(chosen, rejected, *lengths), orpo_loss(chosen, rejected, *lengths), atol=1e-5, rtol=1e-4
    )
    given = batch.model.sum(-1), batch.reference.sum(-1), torch.arange(2 * PAIRS) < PAIRS
    torch.testing.assert_close(trl_kto_loss(*given, 0.7), kto_loss(*given, 0.7))


def test_the_reward_loss_is_the_chance_that_the_better_one_wins():
    chosen, rejected = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])
    wanted = -torch.log(torch.sigmoid(chosen - rejected)).mean()
    torch.testing.assert_close(reward_loss(chosen, rejected), wanted)
    assert reward_loss(chosen, rejected, margin=1.0) > wanted


def test_answers_are_scored_by_the_token_before():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(2, 6, VOCABULARY, generator=generator)
    ids = torch.randint(VOCABULARY, (2, 6), generator=generator)
    labels = ids.clone()
    labels[0, :3], labels[1, :5] = -100, -100
    logps, lengths = answer_logps(logits, labels)
    tables = logits.log_softmax(-1)
    assert lengths.tolist() == [3, 1]
    assert logps[0].item() == pytest.approx(sum(tables[0, i - 1, ids[0, i]].item() for i in (3, 4, 5)), abs=1e-5)
    assert logps[1].item() == pytest.approx(tables[1, 4, ids[1, 5]].item(), abs=1e-5)


def test_a_better_margin_is_a_smaller_loss_and_gradients_point_that_way(batch):
    chosen, rejected, *reference = halves(batch)
    chosen, rejected = chosen.clone().requires_grad_(), rejected.clone().requires_grad_()
    dpo_loss(chosen, rejected, *reference).backward()
    assert (chosen.grad < 0).all() and (rejected.grad > 0).all()


def test_kto_sends_no_gradient_through_the_distance():
    kl = torch.tensor(0.5, requires_grad=True)
    logps = torch.tensor([-3.0, -4.0], requires_grad=True)
    kto_loss(logps, torch.tensor([-3.0, -3.0]), torch.tensor([True, False]), kl).backward()
    assert kl.grad is None
    assert logps.grad[0] < 0 < logps.grad[1]


@pytest.mark.parametrize("beta", [0, -0.1])
def test_a_beta_that_is_not_positive_is_named(batch, beta):
    with pytest.raises(ValueError, match="beta must be above 0; got"):
        dpo_loss(*halves(batch), beta=beta)


def test_labels_of_another_shape_are_named():
    with pytest.raises(ValueError, match=r"labels must have a label for each token of logits, \(2, 3\); got \(2, 2\)"):
        answer_logps(torch.zeros(2, 3, 4), torch.zeros(2, 2, dtype=torch.long))


def test_certain_answers_stay_finite():
    sure = torch.tensor([-1e-4])
    length = torch.tensor([4])
    assert torch.isfinite(orpo_loss(sure, torch.tensor([-80.0]), length, length))
    assert preference.implicit_rewards(sure, torch.tensor([-1.0]), beta=0.5).item() == pytest.approx(0.49995)
