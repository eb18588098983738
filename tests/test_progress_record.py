"""Progress records as data: any sequence of notes and joins keeps them valid, and joining is fair in every order."""

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import progress_record as record

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = st.sampled_from(["a", "b", "\ud800", "</script>", ""])
STEPS = st.one_of(
    st.tuples(st.just("visit"), NAMES),
    st.tuples(st.just("exercise"), NAMES, st.sampled_from(["passed", "failed"])),
    st.tuples(st.just("question"), NAMES, NAMES, st.booleans()),
    st.tuples(st.just("event"), NAMES, st.integers(-1000, 100_000)),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda some: (
        st.lists(some, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "id", "last", "others", "lessons", "exercises", "quizzes", "0"]), some
        )
    ),
)
FAST = settings(max_examples=25, deadline=None)


def noted(progress, steps):
    now = START
    for kind, *what in steps:
        if kind == "visit":
            progress["lessons"].setdefault(what[0], {"visited": now.isoformat(), "seconds": 0})
        elif kind == "exercise":
            record.count_exercise(progress, *what)
        elif kind == "question":
            record.count_question(progress, *what)
        else:
            now += timedelta(seconds=what[1])
            record.count_event(progress, what[0], now)
    return progress


FILES = st.lists(STEPS, max_size=12).map(lambda steps: noted(record.new(), steps))


def joined(*files):
    result = copy.deepcopy(files[0])
    for file in files[1:]:
        record.join(result, copy.deepcopy(file))
    return result


@FAST
@given(file=FILES)
def test_what_was_noted_can_be_written_and_read(file):
    assert record.parsed(json.dumps(file)) == file
    assert all(entry["seconds"] >= 0 for entry in file["lessons"].values())


@FAST
@given(steps=st.lists(STEPS, max_size=20))
def test_what_was_reached_is_never_lost_and_every_try_counts(steps):
    total = record.total(noted(record.new(), steps))
    for name in {what[1] for what in steps if what[0] == "exercise"}:
        tried = [what[2] for what in steps if what[:2] == ("exercise", name)]
        assert total["exercises"][name] == {"status": "passed" if "passed" in tried else "failed", "tries": len(tried)}
    for topic, name in {what[1:3] for what in steps if what[0] == "question"}:
        given_ = [what[3] for what in steps if what[:3] == ("question", topic, name)]
        assert total["quizzes"][topic][name] == {"right": any(given_), "tries": len(given_)}
    gaps = [what[2] for what in steps if what[0] == "event"]
    worked = sum(entry["seconds"] for entry in total["lessons"].values())
    assert worked <= sum(min(max(gap, 0), record.GAP) for gap in gaps), "no second is counted twice"


@FAST
@given(one=FILES, two=FILES, three=FILES)
def test_joining_is_fair_in_every_order_and_counts_once(one, two, three):
    both = record.total(joined(one, two))
    assert record.total(joined(two, one)) == both
    assert record.total(joined(one, two, two, one)) == both
    assert record.total(joined(joined(one, two), three)) == record.total(joined(one, joined(two, three)))
    assert record.parsed(json.dumps(joined(one, two, three))) == joined(one, two, three)


@FAST
@given(one=FILES, steps=st.lists(STEPS, max_size=8))
def test_an_older_state_of_the_same_file_adds_nothing(one, steps):
    before = copy.deepcopy(one)
    after = noted(one, steps)
    assert record.total(joined(after, before)) == record.total(after)


@FAST
@given(value=JSON, file=FILES)
def test_any_other_json_is_refused_or_valid(value, file):
    try:
        other = record.parsed(json.dumps(value))
    except (ValueError, OSError):
        return
    assert record.parsed(json.dumps(joined(file, other)))


@FAST
@given(data=st.data(), file=FILES)
def test_a_file_with_one_value_exchanged_is_refused_or_valid(data, file):
    file["others"]["x"] = noted(
        record.new(), [("visit", "0"), ("exercise", "a", "passed"), ("question", "a", "b", True)]
    )
    holder, key = file, data.draw(st.sampled_from(sorted(file)))
    while isinstance(holder[key], dict) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder)))
    holder[key] = data.draw(JSON)
    try:
        other = record.parsed(json.dumps(file))
    except (ValueError, OSError):
        return
    result = joined(record.new(), other)
    assert record.parsed(json.dumps(result)) == json.loads(json.dumps(result))
    json.dumps(record.total(result), allow_nan=False)


def test_huge_counts_stay_countable():
    file = record.new()
    file["exercises"]["a"] = {"status": "failed", "tries": 10**12}
    record.count_exercise(file, "a", "failed")
    assert record.parsed(json.dumps(file))["exercises"]["a"]["tries"] == 10**12
    file["exercises"]["a"]["tries"] = 10**13
    with pytest.raises(ValueError, match="holds no progress"):
        record.parsed(json.dumps(file))
