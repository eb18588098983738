"""Head scores against loops written out by hand, and on the real model."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import Trace, trace
from llmcourse.head_scores import first_token_score, induction_pairs, induction_score, previous_token_score


def random_trace(ids, layers=2, heads=3):
    torch.manual_seed(len(ids))
    count = len(ids)
    attention = torch.rand(layers, heads, count, count).tril()
    attention /= attention.sum(-1, keepdim=True)
    return Trace(["x"] * count, ids, attention, torch.zeros(layers + 1, count, 1), torch.zeros(count, 1))


def pairs_by_hand(ids):
    """(query, the token after its latest earlier copy), token by token."""
    seen, pairs = {}, []
    for place, token in enumerate(ids):
        if token in seen and seen[token] + 1 < place:
            pairs.append((place, seen[token] + 1))
        seen[token] = place
    return pairs


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_induction_pairs_are_those_found_by_hand(ids):
    queries, keys = induction_pairs(ids)
    assert list(zip(queries.tolist(), keys.tolist(), strict=True)) == pairs_by_hand(ids)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=12))
def test_scores_are_the_means_of_single_weights(ids):
    seen = random_trace(ids)
    later = range(1, len(ids))
    previous = torch.stack([seen.attention[:, :, place, place - 1] for place in later]).mean(0)
    first = torch.stack([seen.attention[:, :, place, 0] for place in later]).mean(0)
    assert torch.allclose(previous_token_score(seen), previous, atol=1e-6)
    assert torch.allclose(first_token_score(seen), first, atol=1e-6)
    if pairs := pairs_by_hand(ids):
        expected = torch.stack([seen.attention[:, :, query, key] for query, key in pairs]).mean(0)
        assert torch.allclose(induction_score(seen), expected, atol=1e-6)
    else:
        assert induction_score(seen) is None


def test_perfect_heads_score_one():
    count, ids = 6, [1, 2, 3, 1, 2, 3]
    attention = torch.zeros(1, 3, count, count)
    attention[0, :, 0, 0] = 1
    for place in range(1, count):
        attention[0, 0, place, place - 1] = 1
        attention[0, 1, place, 0] = 1
        attention[0, 2, place, place - 2] = 1  # the copy three back, then one on
    seen = Trace(["x"] * count, ids, attention, torch.zeros(2, count, 1), torch.zeros(count, 1))
    assert previous_token_score(seen).argmax() == 0 and previous_token_score(seen).max() == 1
    assert first_token_score(seen).argmax() == 1 and first_token_score(seen).max() == 1
    assert induction_score(seen).argmax() == 2 and induction_score(seen).max() == 1


def test_one_token_has_no_scores():
    seen = random_trace([5])
    assert (previous_token_score(seen), first_token_score(seen), induction_score(seen)) == (None, None, None)


@pytest.mark.parametrize("ids", [[1, 2, 3], [1, 1, 2]])
def test_nothing_to_induce_is_none(ids):
    assert induction_score(random_trace(ids)) is None


def test_the_real_model_has_each_kind_of_head(loaded):
    words = " river stone candle market window forest silver engine"
    seen = trace(*loaded, words + words + words)
    assert previous_token_score(seen).max() > 0.9
    assert first_token_score(seen).max() > 0.9
    assert induction_score(seen).max() > 0.5
    assert previous_token_score(seen).shape == seen.attention.shape[:2]
