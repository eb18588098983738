"""Makes training_monitor.json: smoothed and thinned curves, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_training_monitor.py. test_training_monitor.py checks that the file still says the same.
"""

import json
import math
from pathlib import Path

import numpy as np
from llmcourse.training_clock import spoken_time
from llmcourse.training_points import smooth, thin_extremes

PATH = Path(__file__).with_name("training_monitor.json")
SPELT = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
CURVES = {
    "empty": [],
    "one": [2.0],
    "short": [3.0, 1.0, 2.0, 5.0],
    "holes": [3.0, "nan", 1.0, "inf", "-inf", 2.0] * 6,
    "nothing finite": ["nan"] * 40,
    "long": [round(math.sin(at * at / 40) * 10 / (at + 1), 6) for at in range(120)],
}


def numbers(values):
    """A list with NaN and infinities spelt out, as an array."""
    return np.array([SPELT.get(value, value) for value in values], dtype=np.float64)


def spell(values):
    return [float(value) if math.isfinite(value) else str(float(value)) for value in values]


def make_vectors():
    """The content of training_monitor.json."""
    cases = []
    for name, values in CURVES.items():
        y = numbers(values)
        steps = np.arange(len(y), dtype=np.float64) ** (2 if name == "long" else 1)  # uneven steps too
        for columns in (1, 7):
            x, thin = thin_extremes(steps, y, columns)
            cases.append({"name": name, "steps": steps.tolist(), "values": values, "columns": columns})
            cases[-1] |= {"thin_steps": x.tolist(), "thin_values": spell(thin)}
            cases[-1] |= {"smooth": {weight: spell(smooth(y, float(weight))) for weight in ("0", "0.5", "0.99")}}
    times = [[seconds, spoken_time(seconds)] for seconds in (0, 0.9, 59.99, 60, 3599, 3600, 100_000.5)]
    return {"made_by": "tests/vectors/make_training_monitor.py", "cases": cases, "times": times}


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"name"', '\n{"name"')
    PATH.write_text(text + "\n", encoding="utf-8")
