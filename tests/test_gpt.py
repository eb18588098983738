"""scratch/gpt.py against transformers' GPT-2; the versions between GPT-2's block and Llama 3's; source differences."""

import pytest
import torch
from llmcourse.architecture_explorer import ArchitectureExplorer
from llmcourse.scratch import block_versions, gpt
from llmcourse.scratch.twin_weights import gpt_weights_of
from llmcourse.source_diff import SourceDiff
from tiny_models import tiny_gpt2

CONFIG = gpt.GPTConfig(vocabulary=49_152, context=64, width=32, layers=2, heads=4)


@pytest.mark.parametrize("tokens", [1, 2, 17, 64])
def test_logits_and_gradients_equal_transformers(tokens):
    theirs, ours = tiny_gpt2(), gpt.GPT(CONFIG)  # in eval mode, so that GPT-2's dropout rests
    ours.load_state_dict(gpt_weights_of(theirs))
    ids = torch.randint(49_152, (2, tokens), generator=torch.Generator().manual_seed(tokens))
    assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-5)
    if tokens > 1:
        ours.loss(ids).backward()
        theirs(ids, labels=ids).loss.backward()
        assert torch.allclose(ours.embed.weight.grad, theirs.transformer.wte.weight.grad, rtol=1e-3, atol=1e-6)


def test_gpt2_small_has_its_size():
    with torch.device("meta"):
        model = gpt.GPT(gpt.GPTConfig())
    assert sum(weight.numel() for weight in model.parameters()) == ArchitectureExplorer("gpt2").parameters
    assert model.head.weight is model.embed.weight


def test_it_begins_as_gpt2_begins():
    torch.manual_seed(0)
    model = gpt.GPT(gpt.GPTConfig(vocabulary=500, context=32, width=128, layers=4, heads=4))
    assert model.embed.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert model.blocks[0].narrow.weight.std().item() == pytest.approx(0.02 / 8**0.5, rel=0.05)
    ids = torch.randint(500, (4, 33))
    assert model.loss(ids).item() == pytest.approx(torch.log(torch.tensor(500.0)).item(), abs=0.2)


def test_too_long_a_text_is_refused():
    with pytest.raises(ValueError, match="ids have 65 tokens, but only 64 positions were learned"):
        gpt.GPT(CONFIG)(torch.zeros(1, 65, dtype=torch.long))


@pytest.mark.parametrize("block", block_versions.VERSIONS.values(), ids=lambda block: block.__name__)
def test_every_version_sees_the_past_only_and_learns(block):
    ids = torch.arange(400) % 7
    model, losses = block_versions.train_version(block, ids, 7, steps=12, batch=4, context=16)
    assert losses[-1] < losses[0]
    changed = ids[None, :10].clone()
    changed[0, 6:] = 3
    with torch.no_grad():
        assert torch.allclose(model(changed)[:, :6], model(ids[None, :10])[:, :6], atol=1e-5)
    assert 0 < block_versions.held_out_loss(model, ids, context=16) < 2.5


def test_swiglu_keeps_the_parameters():
    sizes = [
        sum(weight.numel() for weight in block(96, 4).mlp.parameters())
        for block in (block_versions.RMSNormBlock, block_versions.SwiGLUBlock)
    ]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)


def test_a_difference_of_sources():
    shown = SourceDiff(block_versions.GPTBlock, block_versions.RMSNormBlock)
    assert "-         self.mlp_norm = nn.LayerNorm(width)" in shown.text.splitlines()
    assert "+         self.mlp_norm = RMSNorm(width)" in repr(shown).splitlines()
    assert '"""' not in shown.text
    same = SourceDiff(gpt.Block.forward, gpt.Block.forward)
    assert {sign for sign, _ in same.lines} == {" "}
    page = shown._repr_html_()
    assert page.count("<tr") == len(shown.lines) and "<script" not in page


def test_a_difference_shows_source_as_text():
    def old(x):
        return x < 1

    def new(x):
        return "<b>" if x else "&"

    page = SourceDiff(old, new)._repr_html_()
    assert "&lt;b&gt;" in page and "<b>" not in page
