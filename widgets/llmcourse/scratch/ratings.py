"""Ratings from battles: online Elo, Bradley-Terry by maximum likelihood, and bootstrap intervals.

A battle is (a, b, score): two names and what the first one scored, 1 for a win, 0.5 for a tie, 0 for a loss. A tie
counts as half a win for each. All ratings are on Elo's scale: 400 points are odds of ten to one.

Elo 1978, The Rating of Chessplayers; Bradley and Terry 1952, Rank analysis of incomplete block designs; how both serve
to rank language models: Chiang et al. 2024, Chatbot Arena (https://arxiv.org/abs/2403.04132).
"""

import math
from dataclasses import dataclass

import numpy as np

SCALE, MEAN = 400, 1000
PRIOR = 1.0  # virtual ties against an average player, where the battles alone settle no rating


@dataclass(frozen=True)
class Ratings:
    """scores: {name: rating}, their mean 1000. note: a sentence where they had to be regularised, else empty."""

    scores: dict
    note: str = ""


def expected_score(rating, other):
    """What a player of this rating scores on average against another: the logistic curve of the difference.

    >>> expected_score(1000, 1000), round(expected_score(1400, 1000), 4)
    (0.5, 0.9091)
    """
    return 1 / (1 + 10 ** ((other - rating) / SCALE))


def elo(battles, k=4.0, start=MEAN):
    """Rate players online, one battle after the other: the score above expectation, times k, goes to the winner.

    The last battles count most and their order changes the result, so that it suits players who change. Models do not:
    use `bradley_terry` for them. Returns {name: rating}. Raises ValueError for a battle that is none, or k <= 0.

    >>> elo([("a", "b", 1)], k=32)
    {'a': 1016.0, 'b': 984.0}
    """
    if not 0 < k < math.inf:
        raise ValueError(f"k must be above 0; got {k}.")
    ratings = {}
    for a, b, score in _checked(battles):
        first, second = ratings.setdefault(a, float(start)), ratings.setdefault(b, float(start))
        change = k * (score - expected_score(first, second))
        ratings[a], ratings[b] = first + change, second - change
    return ratings


def win_matrix(battles):
    """Who beat whom: (names in order of appearance, wins), wins[i, j] the score of i against j, (n, n) float64.

    >>> win_matrix([("a", "b", 1), ("b", "a", 0.5)])[1].tolist()
    [[0.0, 1.5], [0.5, 0.0]]
    """
    battles = _checked(battles)
    places = {name: place for place, name in enumerate(dict.fromkeys(name for a, b, _ in battles for name in (a, b)))}
    wins = np.zeros((len(places), len(places)))
    for a, b, score in battles:
        wins[places[a], places[b]] += score
        wins[places[b], places[a]] += 1 - score
    return list(places), wins


def bradley_terry(battles):
    """Rate players by maximum likelihood: the ratings under which all the battles together are likeliest.

    The order of the battles does not matter. Each model needs a win and a loss that connect it with every other
    (Ford 1957), else its rating would be infinite or undetermined; then each model is given one virtual tie against
    an average player, and the note says so. Returns Ratings. Raises ValueError for a battle that is none.

    >>> scores = bradley_terry([("a", "b", 1)] * 3 + [("a", "b", 0)]).scores
    >>> round(scores["a"] - scores["b"], 6) == round(400 * math.log10(3), 6)
    True
    """
    names, wins = win_matrix(battles)
    if not names:
        return Ratings({})
    connected = bool(_connected(wins))
    strengths = _fit(wins[None], np.array([0.0 if connected else PRIOR]))[0]
    note = "" if connected else _note(names, wins)
    return Ratings(dict(zip(names, _on_scale(strengths), strict=True)), note)


def bootstrap(battles, rounds=200, seed=0, coverage=0.95):
    """How sure the ratings are: rate `rounds` resamples of the battles and take the middle 95 % of each rating.

    Efron 1979: battles are drawn with replacement, as many as there are. A resample whose battles settle no rating is
    regularised as in `bradley_terry`. Returns {name: (low, high)}.

    >>> low, high = bootstrap([("a", "b", 1), ("a", "b", 0)] * 50)["a"]
    >>> low < 1000 < high
    True
    """
    if not (isinstance(rounds, int) and rounds >= 1 and 0 < coverage < 1):
        raise ValueError("rounds must be a whole number of at least 1, and coverage lie between 0 and 1.")
    battles = _checked(battles)
    names, _ = win_matrix(battles)
    if not names:
        return {}
    places = {name: place for place, name in enumerate(names)}
    kinds, counts = np.unique([(places[a], places[b], score) for a, b, score in battles], axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(battles), counts / len(battles), size=rounds)
    first, second, score = kinds[:, 0].astype(int), kinds[:, 1].astype(int), kinds[:, 2]
    wins = np.zeros((rounds, len(names), len(names)))
    for kind in range(len(kinds)):
        wins[:, first[kind], second[kind]] += drawn[:, kind] * score[kind]
        wins[:, second[kind], first[kind]] += drawn[:, kind] * (1 - score[kind])
    rated = _on_scale(_fit(wins, np.where(_connected(wins), 0.0, PRIOR)))
    tail = 100 * (1 - coverage) / 2
    low, high = np.percentile(rated, [tail, 100 - tail], axis=0).tolist()
    return dict(zip(names, zip(low, high, strict=True), strict=True))


def _fit(wins, prior):
    """Strengths (batch, n), natural log odds with mean 0, of wins (batch, n, n): Newton's method on the likelihood."""
    size = wins.shape[-1]
    games, strengths = wins + wins.swapaxes(1, 2), np.zeros(wins.shape[:2])
    for _ in range(200):
        chance = _logistic(strengths[:, :, None] - strengths[:, None, :])
        alone = _logistic(strengths)
        slope = (wins - games * chance).sum(2) + prior[:, None] * (0.5 - alone)
        curve = games * chance * (1 - chance)
        hessian = -curve + np.einsum("bi,ij->bij", curve.sum(2) + prior[:, None] * alone * (1 - alone), np.eye(size))
        free = (prior == 0)[:, None, None] / size  # without a prior only differences count: this pins their mean
        step = np.linalg.solve(hessian + free, slope[:, :, None])[:, :, 0]
        step *= np.minimum(1, 1 / np.abs(step).max(1, keepdims=True).clip(1e-300))  # far away Newton's step is too long
        strengths = strengths + step
        if np.abs(step).max() < 1e-12:
            break
    return strengths - strengths.mean(1, keepdims=True)


def _connected(wins):
    """Whether every player can be reached from every other along wins, for each matrix of the batch (…, n, n)."""
    reach = (wins > 0) | np.eye(wins.shape[-1], dtype=bool)
    for _ in range(max(wins.shape[-1] - 1, 1).bit_length()):
        reach = (reach.astype(np.float64) @ reach.astype(np.float64)) > 0
    return reach.all((-2, -1))


def _note(names, wins):
    won, lost = wins.sum(1), wins.sum(0)
    extreme = [name for name, own, other in zip(names, won, lost, strict=True) if own == 0 or other == 0]
    why = f"{', '.join(extreme[:3])} won or lost everything" if extreme else "wins do not connect all the models"
    return (
        f"The battles do not settle every rating ({why}): each model was given one virtual tie against an average one."
    )


def _on_scale(strengths):
    rated = MEAN + SCALE / math.log(10) * strengths
    return rated.tolist() if rated.ndim == 1 else rated


def _logistic(value):
    return 0.5 * (1 + np.tanh(0.5 * value))  # no overflow on either side


def _checked(battles):
    battles = list(battles)
    for battle in battles:
        if len(battle) != 3 or battle[0] == battle[1] or battle[2] not in (0, 0.5, 1):
            raise ValueError(f"a battle must be (a, b, score): two different names and 1, 0.5 or 0; got {battle!r}.")
    return battles
