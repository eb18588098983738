"""Spoiled answers are wrong under the grader, and the filter without a right answer finds most of them."""

from llmcourse.appointment_grader import score
from llmcourse.instruction_set import load_instructions
from llmcourse.scratch.spoiled_answers import FAULTS, plausible, spoil

TRAIN = load_instructions("train")


def test_half_are_spoiled_and_worse():
    spoiled = spoil(TRAIN, 0.5)
    faulty = [(new, old) for new, old in zip(spoiled, TRAIN, strict=True) if new["fault"]]
    assert len(faulty) == 155 and {new["fault"] for new, _ in faulty} == set(FAULTS)
    assert all(score(new["output"], old["output"]) < 1 for new, old in faulty)
    assert all(new["output"] == old["output"] for new, old in zip(spoiled, TRAIN, strict=True) if not new["fault"])
    assert spoil(TRAIN, 0.5) == spoiled and spoil(TRAIN, 0.5, seed=1) != spoiled


def test_the_filter_keeps_all_that_is_right():
    assert all(plausible(example) for example in TRAIN + load_instructions("heldout"))


def test_the_filter_finds_most_faults():
    kept = [example for example in spoil(TRAIN, 1.0) if plausible(example)]
    assert len(kept) < len(TRAIN) / 4
    assert {example["fault"] for example in kept} <= {"invented", "another's answer"}
    for output in ("[]", "x", '{"day": 5, "time": 3, "place": 2}'):
        assert not plausible({"input": "Tea at noon.", "output": output})
