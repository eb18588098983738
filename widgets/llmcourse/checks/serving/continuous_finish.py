"""Exercise: When each request is done under continuous batching."""

import torch

from ...exercise import Exercise, Mistake


def finish_steps(lengths, slots):
    free, done = [0] * slots, []
    for length in lengths:
        slot = free.index(min(free))
        free[slot] += length
        done.append(free[slot])
    return done


def static(lengths, slots):
    done, begin = [], 0
    for first in range(0, len(lengths), slots):
        batch = lengths[first : first + slots]
        begin += max(batch)
        done += [begin] * len(batch)
    return done


def static_but_handed_out_early(lengths, slots):
    done, begin = [], 0
    for first in range(0, len(lengths), slots):
        batch = lengths[first : first + slots]
        done += [begin + length for length in batch]
        begin += max(batch)
    return done


def in_turn(lengths, slots):
    free, done = [0] * slots, []
    for place, length in enumerate(lengths):
        free[place % slots] += length
        done.append(free[place % slots])
    return done


def one_after_the_other(lengths, slots):
    done, clock = [], 0
    for length in lengths:
        clock += length
        done.append(clock)
    return done


def fullest_slot(lengths, slots):
    free, done = [0] * slots, []
    for place, length in enumerate(lengths):
        slot = place if place < slots else free.index(max(free))
        free[slot] += length
        done.append(free[slot])
    return done


def make_lengths(size, generator):
    """Two long answers among short ones, more than the slots can take at once."""
    slots = 2 + size % 2
    short = torch.randint(1, 5, (slots + 3 + size,), generator=generator).tolist()
    return [20, *short[: slots - 1], *short[slots - 1 :], 11, 3], slots


EXERCISE = Exercise(
    name="serving.continuous_finish",
    goal="The step at which each request is done under continuous batching.",
    solution=finish_steps,
    cases=make_lengths,
    mistakes=[
        Mistake(
            "static batching",
            static,
            "You let each batch wait for its longest answer. A slot is free as soon as its own answer is done.",
        ),
        Mistake(
            "new requests wait for the batch",
            static_but_handed_out_early,
            "Answers come back when they are done, but new requests still wait until the whole batch is. Give a free "
            "slot away at once.",
        ),
        Mistake(
            "slots in turn",
            in_turn,
            "You gave request i the slot i mod slots, free or not. Take the slot that is free first.",
        ),
        Mistake("one at a time", one_after_the_other, "That is a server with one slot: all others stand idle."),
        Mistake("the busiest slot", fullest_slot, "You queue at the slot that is free last. Take the one free first."),
    ],
    hint="Keep for each slot the step from which it is free. The next request takes the slot with the smallest.",
    second_hint="`free.index(min(free))` is that slot; its new value is also the step at which the request is done.",
    statement=(
        "`lengths` are the answers' tokens of requests that all arrive at step 0, in order; a step writes one "
        "token in each of `slots` slots. A request takes the slot that is free first (the lowest number of several). "
        "Return for each request the step at which it is done.\n\n"
        "Worked value: `finish_steps([5, 1, 2], slots=2)` is `[5, 1, 3]`."
    ),
    difficulty=2,
    minutes=6,
)
