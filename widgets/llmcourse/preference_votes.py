"""What votes say: battles between models, agreement with given labels, the pull of a position, data for training."""

import math

SCORES = {"left": 1, "tie": 0.5, "both bad": 0.5, "right": 0}  # of the left answer


def battles(votes):
    """The votes as battles (model, model, score) for scratch/ratings.py; answers without a model's name are left out.

    >>> battles([{"left": {"model": "a"}, "right": {"model": "b"}, "vote": "tie"}])
    [('a', 'b', 0.5)]
    """
    named = [(vote["left"]["model"], vote["right"]["model"], SCORES[vote["vote"]]) for vote in votes]
    return [(left, right, score) for left, right, score in named if left and right and left != right]


def chosen_rejected(votes):
    """The decided votes as {prompt, chosen, rejected}: what TRL's RewardTrainer and DPOTrainer read
    (https://huggingface.co/docs/trl/dataset_formats). Ties and pairs of bad answers teach no preference.

    >>> chosen_rejected([{"prompt": "Hi", "left": {"text": "Yo"}, "right": {"text": "Hello"}, "vote": "right"}])
    [{'prompt': 'Hi', 'chosen': 'Hello', 'rejected': 'Yo'}]
    """
    other = {"left": "right", "right": "left"}
    return [
        {"prompt": vote["prompt"], "chosen": vote[vote["vote"]]["text"], "rejected": vote[other[vote["vote"]]]["text"]}
        for vote in votes
        if vote["vote"] in other
    ]


def agreement(votes):
    """How far the votes agree with the labels that came with the pairs: {compared, agreed, percent, kappa}.

    Both are taken as sides of the screen. There the order is random, so that chance agreement is that of two raters
    (in a file of chosen and rejected answers the label would always be the first). 'both bad' counts as a tie.
    """
    pairs = [
        ("tie" if vote["vote"] == "both bad" else vote["vote"], vote["label"]) for vote in votes if vote.get("label")
    ]
    agreed = sum(mine == label for mine, label in pairs)
    return {
        "compared": len(pairs),
        "agreed": agreed,
        "percent": 100 * agreed / len(pairs) if pairs else None,
        "kappa": cohens_kappa([mine for mine, _ in pairs], [label for _, label in pairs]),
    }


def cohens_kappa(first, second):
    """Agreement of two raters beyond chance (Cohen 1960): 1 all, 0 no more than chance. None where chance alone would
    agree always, or nothing is there to compare.

    >>> cohens_kappa(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"])
    0.5
    """
    count = len(first)
    if count == 0:
        return None
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / count
    chance = sum(first.count(kind) * second.count(kind) for kind in set(first)) / count**2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def position_bias(votes):
    """How often the left answer won where one did: {left, right, share, low, high}, with Wilson's 95 % interval (1927).

    The sides are random, so that a share away from one half is the voter's own pull to a side.
    """
    left = sum(vote["vote"] == "left" for vote in votes)
    right = sum(vote["vote"] == "right" for vote in votes)
    low, high = wilson_interval(left, left + right)
    return {"left": left, "right": right, "share": left / (left + right) if left + right else None} | {
        "low": low,
        "high": high,
    }


def wilson_interval(wins, count, z=1.959964):
    """Wilson's interval of a share; (0, 1) without a count.

    >>> [round(edge, 3) for edge in wilson_interval(8, 10)]
    [0.49, 0.943]
    """
    if count == 0:
        return 0.0, 1.0
    share, weight = wins / count, z * z / count
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    return max(0.0, middle - half), min(1.0, middle + half)
