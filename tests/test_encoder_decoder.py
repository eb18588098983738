"""scratch/encoder_decoder.py against torch's own transformer; the date task; what the masks hide."""

import copy
from datetime import date, timedelta

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse.scratch import spoken_dates
from llmcourse.scratch.attention import causal_mask
from llmcourse.scratch.encoder_decoder import Attention, DecoderBlock, EncoderBlock, EncoderDecoder
from llmcourse.scratch.twin_weights import attention_weights_of, block_weights_of

WIDTH, HEADS, HIDDEN = 16, 4, 24


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return EncoderDecoder(20, 15, width=WIDTH, heads=HEADS, hidden=HIDDEN, layers=2).eval()


def random_ids(batch, tokens, vocabulary, seed=0):
    return torch.randint(3, vocabulary, (batch, tokens), generator=torch.Generator().manual_seed(seed))


@given(st.integers(1, 5), st.integers(1, 5), st.booleans())
@settings(max_examples=25, deadline=None)
def test_attention_equals_torch(queries, keys, masked):
    theirs = torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).eval()
    ours, seen = Attention(WIDTH, HEADS), []
    ours.load_state_dict(attention_weights_of(theirs))
    x, memory = torch.randn(2, queries, WIDTH), torch.randn(2, keys, WIDTH)
    mask = causal_mask(queries, max(queries, keys))[:, -keys:] if masked and keys >= queries else None
    wanted, weights = theirs(x, memory, memory, attn_mask=None if mask is None else ~mask, average_attn_weights=False)
    assert torch.allclose(ours(x, memory, mask, seen), wanted, atol=1e-5)
    assert torch.allclose(seen[0], weights, atol=1e-6)


@given(st.integers(1, 6), st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_blocks_equal_torch(target, source):
    sizes = {"d_model": WIDTH, "nhead": HEADS, "dim_feedforward": HIDDEN, "batch_first": True}
    encoder = torch.nn.TransformerEncoderLayer(**sizes).eval()
    decoder = torch.nn.TransformerDecoderLayer(**sizes).eval()
    ours, our_decoder = EncoderBlock(WIDTH, HEADS, HIDDEN), DecoderBlock(WIDTH, HEADS, HIDDEN)
    ours.load_state_dict(block_weights_of(encoder))
    our_decoder.load_state_dict(block_weights_of(decoder))
    x, y = torch.randn(2, source, WIDTH), torch.randn(2, target, WIDTH)
    real = torch.ones(2, source, dtype=torch.bool)
    real[1, source // 2 + 1 :] = False
    with torch.no_grad():
        memory, mask = encoder(x, src_key_padding_mask=~real), real[:, None, None]
        # torch's fast path may give other numbers where there is only padding; nobody reads those.
        assert torch.allclose(ours(x, mask)[real], memory[real], atol=1e-5)
        wanted = decoder(y, memory, tgt_mask=~causal_mask(target), memory_key_padding_mask=~real)
        assert torch.allclose(our_decoder(y, memory, causal_mask(target), mask), wanted, atol=1e-5)


def test_the_whole_equals_torch(model):
    theirs = torch.nn.Transformer(WIDTH, HEADS, 2, 2, HIDDEN, batch_first=True).eval()
    theirs.encoder.norm = theirs.decoder.norm = None  # torch adds a norm behind each stack; the paper has none
    ours = copy.deepcopy(model)
    for stack, layers in ((ours.encoder, theirs.encoder.layers), (ours.decoder, theirs.decoder.layers)):
        for block, layer in zip(stack, layers, strict=True):
            block.load_state_dict(block_weights_of(layer))
    source, target = random_ids(3, 7, 20), random_ids(3, 5, 15)
    source[0, 4:] = 0
    with torch.no_grad():
        x, y = ours._placed(ours.source_embed(source)), ours._placed(ours.target_embed(target))
        pads = {"src_key_padding_mask": source == 0, "memory_key_padding_mask": source == 0}
        wanted = ours.head(theirs(x, y, tgt_mask=~causal_mask(5), **pads))
        assert torch.allclose(ours(source, target), wanted, atol=1e-5)


def test_the_future_changes_nothing_and_padding_neither(model):
    source, target = random_ids(1, 6, 20), random_ids(1, 5, 15)
    changed = target.clone()
    changed[0, 3:] = 4
    with torch.no_grad():
        logits = model(source, target)
        assert torch.allclose(model(source, changed)[:, :3], logits[:, :3], atol=1e-6)
        padded = torch.nn.functional.pad(source, (0, 9))
        assert torch.allclose(model(padded, target), logits, atol=1e-5)
        model.padding_masked = False
        assert not torch.allclose(model(padded, target), logits, atol=1e-3)
        model.padding_masked, model.masked = True, False
        assert not torch.allclose(model(source, changed)[:, :3], logits[:, :3], atol=1e-3)
        model.masked = True


def test_writing_is_greedy_and_its_weights_are_seen(model):
    source = random_ids(2, 6, 20)
    written = model.write(source, 4)
    read = torch.cat([torch.ones(2, 1, dtype=torch.long), written[:, :-1]], 1)
    assert torch.equal(model(source, read).argmax(-1), written)
    weights = model.attention(source[:1], read[:1])
    assert {name: tuple(stack.shape) for name, stack in weights.items()} == {
        "encoder": (2, HEADS, 6, 6),
        "decoder": (2, HEADS, 4, 4),
        "cross": (2, HEADS, 4, 6),
    }
    assert all(torch.allclose(stack.sum(-1), torch.ones(())) for stack in weights.values())


def test_every_spoken_date_is_another(model):
    days = [date(1900, 1, 1) + timedelta(days=number) for number in range(73_049)]
    assert days[-1] == date(2099, 12, 31)
    for british in (True, False):
        texts = {spoken_dates.spoken(day, british) for day in days}
        assert len(texts) == len(days)
    words = set(spoken_dates.vocabulary())
    assert {word for text in texts for word in text.split()} <= words
    assert len(words) == len(spoken_dates.vocabulary())


@pytest.mark.parametrize(
    "day, words",
    [
        (date(1900, 1, 30), "the thirtieth of january nineteen hundred"),
        (date(2000, 10, 20), "the twentieth of october two thousand"),
        (date(2010, 5, 31), "the thirty first of may twenty ten"),
        (date(1987, 3, 3), "the third of march nineteen eighty seven"),
    ],
)
def test_dates_as_they_are_spoken(day, words):
    assert spoken_dates.spoken(day) == words


def test_held_out_days_are_never_trained_on():
    trained, tested = (set(spoken_dates.draw(3000, 0, held_out)[1]) for held_out in (False, True))
    assert not trained & tested
    assert spoken_dates.draw(5, 3) == spoken_dates.draw(5, 3) != spoken_dates.draw(5, 4)


def test_ids_and_back():
    day = date(2031, 12, 9)
    ids = spoken_dates.target_ids([day])
    assert spoken_dates.written(ids[0]) == "2031-12-09" and ids.shape == (1, spoken_dates.LENGTH)
    assert spoken_dates.shift_right(ids)[0].tolist() == [1, *ids[0, :-1].tolist()]


def test_training_lowers_the_loss_and_is_repeatable():
    model, losses, _ = spoken_dates.train_dates(steps=25, batch=16)
    assert losses[-1] < losses[0] - 0.5
    assert spoken_dates.train_dates(steps=25, batch=16)[1] == losses
    assert 0 <= spoken_dates.accuracy(model, 8) <= 1
    assert len(spoken_dates.train_dates(steps=2, forced=False, batch=4)[1]) == 2
