"""Lesson 2.2: attention, from one softmax to the score of an induction head."""

import torch

from ..exercise import Exercise, Mistake
from ..scratch.attention import attention, causal_mask, merge_heads, repeat_heads
from ..scratch.attention import softmax as stable_softmax


def softmax(scores):
    return stable_softmax(scores)


def softmax_over_queries(scores):
    return stable_softmax(scores, dim=0)


def softmax_over_everything(scores):
    return stable_softmax(scores.flatten()).view_as(scores)


def share_without_powers(scores):
    return scores / scores.sum(-1, keepdim=True)


def powers_without_sum(scores):
    return scores.exp()


def make_scores(size, generator):
    return (torch.randn(size, size + 1, generator=generator),)


def scaled_dot_product(query, key, value):
    return attention(query, key, value)


def without_scale(query, key, value):
    return (query @ key.T).softmax(-1) @ value


def divided_by_size(query, key, value):
    return (query @ key.T / query.shape[-1]).softmax(-1) @ value


def scaled_after_softmax(query, key, value):
    return (query @ key.T).softmax(-1) / query.shape[-1] ** 0.5 @ value


def softmax_over_wrong_axis(query, key, value):
    return (query @ key.T / query.shape[-1] ** 0.5).softmax(-2) @ value


def without_softmax(query, key, value):
    return query @ key.T / query.shape[-1] ** 0.5 @ value


def mean_of_keys(query, key, value):
    return attention(query, key, key)


def make_query_key_value(size, generator):
    return tuple(torch.randn(size + 1, 2 * size + 1, generator=generator) for _ in range(3))


def causal_weights(scores):
    return stable_softmax(scores.masked_fill(~causal_mask(len(scores)), -torch.inf))


def mask_after_softmax(scores):
    return scores.softmax(-1).tril()


def zero_before_softmax(scores):
    return scores.tril().softmax(-1)


def hidden_past(scores):
    return scores.masked_fill(causal_mask(len(scores)).T.logical_not(), -torch.inf).softmax(-1)


def hidden_self(scores):
    past = causal_mask(len(scores)).tril(-1)
    return scores.masked_fill(~past, -torch.inf).softmax(-1)


def make_square_scores(size, generator):
    return (torch.randn(size + 1, size + 1, generator=generator),)


def merged_without_transpose(heads):
    return heads.reshape(heads.shape[1], -1)


def merged_feature_by_feature(heads):
    return heads.permute(1, 2, 0).flatten(1)


def added_heads(heads):
    return heads.sum(0)


def stacked_heads(heads):
    return heads.flatten(0, 1)


def make_heads(size, generator):
    return (torch.randn(size + 1, size + 2, 2, generator=generator),)


def share_key_heads(key, heads):
    return repeat_heads(key, heads)


def repeated_in_turn(key, heads):
    return key.repeat(heads // key.shape[0], 1, 1)


def first_head_for_all(key, heads):
    return key[:1].expand(heads, -1, -1)


def mean_head_for_all(key, heads):
    return key.mean(0, keepdim=True).expand(heads, -1, -1)


def repeated_tokens(key, heads):
    return key.repeat_interleave(heads // key.shape[0], dim=1)


def make_key_heads(size, generator):
    return torch.randn(size, size + 1, 2, generator=generator), 2 * size


def rotate(x, angle):
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([x[:, 0] * cos - x[:, 1] * sin, x[:, 1] * cos + x[:, 0] * sin], dim=-1)


def rotated_clockwise(x, angle):
    return rotate(x, -angle)


def without_minus(x, angle):
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([x[:, 0] * cos + x[:, 1] * sin, x[:, 1] * cos + x[:, 0] * sin], dim=-1)


def only_multiplied(x, angle):
    return torch.stack([x[:, 0] * angle.cos(), x[:, 1] * angle.sin()], dim=-1)


def angle_added(x, angle):
    return x + angle[:, None]


def rotated_by_degrees(x, angle):
    return rotate(x, angle.deg2rad())


def make_pairs(size, generator):
    return torch.randn(size, 2, generator=generator), torch.arange(1, size + 1) * 0.7


def induction_score(weights, period):
    queries = torch.arange(period, 2 * period)
    return weights[queries, queries - period + 1].mean()


def same_token(weights, period):
    return weights.diagonal(-period).mean()


def previous_token(weights, period):
    return weights.diagonal(-1).mean()


def one_row_too_many(weights, period):
    return weights.diagonal(1 - period).mean()


def sum_of_weights(weights, period):
    return induction_score(weights, period) * period


def two_after(weights, period):
    return weights.diagonal(2 - period)[-period:].mean()


def make_repeated_weights(size, generator):
    period = size + 2
    scores = torch.randn(2 * period, 2 * period, generator=generator)
    return causal_weights(scores), period


EXERCISES = [
    Exercise(
        name="attention.softmax",
        goal="Weights from scores: each row positive, each row summing to one.",
        solution=softmax,
        cases=make_scores,
        mistakes=[
            Mistake(
                "softmax over the queries",
                softmax_over_queries,
                "Your columns sum to one. Each query shares out its own attention, so each row must: use the last "
                "dimension.",
            ),
            Mistake(
                "softmax over everything",
                softmax_over_everything,
                "All numbers together sum to one. Every query has a whole unit of attention of its own: sum along "
                "the last dimension, with keepdim=True.",
            ),
            Mistake(
                "shares without exp",
                share_without_powers,
                "A negative score gives a negative weight, and a sum near zero gives huge ones. Take exp first: "
                "it makes every score positive.",
            ),
            Mistake(
                "exp without the sum",
                powers_without_sum,
                "These are positive but do not sum to one. Divide each row by its sum.",
            ),
        ],
        hint="Take exp of all scores, then divide each row by its sum: sum(-1, keepdim=True).",
    ),
    Exercise(
        name="attention.scaled_dot_product",
        goal="Scaled dot-product attention of one head.",
        solution=scaled_dot_product,
        cases=make_query_key_value,
        mistakes=[
            Mistake(
                "no scaling",
                without_scale,
                "The scores are the bare dot products. Their spread grows with the size of the head, and softmax "
                "then picks one token: divide the scores by the square root of the size.",
            ),
            Mistake(
                "divided by d, not by its root",
                divided_by_size,
                "The spread of a dot product grows with √d, its variance with d. Divide by d ** 0.5; dividing by d "
                "makes all weights nearly equal.",
            ),
            Mistake(
                "scaled after the softmax",
                scaled_after_softmax,
                "Your weights sum to 1/√d. The scale belongs to the scores, before the softmax.",
            ),
            Mistake(
                "softmax over the wrong axis",
                softmax_over_wrong_axis,
                "Your columns sum to one: each key shares itself out. A query shares out its attention: softmax "
                "over the last dimension, the keys.",
            ),
            Mistake(
                "no softmax",
                without_softmax,
                "Scores are not weights: they can be negative and do not sum to one. Put them through a softmax "
                "before they meet the values.",
            ),
            Mistake(
                "mean of the keys",
                mean_of_keys,
                "The weights are right, but they average the keys. Keys are only for finding; what is handed on is "
                "the value.",
            ),
        ],
        hint="Three lines: scores = query @ key.T / √d, weights = softmax of each row, result = weights @ value.",
    ),
    Exercise(
        name="attention.causal_weights",
        goal="Attention weights that never look ahead and still sum to one.",
        solution=causal_weights,
        cases=make_square_scores,
        mistakes=[
            Mistake(
                "mask after the softmax",
                mask_after_softmax,
                "Nothing looks ahead, but your rows no longer sum to one: the hidden tokens took their share first. "
                "Hide the scores before the softmax.",
            ),
            Mistake(
                "zero instead of minus infinity",
                zero_before_softmax,
                "A score of 0 is not nothing: exp(0) is 1, so the future still gets weight. Only -inf becomes 0.",
            ),
            Mistake(
                "the past is hidden, not the future",
                hidden_past,
                "Your first token looks at all, your last only at itself. Turn the triangle: query i may look at "
                "keys 0 to i.",
            ),
            Mistake(
                "a token may not look at itself",
                hidden_self,
                "The first row is nan: it had nothing left to look at. A token may see itself; hide only what lies "
                "above the diagonal.",
            ),
        ],
        hint="torch.ones(n, n).triu(1) marks the future. Fill the scores there with -torch.inf, then softmax.",
    ),
    Exercise(
        name="attention.merge_heads",
        goal="The results of all heads side by side: one row a token.",
        solution=merge_heads,
        cases=make_heads,
        mistakes=[
            Mistake(
                "no transpose",
                merged_without_transpose,
                "The shape is right, but each row now mixes several tokens of one head: the numbers lie head by "
                "head in memory. Swap heads and tokens first.",
            ),
            Mistake(
                "interleaved heads",
                merged_feature_by_feature,
                "The first feature of every head comes first, then the second of every head. Keep each head's "
                "features together: order tokens, heads, features.",
            ),
            Mistake(
                "added, not side by side",
                added_heads,
                "The heads are summed, so none can be told from another any more. Put them side by side; mixing "
                "them is the task of the output matrix.",
            ),
            Mistake(
                "stacked as more tokens",
                stacked_heads,
                "You have a row for each head of each token. Each token needs one row that holds all its heads.",
            ),
        ],
        hint="First transpose(0, 1) to (tokens, heads, size), then join the last two dimensions: flatten(1).",
    ),
    Exercise(
        name="attention.share_key_heads",
        goal="Hand each key head to its group of query heads, as grouped-query attention does.",
        solution=share_key_heads,
        cases=make_key_heads,
        mistakes=[
            Mistake(
                "in turn, not in groups",
                repeated_in_turn,
                "Your order is 0, 1, 0, 1: query heads get keys made for another group. Neighbours share: 0, 0, 1, 1. "
                "`repeat` copies the whole, `repeat_interleave` each item.",
            ),
            Mistake(
                "all share the first head",
                first_head_for_all,
                "That is multi-query attention with one key head; the others are lost. Each group has its own.",
            ),
            Mistake(
                "all share the mean",
                mean_head_for_all,
                "Averaging is how a trained model may be converted to fewer key heads, not how it is run. Copy each "
                "head to its group.",
            ),
            Mistake(
                "repeated tokens",
                repeated_tokens,
                "You repeated along the tokens, so every token is there twice. Repeat along the heads, dimension 0.",
            ),
        ],
        hint="How many query heads share one key head? heads // len(key). Then repeat_interleave along dim 0.",
    ),
    Exercise(
        name="attention.kv_cache_bytes",
        goal="Bytes that the KV cache of the embedded model grows by with each token, in 32-bit numbers.",
        solution=30 * 2 * 3 * 64 * 4,
        mistakes=[
            Mistake("values forgotten", 30 * 3 * 64 * 4, "A cache keeps keys and values: twice as much."),
            Mistake(
                "query heads counted",
                30 * 2 * 9 * 64 * 4,
                "9 is the number of query heads. Queries are used once and thrown away; only the 3 key heads and "
                "3 value heads are kept.",
            ),
            Mistake("one layer only", 2 * 3 * 64 * 4, "That is one layer. Each of the 30 layers keeps its own."),
            Mistake("numbers, not bytes", 30 * 2 * 3 * 64, "You counted numbers. A 32-bit number takes 4 bytes."),
            Mistake("one head only", 30 * 2 * 64 * 4, "That is one key head and one value head. There are 3 of each."),
        ],
        hint="layers × (keys and values) × key heads × head size × bytes of one number.",
    ),
    Exercise(
        name="attention.rotate",
        goal="Turn each pair of features by its own angle, counter-clockwise: the heart of RoPE.",
        solution=rotate,
        cases=make_pairs,
        mistakes=[
            Mistake(
                "clockwise",
                rotated_clockwise,
                "The minus stands at the wrong place: you turn the other way. The first feature is "
                "x cos − y sin, the second y cos + x sin.",
            ),
            Mistake(
                "no minus",
                without_minus,
                "Without the minus the length changes, so it is no rotation. The first feature is x cos − y sin.",
            ),
            Mistake(
                "each feature for itself",
                only_multiplied,
                "A rotation mixes the two features: each new one needs both old ones.",
            ),
            Mistake(
                "angle added",
                angle_added,
                "Adding shifts the point. Turning keeps its length: use cos and sin of the angle.",
            ),
            Mistake("degrees", rotated_by_degrees, "The angles are in radians already, as cos and sin want them."),
        ],
        hint="(1, 0) must go to (cos, sin), and (0, 1) to (−sin, cos). Each pair has its own angle.",
    ),
    Exercise(
        name="attention.induction_score",
        goal="How much a head looks at the token after the last occurrence, on a sequence read twice.",
        solution=induction_score,
        cases=make_repeated_weights,
        mistakes=[
            Mistake(
                "the same token, not the next",
                same_token,
                "You measured the look at the earlier copy of the token itself. An induction head looks one further: "
                "at what came after it.",
            ),
            Mistake(
                "previous token",
                previous_token,
                "That is the score of a previous-token head, its partner. Here each token looks a whole period "
                "back, less one.",
            ),
            Mistake(
                "one row too many",
                one_row_too_many,
                "The diagonal starts one row too early: the last token of the first reading has no earlier copy. "
                "Take the queries period … 2·period − 1.",
            ),
            Mistake("sum instead of mean", sum_of_weights, "Divide by the number of queries, so that 1 is always."),
            Mistake(
                "two after",
                two_after,
                "One step too far: from query i the copy of the token is at i − period, the next at i − period + 1.",
            ),
        ],
        hint="Make queries = torch.arange(period, 2 * period) and index weights[queries, …] with one key a query.",
    ),
]
