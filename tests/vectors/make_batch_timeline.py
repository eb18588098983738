"""Makes batch_timeline.json: simulated servers, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_batch_timeline.py. test_batch_timeline.py checks that the file still holds.
"""

import json
from dataclasses import astuple
from pathlib import Path

from llmcourse.batch_simulation import (
    Request,
    make_requests,
    measures_of,
    place_continuously,
    place_statically,
)

PATH = Path(__file__).with_name("batch_timeline.json")
MADE = [
    {"count": 16, "rate": 4.0, "output": 40, "spread": 0.8, "seed": 0},
    {"count": 64, "rate": 0.1, "output": 1, "spread": 2.0, "seed": 4_294_967_295},
    {"count": 30, "rate": 100.0, "output": 300, "spread": 0.0, "seed": 7},
    {"count": 1, "rate": 1.0, "output": 10, "spread": 0.5, "seed": 3},
]
GIVEN = [[0.0, 700, 5], [0.0, 10, 50], [0.01, 300, 1], [0.26, 1, 30], [0.26, 1, 30], [9.5, 2000, 3], [0.0, 1, 1]]
SERVERS = [
    {"slots": 1, "prefill_tokens": 256, "step_ms": 25.0},
    {"slots": 4, "prefill_tokens": 64, "step_ms": 12.5},
    {"slots": 16, "prefill_tokens": 1, "step_ms": 0.3},
]


def make_vectors():
    """The content of batch_timeline.json: requests, and what each policy and server makes of them."""
    cases = []
    for made in [*MADE, None]:
        requests = make_requests(**made) if made else [Request(*one) for one in GIVEN]
        for server in SERVERS:
            runs = {}
            for policy, place in (("static", place_statically), ("continuous", place_continuously)):
                placements = place(requests, **server)
                measures = measures_of(requests, placements, server["slots"], server["step_ms"])
                runs[policy] = {"placements": [astuple(one) for one in placements], "measures": measures}
            told = [list(astuple(one)) for one in requests]
            cases.append({"made": made, "requests": told, "server": server, **runs})
    return {"made_by": "tests/vectors/make_batch_timeline.py", "cases": cases}


if __name__ == "__main__":
    text = json.dumps(make_vectors(), separators=(",", ":")).replace('{"made":', '\n{"made":')
    PATH.write_text(text + "\n", encoding="utf-8")
