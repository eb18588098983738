"""Exercise: The text of the tokens up to the first stop string, which may span several tokens."""

import torch

from ...exercise import Exercise, Mistake


def cut_at_stop(pieces, stops):
    text = "".join(pieces)
    places = [text.find(stop) for stop in stops if stop in text]
    return text[: min(places)] if places else text


def token_by_token(pieces, stops):
    text = ""
    for piece in pieces:
        if any(stop in piece for stop in stops):
            break
        text += piece
    return text


def stop_string_kept(pieces, stops):
    text = "".join(pieces)
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    return text[: min(ends)] if ends else text


def first_in_the_list(pieces, stops):
    text = "".join(pieces)
    for stop in stops:
        if stop in text:
            return text[: text.find(stop)]
    return text


def last_occurrence(pieces, stops):
    text = "".join(pieces)
    places = [text.rfind(stop) for stop in stops if stop in text]
    return text[: min(places)] if places else text


def last_token_dropped(pieces, stops):
    text = ""
    for piece in pieces:
        if any(stop in text + piece for stop in stops):
            break
        text += piece
    return text


def make_pieces(size, generator):
    """A dialogue in pieces: both stop strings span several of them, the later one heads the list, and the piece in
    which the first begins also ends a sentence."""
    words = [" yes", " no", " maybe", " never"]
    answer = [words[int(place)] for place in torch.randint(len(words), (size,), generator=generator)]
    turn = [".\n", "User", ":", " Why", "?\n", "User", ":"]
    return [*answer, *turn, " So", " #", "##", " end"], ["###", "\nUser:"]


EXERCISE = Exercise(
    name="decoding.cut_at_stop",
    goal="The text of the tokens up to the first stop string, which may span several tokens.",
    solution=cut_at_stop,
    cases=make_pieces,
    mistakes=[
        Mistake(
            "each token looked at alone",
            token_by_token,
            "No single token holds the stop string, so you never see it. Look in the joined text.",
        ),
        Mistake(
            "stop string kept",
            stop_string_kept,
            "The place is right, but the stop string itself is still shown. Cut before it.",
        ),
        Mistake(
            "first in the list, not in the text",
            first_in_the_list,
            "You cut at the stop string you tried first. Of all that occur, the earliest in the text counts.",
        ),
        Mistake(
            "the last occurrence",
            last_occurrence,
            "You cut at a later occurrence, so text after the first stop is shown. Use `find`, not `rfind`.",
        ),
        Mistake(
            "only the last token dropped",
            last_token_dropped,
            "You dropped the token that completed the stop string, but its beginning in earlier tokens is still "
            "shown. Cut at a character, not at a token.",
        ),
    ],
    hint="Join the pieces first. `text.find(stop)` gives the place of a stop string, or -1.",
    second_hint="Find every stop string that is in the joined text, take the smallest place, and cut there.",
    statement=(
        "`pieces` are the texts of the tokens, `stops` several stop strings. Return the text to show: "
        "everything before the first stop string in the text, or everything if there is none.\n\n"
        'Worked value: `cut_at_stop([" Hi", ".\\n", "User", ":"], ["###", "\\nUser:"])` is `" Hi."`.'
    ),
    difficulty=3,
    minutes=8,
)
