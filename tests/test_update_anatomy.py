"""The anatomy of an update against torch's SVD of the whole product."""

import pytest
import torch
from llmcourse.scratch.lora import add_lora, lora_layers
from llmcourse.scratch.update_anatomy import (
    changed_updates,
    factor_svd,
    nearest,
    random_twin,
    relative_size,
    singular_values,
)
from tiny_gguf import tiny_model


@pytest.fixture
def model():
    model = add_lora(tiny_model(), rank=4, alpha=12)
    for layer in lora_layers(model).values():
        torch.nn.init.normal_(layer.B)
    return model


def test_the_factors_svd_is_the_products(model):
    for layer in lora_layers(model).values():
        left, singular, right = factor_svd(layer.A, layer.B)
        torch.testing.assert_close(left * singular @ right, (layer.B @ layer.A).detach(), atol=1e-5, rtol=1e-5)
        whole = torch.linalg.svdvals(layer.update().detach())
        torch.testing.assert_close(singular_values(layer), whole[:4], atol=1e-4, rtol=1e-4)
        assert relative_size(layer) == pytest.approx(
            (layer.update().norm() / layer.base.weight.norm()).item(), rel=1e-4
        )


@pytest.mark.parametrize("rank", [0, 1, 3, 4])
def test_the_nearest_of_a_rank_misses_what_the_other_singular_values_hold(model, rank):
    layer = next(iter(lora_layers(model).values()))
    A, B = nearest(layer.A, layer.B, rank)
    missing = (layer.B @ layer.A - B @ A).detach()
    assert missing.norm().item() == pytest.approx(factor_svd(layer.A, layer.B)[1][rank:].norm().item(), abs=1e-4)
    assert torch.linalg.matrix_rank(B @ A, atol=1e-4) == rank


def test_a_random_twin_has_the_size_and_nothing_else(model):
    layer = next(iter(lora_layers(model).values()))
    A, B = random_twin(layer.A, layer.B, torch.Generator().manual_seed(0))
    assert (B @ A).norm().item() == pytest.approx((layer.B @ layer.A).norm().item(), rel=1e-4)
    assert not torch.allclose(B @ A, layer.B @ layer.A, atol=0.1)


def test_changes_end_with_the_block(model):
    ids = torch.tensor([[3, 7, 1]])
    before = model(ids).logits
    with pytest.raises(KeyError), changed_updates(model, lambda A, B: nearest(A, B, rank=1)):
        assert not torch.allclose(model(ids).logits, before, atol=1e-4)
        raise KeyError
    assert torch.equal(model(ids).logits, before)
