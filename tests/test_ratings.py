"""Ratings from battles: against torch's optimiser of the same likelihood, closed forms, and the order of battles."""

import doctest
import itertools
import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch import ratings
from llmcourse.scratch.ratings import bootstrap, bradley_terry, elo, expected_score, win_matrix

STRENGTHS = {"a": -1.0, "b": 0.0, "c": 0.4, "d": 1.5}


def fought(count, seed=0, ties=0.2):
    """Battles between four models of known strength."""
    dice = random.Random(seed)
    for _ in range(count):
        first, second = dice.sample(sorted(STRENGTHS), 2)
        chance = 1 / (1 + math.exp(STRENGTHS[second] - STRENGTHS[first]))
        yield first, second, 0.5 if dice.random() < ties else int(dice.random() < chance)


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(ratings).failed == 0


@pytest.mark.parametrize("wins", [1, 3, 17, 999])
def test_two_models_differ_by_the_logit_of_the_win_rate(wins):
    battles = [("a", "b", 1)] * wins + [("b", "a", 1)] * 4 + [("a", "b", 0.5)] * 2
    scores = bradley_terry(battles).scores
    share = (wins + 1) / (wins + 6)
    assert scores["a"] - scores["b"] == pytest.approx(400 * math.log10(share / (1 - share)), abs=1e-6)
    assert scores["a"] + scores["b"] == pytest.approx(2000)


def torch_ratings(battles, prior=0.0):
    """The same log-likelihood, maximised by torch's L-BFGS."""
    names = list(dict.fromkeys(name for battle in battles for name in battle[:2]))
    first, second = (torch.tensor([names.index(battle[side]) for battle in battles]) for side in (0, 1))
    score = torch.tensor([float(battle[2]) for battle in battles], dtype=torch.float64)
    strengths = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([strengths], max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def loss():
        optimiser.zero_grad()
        gap = strengths[first] - strengths[second]
        logsigmoid = torch.nn.functional.logsigmoid
        value = -(score * logsigmoid(gap) + (1 - score) * logsigmoid(-gap)).sum()
        value = value - prior * 0.5 * (logsigmoid(strengths) + logsigmoid(-strengths)).sum()
        value.backward()
        return value

    optimiser.step(loss)
    rated = strengths.detach() - strengths.detach().mean()
    return dict(zip(names, (1000 + 400 / math.log(10) * rated).tolist(), strict=True))


@pytest.mark.parametrize("count", [60, 500])
def test_maximum_likelihood_as_torch_finds_it(count):
    battles = list(fought(count))
    ours, theirs = bradley_terry(battles), torch_ratings(battles)
    assert ours.note == ""
    assert ours.scores == pytest.approx(theirs, abs=0.01)


def test_unbeaten_models_are_regularised_and_it_is_said():
    battles = [("a", "b", 1)] * 5 + [("b", "c", 1), ("c", "b", 1)]
    rated = bradley_terry(battles)
    assert "a won or lost everything" in rated.note
    assert rated.scores == pytest.approx(torch_ratings(battles, prior=ratings.PRIOR), abs=0.01)
    assert all(math.isfinite(score) for score in rated.scores.values())


def test_groups_that_never_met_are_regularised_and_it_is_said():
    battles = [("a", "b", 1), ("b", "a", 1), ("c", "d", 1), ("d", "c", 1)]
    rated = bradley_terry(battles)
    assert "do not connect" in rated.note
    assert list(rated.scores.values()) == pytest.approx([1000] * 4)


def test_the_order_of_battles_changes_elo_and_not_bradley_terry():
    battles = list(fought(40, seed=3))
    turned = battles[::-1]
    assert elo(battles, k=32) != pytest.approx(elo(turned, k=32), abs=1)
    assert bradley_terry(battles).scores == pytest.approx(bradley_terry(turned).scores, abs=1e-6)
    late = elo([("a", "b", 1)] * 10 + [("a", "b", 0)] * 10, k=32)
    early = elo([("a", "b", 0)] * 10 + [("a", "b", 1)] * 10, k=32)
    assert late["a"] < 1000 < early["a"]


def test_elo_moves_by_k_times_the_surprise_and_keeps_the_sum():
    rated = elo([("a", "b", 1), ("a", "b", 1)], k=20)
    assert rated["a"] == pytest.approx(1010 + 20 * (1 - expected_score(1010, 990)))
    assert sum(elo(fought(200), k=8).values()) == pytest.approx(4000)


def test_elo_with_a_small_k_comes_near_bradley_terry():
    battles = list(fought(40_000, ties=0.1))
    online, fitted = elo(battles, k=1), bradley_terry(battles).scores
    assert all(abs(online[name] - fitted[name]) < 25 for name in STRENGTHS)


def test_ties_count_half():
    assert bradley_terry([("a", "b", 0.5)] * 4).scores == pytest.approx({"a": 1000, "b": 1000})
    mixed = bradley_terry([("a", "b", 0.5)] * 2 + [("a", "b", 1)] * 3).scores
    assert mixed == pytest.approx(bradley_terry([("a", "b", 1)] * 4 + [("a", "b", 0)]).scores)


def test_intervals_hold_the_rating_and_shrink_with_the_root_of_the_battles():
    few, many = bootstrap(fought(200), rounds=400), bootstrap(fought(3_200), rounds=400)
    for name, score in bradley_terry(fought(200)).scores.items():
        assert few[name][0] < score < few[name][1]
    width = {count: np.mean([high - low for low, high in found.values()]) for count, found in ((1, few), (2, many))}
    assert 2.5 < width[1] / width[2] < 6  # four in theory
    assert bootstrap(fought(50), seed=1) == bootstrap(fought(50), seed=1)


def test_the_win_matrix_counts_every_battle():
    battles = list(fought(100))
    names, wins = win_matrix(battles)
    assert wins.sum() == 100
    for (i, first), (j, second) in itertools.combinations(enumerate(names), 2):
        met = [battle for battle in battles if set(battle[:2]) == {first, second}]
        assert wins[i, j] + wins[j, i] == len(met)


def test_no_battles():
    assert bradley_terry([]).scores == elo([]) == bootstrap([]) == {}
    assert win_matrix([])[0] == []


@pytest.mark.parametrize("battle", [("a", "a", 1), ("a", "b", 2), ("a", "b"), ("a", "b", "won"), ("a", "b", math.nan)])
def test_what_is_no_battle_is_refused(battle):
    for rate in (elo, bradley_terry, bootstrap, win_matrix):
        with pytest.raises(ValueError, match="a battle must be"):
            rate([battle])


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="k must be"):
        elo([], k=0)
    with pytest.raises(ValueError, match="rounds must be"):
        bootstrap([], rounds=0)


BATTLES = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.sampled_from([0, 0.5, 1])).filter(
        lambda battle: battle[0] != battle[1]
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(battles=BATTLES)
def test_any_battles_have_finite_ratings_that_cannot_be_bettered(battles):
    rated = bradley_terry(battles)
    names, wins = win_matrix(battles)
    assert all(math.isfinite(score) for score in rated.scores.values())
    if rated.note:
        return  # a virtual tie was added: compared with torch above
    strengths = np.array([(rated.scores[name] - 1000) * math.log(10) / 400 for name in names])

    def likelihood(at):
        gaps = at[:, None] - at[None, :]
        return -(wins * np.logaddexp(0, -gaps)).sum()

    best = likelihood(strengths)
    for number in range(len(names)):
        for change in (-0.01, 0.01):
            moved = strengths.copy()
            moved[number] += change
            assert likelihood(moved) <= best + 1e-9
