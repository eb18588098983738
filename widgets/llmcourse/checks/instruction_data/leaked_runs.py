"""Exercise: Which training texts share a run of words with the held-out texts."""

import torch

from ...exercise import Exercise, Mistake
from .inputs import pick


def find_leaks(train, heldout, size):
    def runs(text):
        words = text.lower().split()
        return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}

    seen = set()
    for text in heldout:
        seen |= runs(text)
    return [place for place, text in enumerate(train) if runs(text) & seen]


def _runs(text, size):
    words = text.split()
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def whole_texts(train, heldout, size):
    known = {text.lower() for text in heldout}
    return [place for place, text in enumerate(train) if text.lower() in known]


def case_kept(train, heldout, size):
    seen = set().union(*(_runs(text, size) for text in heldout))
    return [place for place, text in enumerate(train) if _runs(text, size) & seen]


def single_words(train, heldout, size):
    return find_leaks(train, heldout, 1)


def first_text_only(train, heldout, size):
    return find_leaks(train, heldout[:1], size)


def clean_ones(train, heldout, size):
    bad = find_leaks(train, heldout, size)
    return [place for place in range(len(train)) if place not in bad]


def heldout_places(train, heldout, size):
    return find_leaks(heldout, train, size)


def make_sets(size, generator):
    """Training texts: an exact copy, a copy in capitals, a quotation, clean ones that share only single words."""
    words = ["tea", "noon", "pool", "cake", "lamp", "boat", "rain", "king"]
    heldout = [" ".join(f"{word}{n}" for word in pick(words, 5 + size, generator)) for n in range(3)]
    mixed = " ".join(text.split()[n] for n, text in enumerate(heldout))
    train = [f"Hello {mixed}", heldout[0], f"so {heldout[1]} indeed", heldout[2].upper(), "quite another matter here"]
    order = torch.randperm(len(train), generator=generator).tolist()
    return [train[place] for place in order], heldout, 3


EXERCISE = Exercise(
    name="instruction_data.leaked_runs",
    goal="Which training texts share a run of words with the held-out texts.",
    solution=find_leaks,
    cases=make_sets,
    mistakes=[
        Mistake(
            "only whole texts",
            whole_texts,
            "You find exact copies alone. A held-out text inside a longer one leaks just as much: compare runs of "
            "words.",
        ),
        Mistake(
            "capitals count",
            case_kept,
            "A copy in capitals slips through. Make both sides small first.",
        ),
        Mistake(
            "single words",
            single_words,
            "Any shared word now counts as a leak, so nearly everything goes. It takes a run of `size` words.",
        ),
        Mistake(
            "the first held-out text only",
            first_text_only,
            "You looked at one held-out text. Collect the runs of all of them.",
        ),
        Mistake(
            "the clean ones",
            clean_ones,
            "These are the places of the clean texts. Asked are those that leak.",
        ),
        Mistake(
            "places in the held-out set",
            heldout_places,
            "You return which held-out texts are hit. What must go is the training text: never the test.",
        ),
    ],
    hint="Collect the runs of `size` words of all held-out texts in one set, then look for an overlap.",
    second_hint="`[place for place, text in enumerate(train) if runs(text) & seen]`, where `runs` makes all small.",
    statement=(
        "`train` and `heldout` are lists of texts. Return the places (as a list of whole numbers) of the training "
        "texts that share at least one run of `size` neighbouring words with any held-out text, no matter the "
        'capitals.\n\nWorked value: `find_leaks(["We dine at noon", "Tea?"], ["They DINE AT NOON here"], size=3)` is '
        "`[0]`."
    ),
    difficulty=2,
    minutes=7,
)
