"""Makes preference_lab.json: Elo ratings of the same battles, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_preference_lab.py. test_preference_lab.py checks that the file still says the same.
"""

import json
import random
from pathlib import Path

from llmcourse.scratch.ratings import elo

PATH = Path(__file__).with_name("preference_lab.json")


def make_vectors():
    """The content of preference_lab.json."""
    dice = random.Random(5)
    many = [[*dice.sample(range(6), 2), dice.choice([0, 1, 2, 2])] for _ in range(300)]
    cases = []
    for battles in ([], [[0, 1, 2]], [[0, 1, 1]], [[1, 0, 0], [0, 2, 2], [2, 1, 1]], many):
        for k in (0.5, 4.0, 128.0):
            rated = elo([(first, second, twice / 2) for first, second, twice in battles], k=k)
            count = max((max(one[:2]) for one in battles), default=-1) + 1
            ratings = [rated[number] for number in range(count)]
            cases.append({"battles": battles, "k": k, "ratings": ratings})
    return {"made_by": "tests/vectors/make_preference_lab.py", "cases": cases}


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"battles"', '\n{"battles"')
    PATH.write_text(text + "\n", encoding="utf-8")
