"""Exercise: The newest turns of a dialogue that fit into a budget of words."""

import torch

from ...exercise import Exercise, Mistake


def window(turns, budget):
    kept = []
    for turn in reversed(turns):
        budget -= len(turn.split())
        if budget < 0:
            break
        kept = [turn, *kept]
    return kept


def oldest_kept(turns, budget):
    kept = []
    for turn in turns:
        budget -= len(turn.split())
        if budget < 0:
            break
        kept.append(turn)
    return kept


def newest_first(turns, budget):
    return window(turns, budget)[::-1]


def holes(turns, budget):
    kept = []
    for turn in reversed(turns):
        if len(turn.split()) <= budget:
            budget -= len(turn.split())
            kept = [turn, *kept]
    return kept


def one_too_many(turns, budget):
    kept = []
    for turn in reversed(turns):
        kept = [turn, *kept]
        budget -= len(turn.split())
        if budget < 0:
            break
    return kept


def never_full(turns, budget):
    return window(turns, budget - 1)


def turns_counted(turns, budget):
    return turns[-budget:]


def make_turns(size, generator):
    """The newest turns fill the budget exactly or leave one word of room; before them a long turn, then a short one."""
    words = ["cats", "dogs", "owls", "bees"]
    lengths = torch.randint(2, 4, (size + 1,), generator=generator).tolist()
    turns = [f"say {words[length]}" + " yes" * (length - 2) for length in lengths]
    turns = [f"{number} {turn}" for number, turn in enumerate(turns)]
    long = "this is a very long turn about " + " and ".join(words[: 1 + size % 4])
    total = sum(len(turn.split()) for turn in turns)
    return ["hi", "hello", long, *turns], total + size % 2


EXERCISE = Exercise(
    name="rag.memory_window",
    goal="The newest turns of a dialogue that fit into a budget of words.",
    solution=window,
    cases=make_turns,
    mistakes=[
        Mistake(
            "oldest kept",
            oldest_kept,
            "You keep the beginning of the dialogue. A follow-up question refers to what was said last: start from "
            "the newest turn.",
        ),
        Mistake(
            "newest first",
            newest_first,
            "The right turns in the wrong order: the model should read them as they were said, oldest first.",
        ),
        Mistake(
            "holes in the dialogue",
            holes,
            "You skip a turn that does not fit and go on with older ones, so an answer may stand without its question. "
            "Stop at the first turn that does not fit.",
        ),
        Mistake(
            "one turn too many",
            one_too_many,
            "The last turn you added goes over the budget. Check before you add it.",
        ),
        Mistake(
            "budget never filled",
            never_full,
            "Turns that fill the budget exactly still fit: stop only when it would be exceeded.",
        ),
        Mistake(
            "turns counted",
            turns_counted,
            "The budget is in words, and you took that many turns. Count `len(turn.split())`.",
            lambda result, turns, budget: result == turns[-budget:],
        ),
    ],
    hint="Go through `reversed(turns)`, take each turn's words off the budget, and stop when it falls below 0.",
    second_hint="`kept = [turn, *kept]` puts each older turn in front, so that the order stays.",
    statement=(
        "`turns` are the texts of a dialogue, oldest first; a turn costs as many words as `turn.split()` has. Return "
        "the newest turns that together cost at most `budget`, oldest first. Stop at the first turn that does not fit."
        "\n\nWorked value: `window(['hi there', 'how are you', 'fine'], 4)` is `['how are you', 'fine']`."
    ),
    difficulty=2,
    minutes=5,
)
