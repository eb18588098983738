"""BPEStepper in Python: the steps it shows, what it reads back, and what it answers to bad input."""

import importlib.util
import json
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import BPEStepper
from llmcourse.scratch.bpe import BPETokenizer

VECTORS = Path(__file__).parent / "vectors"
TEXT = "low low low lower newest newest widest"


def test_the_vectors_that_the_page_is_held_to_are_up_to_date():
    spec = importlib.util.spec_from_file_location("make_bpe_stepper", VECTORS / "make_bpe_stepper.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    stored = json.loads((VECTORS / "bpe_stepper.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(maker.make_vectors())) == stored


def test_training_goes_merge_by_merge():
    stepper = BPEStepper(TEXT, merges=4, step=2)
    assert stepper.merges == [(b"l", b"o"), (b"lo", b"w")]
    assert stepper.pieces[0] == (" low", 2, [b" ", b"low"])
    assert stepper.summary.startswith(
        "After 2 of 4 merges the text is 30 tokens (it was 38 bytes) and the vocabulary 258"
    )
    stepper.step = 4
    assert stepper.merges == BPETokenizer().train(TEXT, 260).merges


def test_encoding_ends_in_the_tokenizers_own_ids(tokenizer):
    stepper = BPEStepper("Unbelievable: 42 tokenizers 🎉<|im_end|>", tokenizer=tokenizer)
    assert stepper.ids == tokenizer(stepper.text)["input_ids"]
    stepper.step = 10_000
    whole = BPETokenizer.from_pretrained(tokenizer)
    symbols = [symbol for _, _, piece in stepper.pieces for symbol in piece]
    known = {**whole.ids, **{name.encode(): number for name, number in whole.special.items()}}
    assert [known[symbol] for symbol in symbols] == stepper.ids
    assert len(stepper.table) == 12 * len(whole.merges)
    left, right, made = struct.unpack_from("<3I", stepper.table)
    assert whole.merges[0] == (whole.decode([left]).encode(), whole.decode([right]).encode())
    assert made == whole.ids[b"".join(whole.merges[0])]


def test_each_encoding_step_makes_the_lowest_rank():
    learnt = BPETokenizer().train(TEXT, 266)
    stepper = BPEStepper("lowest", tokenizer=learnt)
    ranks = []
    for step in range(1, 100):
        stepper.step = step
        if stepper.step < step:
            break
        ranks.append(learnt.ranks[stepper.merges[-1]])
    assert ranks == sorted(ranks) and ranks


def test_a_new_text_keeps_the_step_in_range():
    stepper = BPEStepper(TEXT, step=12, selected=3)
    stepper.text = "ab"
    assert (stepper.step, stepper.selected, stepper.merges) == (1, -1, [(b"a", b"b")])
    stepper.set_trait("limit", 0)
    assert stepper.step == 0


def test_text_and_step_may_arrive_together():
    stepper = BPEStepper("ab")
    stepper.set_state({"step": 9, "text": TEXT})  # what one message of the page does
    assert (stepper.step, stepper.text) == (9, TEXT)


def test_bad_text_is_told_and_the_last_good_view_stays():
    stepper = BPEStepper(TEXT, step=2)
    stepper.text = ""
    assert stepper.error == "text is empty: write at least one word."
    assert stepper.merges == [(b"l", b"o"), (b"lo", b"w")]
    stepper.text = "a" * 20_001
    assert stepper.error == "text has 20,001 characters; at most 20,000 fit here. Shorten it."
    stepper.text = "fine"
    assert stepper.error == ""


def test_bad_arguments_are_named(tokenizer):
    with pytest.raises(TypeError, match="text must be a string; got int"):
        BPEStepper(3)
    with pytest.raises(TypeError, match="merges must be a whole number; got 2.5"):
        BPEStepper("a", merges=2.5)
    with pytest.raises(ValueError, match="merges must lie between 0 and 500; got 501"):
        BPEStepper("a", merges=501)
    with pytest.raises(ValueError, match="text is empty"):
        BPEStepper("")
    with pytest.raises(ValueError, match="at most 1,000 fit"):
        BPEStepper("a" * 1001, tokenizer=tokenizer)
    with pytest.raises(ValueError, match="must be a fast tokenizer"):
        BPEStepper("a", tokenizer="gpt2")
    with pytest.raises(ValueError, match="ids need a tokenizer"):
        _ = BPEStepper("a").ids


LEARNT = BPETokenizer().train(TEXT * 3, 280)


@given(
    text=st.one_of(
        st.text(min_size=1, max_size=80), st.sampled_from(["</script><script>x", "\x00", "\ud83c", "\u202e" * 9])
    ),
    merges=st.integers(0, 40),
    step=st.integers(-5, 60),
    selected=st.integers(-5, 60),
    encode=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_any_text_has_steps_a_picture_and_a_page(text, merges, step, selected, encode):
    stepper = BPEStepper(text, merges, LEARNT if encode else None, step=step, selected=selected)
    assert len(stepper.merges) == stepper.step
    joined = b"".join(symbol * times for _, times, symbols in stepper.pieces for symbol in symbols)
    assert len(joined) == len(text.encode("utf-8", "replace"))
    assert stepper.summary and stepper.error == ""
    assert stepper.picture().startswith(b"\x89PNG")
    assert stepper.to_html()
