"""BatchTimeline in Python: the simulation against a server that goes step by step, and the answers to bad input."""

import doctest
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import BatchTimeline, batch_simulation, batch_timeline
from llmcourse.batch_simulation import Request, make_requests, measures_of, place_continuously, place_statically
from vectors.make_batch_timeline import PATH, SERVERS, make_vectors

POLICIES = {"static": place_statically, "continuous": place_continuously}


def test_the_vectors_are_still_what_python_computes():
    stored, made = json.loads(PATH.read_text(encoding="utf-8")), json.loads(json.dumps(make_vectors()))
    for old, new in zip(stored["cases"], made["cases"], strict=True):
        for policy in POLICIES:
            measures = new[policy].pop("measures")
            assert old[policy].pop("measures") == pytest.approx(measures, rel=1e-12)
        assert old == new, "run python tests/vectors/make_batch_timeline.py"


@pytest.mark.parametrize("module", [batch_simulation, batch_timeline])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def step_by_step(requests, slots, prefill_tokens, step_ms, continuous):
    """The same server as a loop over steps: {request: (slot, first, finish)}. Slow, and written another way."""
    arrived = {number: math.ceil(one.arrival * 1000 / step_ms) for number, one in enumerate(requests)}
    waiting = sorted(arrived, key=lambda number: (requests[number].arrival, number))
    running, answered, step = {}, {}, 0
    while waiting or running:
        joining = []
        if continuous or not running:
            for slot in range(slots):
                if slot not in running and waiting and arrived[waiting[0]] <= step:
                    number = waiting.pop(0)
                    running[slot] = {"request": number, "read": 0, "written": 0}
                    joining.append(slot)
        if joining and not continuous:
            longest = max(math.ceil(requests[one["request"]].prompt / prefill_tokens) for one in running.values())
            for one in running.values():
                one["wait"] = longest - math.ceil(requests[one["request"]].prompt / prefill_tokens)
        step += 1
        for one in running.values():
            request = requests[one["request"]]
            if one.get("wait", 0):
                one["wait"] -= 1
            elif one["read"] < request.prompt:
                one["read"] += prefill_tokens
                if one["read"] >= request.prompt:
                    one["written"], one["first"] = 1, step
            elif one["written"] < request.output:
                one["written"] += 1
            one["over"] = one["written"] == request.output
        done = all(one["over"] for one in running.values())
        for slot in list(running):
            if running[slot]["over"] and (continuous or done):
                one = running.pop(slot)
                answered[one["request"]] = (slot, one["first"], step)
    return answered


SEVERAL = st.lists(
    st.builds(Request, st.floats(0, 3, allow_nan=False), st.integers(1, 900), st.integers(1, 40)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(SEVERAL, st.integers(1, 5), st.sampled_from([1.0, 25.0, 33.3]), st.sampled_from([64, 256]), st.booleans())
def test_placements_are_those_of_a_server_that_goes_step_by_step(requests, slots, step_ms, piece, continuous):
    place = POLICIES["continuous" if continuous else "static"]
    got = {one.request: (one.slot, one.first, one.finish) for one in place(requests, slots, piece, step_ms)}
    assert got == step_by_step(requests, slots, piece, step_ms, continuous)


@pytest.mark.parametrize("place", POLICIES.values())
@pytest.mark.parametrize("server", SERVERS)
def test_no_slot_does_two_things_at_once(place, server):
    requests = make_requests(count=40, rate=20.0, output=30, spread=1.0, seed=5)
    placements = place(requests, **server)
    assert sorted(one.request for one in placements) == list(range(40))
    for slot in range(server["slots"]):
        lane = sorted((one.start, one.finish) for one in placements if one.slot == slot)
        assert all(before[1] <= after[0] for before, after in zip(lane, lane[1:], strict=False))
    assert all(one.start <= one.prefill < one.first <= one.done <= one.finish for one in placements)


def test_measures_of_a_run_done_by_hand():
    requests = [Request(0.0, 10, 4), Request(0.0, 10, 20), Request(0.0, 10, 4)]
    static = measures_of(requests, place_statically(requests, 2, 256, 100.0), 2, 100.0)
    assert static["seconds"] == pytest.approx(2.4)  # 20 steps for the first two, then 4
    assert static["slot_use"] == pytest.approx((4 + 20 + 4) / (2 * 24))
    assert static["first_token_mean"] == pytest.approx((0.1 + 0.1 + 2.1) / 3)
    assert static["latency_mean"] == pytest.approx((2.0 + 2.0 + 2.4) / 3)
    continuous = measures_of(requests, place_continuously(requests, 2, 256, 100.0), 2, 100.0)
    assert continuous["seconds"] == pytest.approx(2.0)
    assert continuous["throughput"] == pytest.approx(28 / 2.0)
    assert continuous["latency_p95"] == pytest.approx(2.0)
    assert continuous["first_token_p95"] == pytest.approx(0.5)


def test_equal_answers_at_once_gain_nothing_and_long_tails_much():
    alike = BatchTimeline([(0, 100, 30)] * 8, slots=4)
    assert alike.static == alike.continuous
    gains = []
    for spread in (0.0, 0.5, 1.5):
        view = BatchTimeline(spread=spread, count=64, rate=100.0, seed=1)
        gains.append(view.continuous["throughput"] / view.static["throughput"])
    assert gains[0] < gains[1] < gains[2]


def test_made_requests_are_as_asked():
    requests = make_requests(count=4000, rate=5.0, output=100, spread=0.5, seed=2)
    assert requests[-1].arrival == pytest.approx(4000 / 5.0, rel=0.05)
    assert sum(one.output for one in requests) / 4000 == pytest.approx(100, rel=0.05)
    assert min(one.prompt for one in requests) == 32 and max(one.prompt for one in requests) == 768
    assert {one.output for one in make_requests(50, 1.0, 7, 0.0, 9)} == {7}


def test_readings_follow_the_settings():
    view = BatchTimeline()
    before = view.continuous["latency_mean"]
    view.slots = 1
    assert view.continuous["latency_mean"] > before
    assert "16 requests on 1 slots" in view.summary
    assert view.placements("static")[0].keys() == {"request", "slot", "start", "prefill", "first", "done", "finish"}
    view.given = [[0, 10, 5]]
    assert view.requests == [Request(0.0, 10, 5)]
    view.time, view.selected = -9, -9
    assert (view.time, view.selected) == (-1, -1)


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        ([], "from 1 to 64 requests; got 0"),
        ([(0, 1, 1)] * 65, "got 65"),
        ([(0, 1)], r"requests\[0\] must be \(arrival in seconds"),
        ([(0, 1, 1), "ab"], r"requests\[1\] must be"),
        ([(0, "x" * 500, 1)], r"requests\[0\] must be"),
        ([(-1, 1, 1)], "must arrive from 0"),
        ([(math.nan, 1, 1)], "must arrive from 0"),
        ([(math.inf, 1, 1)], "must arrive from 0"),
        ([(0, 1, math.inf)], r"requests\[0\] must be"),
        ([(0, 0, 1)], "with 1 to 1,000,000 tokens"),
        ([(0, 1.5, 1)], "with 1 to 1,000,000 tokens"),
        ([(0, 1, 10**9)], "100,000 of answer"),
    ],
)
def test_bad_requests_are_told(requests, message):
    with pytest.raises(ValueError, match=message):
        BatchTimeline(requests)


def test_bad_settings_are_told():
    with pytest.raises(TypeError, match="got int"):
        BatchTimeline(7)
    with pytest.raises(ValueError, match="slots must be from 1 to 16; got 0"):
        BatchTimeline(slots=0)
    with pytest.raises(ValueError, match="rate must be from 0.1 to 100; got nan"):
        BatchTimeline(rate=math.nan)
    view = BatchTimeline()
    with pytest.raises(ValueError, match="policy must be"):
        view.placements("random")


@settings(max_examples=20, deadline=None)
@given(
    st.one_of(
        st.none(),
        st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 10**6), st.integers(1, 10**5)), min_size=1, max_size=8),
    ),
    st.integers(1, 16),
    st.floats(0.1, 100.0),
    st.integers(1, 1000),
    st.floats(0.0, 2.0),
    st.integers(0, 2**32 - 1),
    st.floats(0.1, 10_000.0),
    st.integers(-5, 10**6),
)
def test_any_setting_has_a_picture_and_a_page(requests, slots, rate, output, spread, seed, step_ms, time):
    view = BatchTimeline(
        requests, slots=slots, rate=rate, output=output, spread=spread, seed=seed, step_ms=step_ms, time=time
    )
    for measures in (view.static, view.continuous):
        assert 0 < measures["slot_use"] <= 1 and measures["throughput"] > 0
        assert measures["first_token_mean"] <= measures["latency_mean"]
    assert "Continuous batching:" in view.summary
    assert view.picture().startswith(b"\x89PNG")
    assert view.to_html()
