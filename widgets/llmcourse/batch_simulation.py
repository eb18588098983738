"""A simulated server with n slots: static batches against continuous batching, step by step.

In one step a slot writes one token, or reads up to `prefill_tokens` tokens of its prompt; the step that reads the last
of them gives the first token. A step takes as long however many slots work, as it nearly does while decoding waits
for the weights to be read. Static batching takes the requests that wait when all slots are free, pads their prompts
on the left to the longest, and returns all answers when the longest is done. Continuous batching, or iteration-level
scheduling (Orca: Yu et al. 2022, https://www.usenix.org/conference/osdi22/presentation/yu; vLLM: Kwon et al. 2023,
https://arxiv.org/abs/2309.06180), gives a slot to the next request as soon as it is free, first come, first served;
long prompts are read in pieces beside the others' tokens, as in Sarathi-Serve (Agrawal et al. 2024,
https://arxiv.org/abs/2403.02310). static/batch_simulation.js has the same.
"""

from dataclasses import dataclass
from math import ceil, exp, floor, log

from .shared_random import seeded_uniform

LONGEST_PROMPT, SHORTEST_PROMPT, MOST_TIMES = 768, 32, 8


@dataclass(frozen=True)
class Request:
    """One request: when it arrives (seconds), and the tokens of its prompt and of its answer."""

    arrival: float
    prompt: int
    output: int


@dataclass(frozen=True)
class Placement:
    """What became of a request: its slot, and the steps at which things happen to it.

    The slot is its own in steps start … finish − 1: padding before `prefill`, its prompt before `first`, its tokens
    before `done`, and nothing from there on, until the batch ends.
    """

    request: int
    slot: int
    start: int
    prefill: int
    first: int
    done: int
    finish: int


def make_requests(count, rate, output, spread, seed):
    """Requests that arrive at random, `rate` a second on average (Poisson), with answers of about `output` tokens.

    spread: of the answers' lengths, the standard deviation of their logarithm; 0 makes all alike. Prompts are evenly
    spread over 32 to 768 tokens. The page makes the same from the same seed.

    >>> make_requests(2, rate=1.0, output=50, spread=0.0, seed=0)[1].output
    50
    """
    gaps, prompts = seeded_uniform(seed, 0, count), seeded_uniform(seed, 1, count)
    normal = sum(seeded_uniform(seed, step, count) for step in range(2, 14)) - 6  # of 12 even numbers: nearly a bell
    requests, clock = [], 0
    for gap, prompt, deviate in zip(gaps.tolist(), prompts.tolist(), normal.tolist(), strict=True):
        clock += floor(-log(1 - gap) / rate * 1e6 + 0.5)  # whole microseconds
        length = floor(output * exp(spread * deviate - spread * spread / 2) + 0.5)
        read = SHORTEST_PROMPT + floor(prompt * (LONGEST_PROMPT - SHORTEST_PROMPT + 1))
        requests.append(Request(clock / 1e6, read, min(max(length, 1), MOST_TIMES * output)))
    return requests


def place_continuously(requests, slots, prefill_tokens, step_ms):
    """Continuous batching: a Placement for each request, in order of arrival."""
    free, placements = [0] * slots, []
    for number in _queue(requests):
        one = requests[number]
        start = max(_step_of(one, step_ms), min(free))
        slot = next(place for place, step in enumerate(free) if step <= start)
        first = start + ceil(one.prompt / prefill_tokens)
        free[slot] = first + one.output - 1
        placements.append(Placement(number, slot, start, start, first, free[slot], free[slot]))
    return placements


def place_statically(requests, slots, prefill_tokens, step_ms):
    """Static batching: a Placement for each request, in order of arrival."""
    waiting, placements, free = _queue(requests), [], 0
    while waiting:
        start = max(free, _step_of(requests[waiting[0]], step_ms))
        batch = [number for number in waiting[:slots] if _step_of(requests[number], step_ms) <= start]
        waiting = waiting[len(batch) :]
        first = start + ceil(max(requests[number].prompt for number in batch) / prefill_tokens)
        free = first + max(requests[number].output for number in batch) - 1
        for slot, number in enumerate(batch):
            one = requests[number]
            begun = first - ceil(one.prompt / prefill_tokens)
            placements.append(Placement(number, slot, start, begun, first, first + one.output - 1, free))
    return placements


def measures_of(requests, placements, slots, step_ms):
    """Throughput in tokens a second, the share of slot time that worked, mean and 95th percentile of the time to the
    first token and of the latency in seconds, and the seconds from the first arrival to the last answer.

    A percentile is the smallest value that at least 95 % of the requests do not exceed (nearest rank).
    """
    begin = min(_step_of(one, step_ms) for one in requests)
    span = max(place.finish for place in placements) - begin
    worked = sum(place.done - place.prefill for place in placements)
    waits = sorted(_seconds(place.first, step_ms) - requests[place.request].arrival for place in placements)
    latencies = sorted(_seconds(place.finish, step_ms) - requests[place.request].arrival for place in placements)
    rank = ceil(0.95 * len(placements)) - 1
    return {
        "throughput": sum(one.output for one in requests) / _seconds(span, step_ms),
        "slot_use": worked / (span * slots),
        "first_token_mean": sum(waits) / len(waits),
        "first_token_p95": waits[rank],
        "latency_mean": sum(latencies) / len(latencies),
        "latency_p95": latencies[rank],
        "seconds": _seconds(span, step_ms),
    }


def _queue(requests):
    return sorted(range(len(requests)), key=lambda number: (requests[number].arrival, number))


def _step_of(request, step_ms):
    """The first step that a request can take part in."""
    return ceil(request.arrival * 1000 / step_ms)


def _seconds(steps, step_ms):
    return steps * step_ms / 1000
