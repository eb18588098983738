"""AttentionStack: every wrong shape is named; a Trace may have only cross-attention, as before the Transformer."""

import dataclasses

import pytest
import torch
from llmcourse import AttentionExplorer, Trace
from llmcourse.attention_stack import AttentionStack
from llmcourse.head_scores import first_token_score, induction_score, previous_token_score


def crossing(queries=3, keys=5, layers=2, heads=4):
    torch.manual_seed(queries)
    return AttentionStack(
        "cross",
        [f"t{place}" for place in range(queries)],
        [f"s{place}" for place in range(keys)],
        torch.rand(layers, heads, queries, keys).softmax(-1),
        queries=torch.randn(layers, heads, queries, 6),
        keys=torch.randn(layers, 2, keys, 6),
        scaling=0.5,
        bias=torch.zeros(layers, 1, queries + keys - 1),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(name="both"), "name must be one of self, encoder"),
        (dict(name="encoder"), "the same text"),
        (dict(query_tokens=[]), "query_tokens needs"),
        (dict(key_ids=[1]), "key_ids must hold one id a token"),
        (dict(attention=torch.ones(2, 4, 5, 3)), r"shape \(layers, heads, 3, 5\) for 3 tokens and 5 keys"),
        (dict(layer_numbers=[1]), "layer_numbers must name 2"),
        (dict(keys=None), "come together"),
        (dict(queries=torch.ones(2, 4, 3)), "queries must have the shape"),
        (dict(keys=torch.ones(2, 3, 5, 6)), "keys must have the shape"),
        (dict(bias=torch.ones(2, 1, 5)), r"bias must have the shape \(2, 1 or 4, 7\)"),
    ],
)
def test_what_disagrees_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        dataclasses.replace(crossing(), **change)


def test_cross_attention_alone_is_a_trace():
    cross = crossing()
    seen = Trace(cross.query_tokens, cross=cross)
    assert [stack.name for stack in seen.stacks] == ["cross"] and "cross 2 layers x 4 heads" in repr(seen)
    view = AttentionExplorer(seen, query_token=1, key_token=4)
    assert f"weight {float(cross.attention[0, 0, 1, 4]):.4f}" in view.summary
    assert "3 target tokens and 5 source tokens" in view.summary
    with pytest.raises(ValueError, match="cross must have 4 queries"):
        Trace(list("abcd"), cross=cross)


def test_scores_of_cross_attention():
    cross = crossing()
    torch.testing.assert_close(first_token_score(cross), cross.attention[..., 0].mean(-1))
    assert (previous_token_score(cross), induction_score(cross)) == (None, None)
