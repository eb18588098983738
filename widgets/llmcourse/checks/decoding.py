"""Lesson 2.4: the samplers, one step of beam search, and stop strings."""

import math

import torch

from ..exercise import Exercise, Mistake

# Temperature: logits -> probabilities.


def temperature(logits, value):
    return (logits / value).softmax(-1)


def multiplied(logits, value):
    return (logits * value).softmax(-1)


def divided_probabilities(logits, value):
    return logits.softmax(-1) / value


def softmax_twice(logits, value):
    return (logits.softmax(-1) / value).softmax(-1)


def no_softmax(logits, value):
    return logits / value


def make_temperature(size, generator):
    """Random logits, and a temperature below and above 1 by turns."""
    return _logits(size, generator), (0.5, 2.0)[size % 2]


# Top-k: logits -> logits.


def top_k(logits, k):
    return logits.masked_fill(logits < logits.topk(k).values[-1], -math.inf)


def one_too_many(logits, k):
    return top_k(logits, k + 1)


def one_too_few(logits, k):
    return logits.masked_fill(logits <= logits.topk(k).values[-1], -math.inf)


def smallest_kept(logits, k):
    return logits.masked_fill(logits > logits.topk(k, largest=False).values[-1], -math.inf)


def zeros_for_removed(logits, k):
    return logits.masked_fill(logits < logits.topk(k).values[-1], 0.0)


def first_ids(logits, k):
    return logits.masked_fill(torch.arange(len(logits)) >= k, -math.inf)


def values_only(logits, k):
    return logits.topk(k).values


def make_top_k(size, generator):
    """Random logits with the likeliest token last, and a k below their number."""
    logits = _logits(size, generator)
    logits[-1] = logits.max() + 1
    return logits, size + 1


# Top-p: logits -> probabilities.


def top_p(logits, p):
    probs = logits.softmax(-1)
    ranked, order = probs.sort(descending=True)
    before = ranked.cumsum(0) - ranked
    ranked[before >= p] = 0
    kept = torch.zeros_like(probs).scatter(0, order, ranked)
    return kept / kept.sum()


def crossing_dropped(logits, p):
    probs = logits.softmax(-1)
    ranked, order = probs.sort(descending=True)
    ranked[ranked.cumsum(0) > p] = 0
    kept = torch.zeros_like(probs).scatter(0, order, ranked)
    return kept / kept.sum()


def nucleus_not_renormalised(logits, p):
    probs = logits.softmax(-1)
    return probs * (top_p(logits, p) > 0)


def nucleus_in_ranked_order(logits, p):
    return top_p(logits, p).sort(descending=True).values


def from_the_wrong_end(logits, p):
    probs = logits.softmax(-1)
    ranked, order = probs.sort()
    before = ranked.cumsum(0) - ranked
    ranked[before >= p] = 0
    kept = torch.zeros_like(probs).scatter(0, order, ranked)
    return kept / kept.sum()


def each_alone_above_p(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= p)
    return kept / kept.sum()


def make_top_p(size, generator):
    """Random logits, and a mass halfway between the likeliest token's probability and 1: it is never enough alone."""
    logits = _logits(size, generator)
    return logits, (1 + float(logits.softmax(-1).max())) / 2


# Min-p: logits -> probabilities.


def min_p(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= p * probs.max())
    return kept / kept.sum()


def absolute_threshold(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= p)
    return kept / kept.sum()


def threshold_on_logits(logits, p):
    kept = logits.softmax(-1) * (logits >= p * logits.max())
    return kept / kept.sum()


def min_p_not_renormalised(logits, p):
    probs = logits.softmax(-1)
    return probs * (probs >= p * probs.max())


def difference_from_the_best(logits, p):
    probs = logits.softmax(-1)
    kept = probs * (probs >= probs.max() - p)
    return kept / kept.sum()


def make_min_p(size, generator):
    """Random logits, and a share of the likeliest token's probability."""
    return _logits(size, generator), (0.2, 0.4)[size % 2]


# Repetition penalty: logits and the ids so far -> logits.


def repetition_penalty(logits, ids, penalty):
    seen = torch.zeros_like(logits, dtype=torch.bool)
    seen[ids] = True
    punished = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, punished, logits)


def negative_logits_divided(logits, ids, penalty):
    penalised = logits.clone()
    penalised[ids] = logits[ids] / penalty
    return penalised


def once_per_occurrence(logits, ids, penalty):
    penalised = logits.clone()
    for token in ids:
        penalised[token] = penalised[token] / penalty if penalised[token] > 0 else penalised[token] * penalty
    return penalised


def everything_penalised(logits, ids, penalty):
    return torch.where(logits > 0, logits / penalty, logits * penalty)


def subtracted(logits, ids, penalty):
    penalised = logits.clone()
    penalised[ids] = logits[ids] - penalty
    return penalised


def divide_and_multiply_swapped(logits, ids, penalty):
    return repetition_penalty(logits, ids, 1 / penalty)


def make_repetition(size, generator):
    """Random logits of both signs; the text so far holds the best token twice and the worst one once."""
    logits = _logits(size, generator)
    logits = logits - logits.mean()
    best, worst = int(logits.argmax()), int(logits.argmin())
    return logits, [best, worst, best], 1.5


# One step of beam search: scores and next-token log probabilities -> (beam, token) pairs.


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


# Stop strings: the texts of the tokens, and the strings to stop at -> the text to show.


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


def _logits(size, generator):
    return 1.5 * torch.randn(3 * size + 2, generator=generator)


EXERCISES = [
    Exercise(
        name="decoding.temperature",
        goal="The probabilities of the next token at a temperature.",
        solution=temperature,
        cases=make_temperature,
        mistakes=[
            Mistake(
                "multiplied instead of divided",
                multiplied,
                "Your high temperature sharpens and your low one flattens. Divide the logits by the temperature.",
            ),
            Mistake(
                "divided after the softmax",
                divided_probabilities,
                "Your numbers no longer add up to 1: dividing every probability by the same number changes no "
                "preference. Divide the logits, then take the softmax.",
            ),
            Mistake(
                "softmax of probabilities",
                softmax_twice,
                "You took the softmax twice. Probabilities all lie between 0 and 1, so a second softmax makes them "
                "nearly equal. Divide the logits, then take one softmax.",
            ),
            Mistake(
                "still logits",
                no_softmax,
                "The logits are scaled rightly, but they are no probabilities yet: a softmax is missing.",
            ),
        ],
        hint="Two operations, in this order: scale the logits, then turn them into probabilities.",
    ),
    Exercise(
        name="decoding.top_k",
        goal="The logits with all but the k likeliest tokens removed.",
        solution=top_k,
        cases=make_top_k,
        mistakes=[
            Mistake(
                "k + 1 tokens kept",
                one_too_many,
                "One token too many stays. The k-th largest value is at index k - 1 of a descending sort.",
            ),
            Mistake(
                "k - 1 tokens kept",
                one_too_few,
                "The k-th likeliest token itself must stay: remove what is smaller than its logit, not equal to it.",
            ),
            Mistake(
                "the k smallest kept",
                smallest_kept,
                "You keep the unlikely end. A higher logit means a likelier token: sort in descending order.",
            ),
            Mistake(
                "zero instead of minus infinity",
                zeros_for_removed,
                "A logit of 0 is no removal: e^0 = 1, so softmax still gives that token a share. Minus infinity "
                "becomes exactly 0.",
            ),
            Mistake(
                "the first k ids",
                first_ids,
                "You kept the first k places of the vocabulary. What counts is the size of the logit, not the id.",
            ),
            Mistake(
                "only the k values",
                values_only,
                "The values are right, but their places are lost, and a place is a token's id. Return as many "
                "logits as came in.",
            ),
        ],
        hint="`logits.topk(k).values[-1]` is the smallest logit that stays. `masked_fill` removes the rest.",
    ),
    Exercise(
        name="decoding.top_p",
        goal="The probabilities of the nucleus: the fewest likeliest tokens that together hold at least p.",
        solution=top_p,
        cases=make_top_p,
        mistakes=[
            Mistake(
                "the token that crosses p dropped",
                crossing_dropped,
                "Your nucleus holds less than p. The token with which the sum reaches p belongs to it: ask what the "
                "likelier tokens hold before each one.",
            ),
            Mistake(
                "not renormalised",
                nucleus_not_renormalised,
                "The right tokens stay, but their probabilities no longer add up to 1. Divide by their sum.",
            ),
            Mistake(
                "left in ranked order",
                nucleus_in_ranked_order,
                "The numbers are right, but sorted, so they stand at the wrong ids. Put each back with `scatter`.",
            ),
            Mistake(
                "summed from the unlikely end",
                from_the_wrong_end,
                "Your sum starts at the least likely token, so junk fills the nucleus. Sort in descending order.",
            ),
            Mistake(
                "each token compared with p",
                each_alone_above_p,
                "You ask whether each token alone reaches p; here none does, and nothing is left. p is a bound on "
                "the running sum.",
            ),
        ],
        hint="Sort in descending order. `cumsum - itself` is what the likelier tokens hold before each token: "
        "keep a token while that is below p.",
    ),
    Exercise(
        name="decoding.min_p",
        goal="The probabilities of the tokens at least p times as likely as the likeliest one.",
        solution=min_p,
        cases=make_min_p,
        mistakes=[
            Mistake(
                "an absolute threshold",
                absolute_threshold,
                "You compare with p itself. The bar of min-p moves with the model's certainty: p times the largest "
                "probability.",
            ),
            Mistake(
                "logits compared, not probabilities",
                threshold_on_logits,
                "A share of a logit means nothing: add 5 to all logits and the probabilities stay, but your "
                "threshold moves. Compare probabilities.",
            ),
            Mistake(
                "not renormalised",
                min_p_not_renormalised,
                "The right tokens stay, but their probabilities no longer add up to 1. Divide by their sum.",
            ),
            Mistake(
                "subtracted from the best",
                difference_from_the_best,
                "You keep what lies within p below the best. Min-p is a ratio: multiply the largest probability by p.",
            ),
        ],
        hint="Softmax first. The bar is `p * probs.max()`. Divide what stays by its sum.",
    ),
    Exercise(
        name="decoding.repetition_penalty",
        goal="The logits with every token of the text so far made less likely, as CTRL does it.",
        solution=repetition_penalty,
        cases=make_repetition,
        mistakes=[
            Mistake(
                "negative logits divided",
                negative_logits_divided,
                "Dividing -6 by 1.5 gives -4: the repeated token becomes likelier. Multiply where the logit is "
                "negative.",
            ),
            Mistake(
                "punished once per occurrence",
                once_per_occurrence,
                "A token that occurs twice is punished twice. This penalty asks only whether it occurs; the one that "
                "counts is the frequency penalty.",
            ),
            Mistake(
                "all tokens punished",
                everything_penalised,
                "You changed every logit. Only the tokens in `ids` are punished.",
            ),
            Mistake(
                "subtracted",
                subtracted,
                "Subtracting a constant is the presence penalty of OpenAI's API. CTRL's repetition penalty divides "
                "and multiplies.",
            ),
            Mistake(
                "divided and multiplied the wrong way round",
                divide_and_multiply_swapped,
                "Your repeated tokens become likelier: positive logits are divided, negative ones multiplied.",
            ),
        ],
        hint="`logits[ids]` picks the logits of the text so far. Both cases must move down: divide the positive, "
        "multiply the negative.",
    ),
    Exercise(
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
    ),
    Exercise(
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
    ),
]
