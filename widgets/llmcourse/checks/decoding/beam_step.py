"""Exercise: The best continuations of all beams together, as (beam, token) pairs, as many as there are beams."""

import torch

from ...exercise import Exercise, Mistake


def beam_step(scores, log_probs):
    totals = (scores[:, None] + log_probs).flatten()
    best = totals.topk(len(scores)).indices.tolist()
    return [divmod(place, log_probs.shape[1]) for place in best]


def past_forgotten(scores, log_probs):
    return beam_step(torch.zeros_like(scores), log_probs)


def one_child_a_beam(scores, log_probs):
    return list(enumerate(log_probs.argmax(-1).tolist()))


def log_probs_multiplied(scores, log_probs):
    best = (scores[:, None] * log_probs).flatten().topk(len(scores)).indices.tolist()
    return [divmod(place, log_probs.shape[1]) for place in best]


def pair_swapped(scores, log_probs):
    return [(token, beam) for beam, token in beam_step(scores, log_probs)]


def worst_kept(scores, log_probs):
    worst = (scores[:, None] + log_probs).flatten().topk(len(scores), largest=False).indices.tolist()
    return [divmod(place, log_probs.shape[1]) for place in worst]


def make_beams(size, generator):
    """Beams with falling scores far enough apart that the last one seldom wins a place."""
    beams = size + 1
    scores = -2.0 * torch.arange(1, beams + 1)
    return scores, torch.randn(beams, 4 * size + 1, generator=generator).log_softmax(-1)


EXERCISE = Exercise(
    name="decoding.beam_step",
    goal="The best continuations of all beams together, as (beam, token) pairs, as many as there are beams.",
    solution=beam_step,
    cases=make_beams,
    mistakes=[
        Mistake(
            "the past forgotten",
            past_forgotten,
            "You rank the next tokens alone. What counts is the whole path: add each beam's score to its row.",
        ),
        Mistake(
            "one child for each beam",
            one_child_a_beam,
            "Each of your beams keeps one child: that is greedy search several times. All children compete, and "
            "one beam may get every place.",
        ),
        Mistake(
            "log probabilities multiplied",
            log_probs_multiplied,
            "Probabilities multiply, so their logarithms add. A product of two negative numbers rewards the worst.",
        ),
        Mistake(
            "token and beam swapped",
            pair_swapped,
            "The right places, but each pair is the wrong way round: first the beam, then the token.",
        ),
        Mistake(
            "the worst kept",
            worst_kept,
            "You keep the least likely. Log probabilities are negative: the best is the one nearest to 0.",
        ),
    ],
    hint="`scores[:, None] + log_probs` holds the score of every child. Flatten, `topk`, then `divmod` by the "
    "vocabulary's size gives back beam and token.",
    second_hint=(
        "Add each beam's score to its row, flatten, take `topk`, and turn each place back with `divmod(place,"
        " vocabulary)`."
    ),
    statement=(
        "`scores` (beams,) holds each beam's log probability so far; `log_probs` (beams, vocabulary) the log "
        "probabilities of its next token. Return the best children of **all** beams as a list of `(beam, "
        "token)` pairs of plain integers, best first, as many as there are beams.\n\n"
        "Worked value: for `scores = torch.tensor([-1.0, -2.0])` and `log_probs = torch.tensor([[0.5, 0.4, "
        "0.1], [0.1, 0.1, 0.8]]).log()` the result is `[(0, 0), (0, 1)]`: both places go to children of beam "
        "0."
    ),
    difficulty=3,
    minutes=10,
)
