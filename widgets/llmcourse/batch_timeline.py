"""BatchTimeline: the same requests under static and under continuous batching, slot by slot."""

from dataclasses import asdict
from math import isfinite

import traitlets

from .batch_simulation import Request, make_requests, measures_of, place_continuously, place_statically
from .course_widget import CourseWidget

MOST_REQUESTS = 64
_POLICIES = {"static": place_statically, "continuous": place_continuously}
_RANGES = {  # setting -> lowest, highest
    "slots": (1, 16),
    "rate": (0.1, 100.0),
    "output": (1, 1000),
    "spread": (0.0, 2.0),
    "seed": (0, 2**32 - 1),
    "count": (1, MOST_REQUESTS),
    "step_ms": (0.1, 10_000.0),
    "prefill_tokens": (1, 100_000),
}


class BatchTimeline(CourseWidget):
    """Watch a server fill its slots with requests, and see what waiting for the slowest of a batch costs.

    requests: measured ones, (arrival in seconds, prompt tokens, answer tokens) each, at most 64; or None, and they are
        made from count, rate (arrivals a second), output (mean answer), spread (of the answers' lengths) and seed.
    slots: requests that the server works on at once. step_ms: milliseconds of one step, in which each slot writes one
        token or reads `prefill_tokens` of its prompt.
    time: the step that is shown, -1 for all; selected: number of the request that is told, -1 for none.

    Read back: requests, static and continuous (measures by name, see batch_simulation.measures_of), placements(policy).
    Raises TypeError or ValueError, naming what would be right, for bad requests and settings.

    >>> view = BatchTimeline([(0, 10, 4), (0, 10, 20), (0, 10, 4)], slots=2)
    >>> round(view.static["seconds"], 3), round(view.continuous["seconds"], 3)
    (0.6, 0.5)
    """

    stem = "batch_timeline"

    given = traitlets.List().tag(sync=True)
    slots = traitlets.Int(4).tag(sync=True)
    rate = traitlets.Float(4.0).tag(sync=True)
    output = traitlets.Int(40).tag(sync=True)
    spread = traitlets.Float(0.8).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    count = traitlets.Int(16).tag(sync=True)
    step_ms = traitlets.Float(25.0).tag(sync=True)
    prefill_tokens = traitlets.Int(256).tag(sync=True)
    time = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)

    def __init__(self, requests=None, **traits):
        super().__init__(given=[] if requests is None else _checked(requests), **traits)
        self._summarise()
        self.observe(self._summarise, names=["given", *_RANGES])

    @property
    def requests(self):
        """The requests in the order given or made: batch_simulation.Request objects."""
        if self.given:
            return [Request(*one) for one in self.given]
        return make_requests(self.count, self.rate, self.output, self.spread, self.seed)

    @property
    def static(self):
        """The measures of static batching, by name."""
        return self._measures("static")

    @property
    def continuous(self):
        """The measures of continuous batching, by name."""
        return self._measures("continuous")

    def placements(self, policy):
        """Where and when each request ran under "static" or "continuous": dictionaries, in steps.

        Raises ValueError for another policy.
        """
        return [asdict(place) for place in self._placements(policy)]

    def picture(self):
        """PNG bytes: both timelines one above the other, slots as lanes, with their measures."""
        from .batch_timeline_picture import timeline_picture

        runs = {policy: (self._placements(policy), self._measures(policy)) for policy in _POLICIES}
        return timeline_picture(runs, self.slots, self.step_ms)

    def _placements(self, policy, requests=None):
        if policy not in _POLICIES:
            raise ValueError(f"policy must be 'static' or 'continuous'; got {policy!r}.")
        requests = requests or self.requests
        return _POLICIES[policy](requests, self.slots, self.prefill_tokens, self.step_ms)

    def _measures(self, policy):
        requests = self.requests
        return measures_of(requests, self._placements(policy, requests), self.slots, self.step_ms)

    @traitlets.validate("given")
    def _requests_given(self, proposal):
        return _checked(proposal["value"]) if proposal["value"] else []

    @traitlets.validate(*_RANGES)
    def _in_range(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        low, high = _RANGES[name]
        if not low <= value <= high:
            raise ValueError(f"{name} must be from {low:g} to {high:g}; got {value}.")
        return value

    @traitlets.validate("time", "selected")
    def _from_minus_one(self, proposal):
        return max(-1, proposal["value"])

    def _summarise(self, change=None):
        static, continuous = self.static, self.continuous
        gain = continuous["throughput"] / static["throughput"]
        self.summary = (
            f"{len(self.requests)} requests on {self.slots} slots. Static batching: {static['throughput']:.1f} tokens "
            f"a second, slots at work {static['slot_use']:.0%} of the time, mean latency {static['latency_mean']:.2f} "
            f"s. Continuous batching: {continuous['throughput']:.1f} tokens a second ({gain:.2f} times), "
            f"{continuous['slot_use']:.0%}, {continuous['latency_mean']:.2f} s."
        )


def _checked(requests):
    """Requests as [arrival, prompt, output] lists of plain numbers."""
    right = "(arrival in seconds, prompt tokens, answer tokens)"
    try:
        rows = [tuple(one) for one in requests]
    except TypeError:
        raise TypeError(f"requests must be a list of {right}; got {type(requests).__name__}.") from None
    if not 1 <= len(rows) <= MOST_REQUESTS:
        raise ValueError(f"requests must hold from 1 to {MOST_REQUESTS} requests; got {len(rows)}.")
    checked = []
    for number, row in enumerate(rows):
        try:
            arrival, prompt, output = float(row[0]), *map(int, row[1:])
        except (TypeError, ValueError, OverflowError, IndexError):
            raise ValueError(f"requests[{number}] must be {right}; got {str(row)[:80]}.") from None
        whole = all(size == wanted for size, wanted in zip((prompt, output), row[1:], strict=True))
        sizes = 1 <= prompt <= 10**6 and 1 <= output <= 10**5
        if not (isfinite(arrival) and 0 <= arrival <= 10**6 and whole and sizes):
            raise ValueError(
                f"requests[{number}] must arrive from 0 to 1,000,000 s, with 1 to 1,000,000 tokens of prompt and 1 to "
                f"100,000 of answer; got {str(row)[:80]}."
            )
        checked.append([arrival, prompt, output])
    return checked
