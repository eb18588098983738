"""Exercise: What may be shown after each piece of a stream, when a stop string may come in pieces."""

import torch

from ...exercise import Exercise, Mistake


def hold_back(pieces, stop):
    shown, held = [], ""
    for piece in pieces:
        held += piece
        if stop in held:
            shown.append(held[: held.index(stop)])
            break
        keep = max(n for n in range(len(stop)) if held.endswith(stop[:n]))
        shown.append(held[: len(held) - keep])
        held = held[len(held) - keep :]
    return shown


def piece_by_piece(pieces, stop):
    shown = []
    for piece in pieces:
        if stop in piece:
            break
        shown.append(piece)
    return shown


def nothing_held(pieces, stop):
    shown, text = [], ""
    for piece in pieces:
        text += piece
        if stop in text:
            shown.append(piece[: max(0, len(piece) - (len(text) - text.index(stop)))])
            break
        shown.append(piece)
    return shown


def always_held(pieces, stop):
    shown, held = [], ""
    for piece in pieces:
        held += piece
        if stop in held:
            shown.append(held[: held.index(stop)])
            break
        cut = max(0, len(held) - (len(stop) - 1))
        shown.append(held[:cut])
        held = held[cut:]
    return shown


def forgets_what_it_held(pieces, stop):
    shown, held = [], ""
    for piece in pieces:
        if stop in held + piece:
            shown.append((held + piece)[: (held + piece).index(stop)])
            break
        keep = max(n for n in range(len(stop)) if (held + piece).endswith(stop[:n]))
        shown.append(piece[: max(0, len(piece) - keep)])
        held = (held + piece)[len(held + piece) - keep :]
    return shown


def stop_shown(pieces, stop):
    found = hold_back(pieces, stop)
    return [*found[:-1], found[-1] + stop]


def make_pieces(size, generator):
    """Words, a false beginning of the stop string, and the stop string itself over three pieces."""
    words = [" tea", " sea", " bee", " ink"]
    some = [words[place] for place in torch.randint(len(words), (size,), generator=generator).tolist()]
    return [*some, " an E", "N", "d in", " the E", "N", "D. More"], "END"


EXERCISE = Exercise(
    name="serving.hold_back",
    goal="What may be shown after each piece, when the stop string may come in pieces.",
    solution=hold_back,
    cases=make_pieces,
    mistakes=[
        Mistake(
            "each piece looked at alone",
            piece_by_piece,
            "No single piece holds the stop string, so you never see it. Look in the text that you have held back "
            "together with the new piece.",
        ),
        Mistake(
            "shown too early",
            nothing_held,
            "You found the stop string, but its beginning had already been shown. What is sent cannot be taken back: "
            "hold an end that may be the beginning of the stop string.",
        ),
        Mistake(
            "held for too long",
            always_held,
            "You always hold back as much as the stop string is long. Correct, but the reader waits: hold only an end "
            "of the text that really begins the stop string.",
        ),
        Mistake(
            "a false alarm is lost",
            forgets_what_it_held,
            "What was held back and turned out to be no stop string never came. Show it with the next piece.",
        ),
        Mistake("the stop string shown", stop_shown, "The stop string is not part of the answer. Cut before it."),
    ],
    hint="Keep `held`: the end of the text that may begin the stop string. Add each piece to it before you look.",
    second_hint="The length to hold is the largest n below `len(stop)` with `held.endswith(stop[:n])`; 0 always holds.",
    statement=(
        "`pieces` are the texts of the tokens in the order they come, `stop` is a stop string. Return a list: for each "
        "piece up to the one that completes the stop string, the text that may be shown **right after it**. Hold back "
        "no more than the longest end of the text that begins the stop string.\n\n"
        'Worked value: `hold_back(["a E", "N", "d E", "ND"], "END")` is `["a ", "", "ENd ", ""]`.'
    ),
    difficulty=3,
    minutes=8,
)
