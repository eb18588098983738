"""Exercise: A token bucket: which requests pass."""

import torch

from ...exercise import Exercise, Mistake


def allowed(times, rate, size):
    level, last, passed = size, 0.0, []
    for now in times:
        level = min(size, level + (now - last) * rate)
        last = now
        passed.append(level >= 1)
        if level >= 1:
            level -= 1
    return passed


def without_a_rim(times, rate, size):
    level, last, passed = size, 0.0, []
    for now in times:
        level, last = level + (now - last) * rate, now
        passed.append(level >= 1)
        level -= 1 if level >= 1 else 0
    return passed


def starts_empty(times, rate, size):
    level, last, passed = 0.0, 0.0, []
    for now in times:
        level, last = min(size, level + (now - last) * rate), now
        passed.append(level >= 1)
        level -= 1 if level >= 1 else 0
    return passed


def refused_ones_pay(times, rate, size):
    level, last, passed = size, 0.0, []
    for now in times:
        level, last = min(size, level + (now - last) * rate), now
        passed.append(level >= 1)
        level -= 1
    return passed


def clock_of_those_passed(times, rate, size):
    level, passed = size, []
    for now in times:
        level = min(size, level + now * rate)
        passed.append(level >= 1)
        level -= 1 if level >= 1 else 0
    return passed


def never_refills(times, rate, size):
    return [place < size for place in range(len(times))]


def make_times(size, generator):
    """A burst, drops that come faster than the bucket drips, a long pause, a second burst."""
    burst = 3 + size % 3
    begin = 0.25 * torch.randint(1, 3, (1,), generator=generator).item()
    first = [begin] * (burst + 3)
    dripping = [begin + 0.25 * step for step in range(1, 13)]
    late = [dripping[-1] + 60.0] * (burst + 2)
    return [*first, *dripping, *late], 1.0, burst


EXERCISE = Exercise(
    name="serving.token_bucket",
    goal="Which requests a token bucket lets pass.",
    solution=allowed,
    cases=make_times,
    mistakes=[
        Mistake(
            "a bucket without a rim",
            without_a_rim,
            "After a long pause you let any number pass at once. The bucket holds at most `size`: what drips into a "
            "full one is lost.",
        ),
        Mistake("starts empty", starts_empty, "Your bucket starts empty, so a first burst is refused. It starts full."),
        Mistake(
            "refused requests pay",
            refused_ones_pay,
            "You take from the bucket even for a refused request. Then somebody who knocks too often never gets in "
            "again.",
        ),
        Mistake(
            "time since the beginning",
            clock_of_those_passed,
            "You add the whole time since 0 with each request. Add only what dripped since the last one.",
        ),
        Mistake("never refills", never_refills, "You only count to `size`. The bucket refills by `rate` a second."),
    ],
    hint="Keep the level and the time of the last request. First let it drip, then look for one whole unit.",
    second_hint="`level = min(size, level + (now - last) * rate)`; take 1 only from those that pass.",
    statement=(
        "Requests come at `times` (seconds, rising). The bucket starts full with `size` units at time 0, refills by "
        "`rate` units a second, and never holds more than `size`. A request passes when at least one whole unit is "
        "there, and takes it. Return a list of booleans.\n\n"
        "Worked value: `allowed([0, 0, 0, 1], rate=1, size=2)` is `[True, True, False, True]`."
    ),
    difficulty=2,
    minutes=6,
)
