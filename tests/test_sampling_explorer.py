"""SamplingExplorer in Python: what it keeps and draws, as the page does, and its answers to bad input."""

import base64
import doctest
import json
import math
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from llmcourse import SamplingExplorer, sampling_explorer, sampling_outcome, shared_random, vocabulary
from llmcourse.shared_random import seeded_uniform
from llmcourse.vocabulary import fill_names, pack_names, token_names
from programs import need_program
from tiny_models import tiny_llama
from vectors.make_sampling import CASES, IDS, OFF, PATH, make_logits, make_vectors

CUT = Path(__file__).parent / "javascript" / "cut_logits.mjs"
ABC = ["a", "b", "c", "d"]
FOUR = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()


@pytest.fixture
def live(tokenizer):
    return SamplingExplorer(model=tiny_llama(), tokenizer=tokenizer, text="The cat sat")


def in_javascript(cases):
    """What the page makes of (logits, ids, settings, seed, step, draws)."""
    sent = [
        {
            "logits": base64.b64encode(logits.numpy().tobytes()).decode(),
            "ids": ids,
            "settings": {**OFF, **settings},
            "seed": seed,
            "step": 0,
            "draws": draws,
        }
        for logits, ids, settings, seed, draws in cases
    ]
    run = subprocess.run(
        [need_program("node"), str(CUT)], input=json.dumps(sent), capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def random_case(number):
    dice, generator = random.Random(number), torch.Generator().manual_seed(number)
    size = dice.choice([1, 2, 40, 1_000, 49_152])
    logits = torch.randn(size, generator=generator) * dice.choice([0.0, 0.5, 3.0, 10.0])
    if dice.random() < 0.3:
        logits = logits.bfloat16().float()  # many ties
    if dice.random() < 0.2:
        logits[torch.rand(size, generator=generator) < 0.3] = -math.inf
        logits[0] = 1.0
    settings = {
        "temperature": dice.choice([0, 0.01, 0.5, 0.7, 1.0, 1.3, 3.7]),
        "top_k": dice.choice([0, 0, 1, 50, 10_000]),
        "top_p": dice.choice([1.0, 0.1, 0.5, 0.9, 0.999]),
        "min_p": dice.choice([0.0, 0.01, 0.5, 1.0]),
        "typical_p": dice.choice([1.0, 0.2, 0.5, 0.99]),
        "repetition_penalty": dice.choice([1.0, 0.8, 1.3]),
    }
    ids = [dice.randrange(size) for _ in range(dice.choice([0, 5, 100]))]
    return logits, ids, settings, number, 40


def test_the_vectors_are_still_what_transformers_computes():
    stored, made = json.loads(PATH.read_text(encoding="utf-8")), json.loads(json.dumps(make_vectors()))
    assert stored["third_uniform"] == made["third_uniform"]
    for old, new in zip(stored["cases"], made["cases"], strict=True):
        old_shown, new_shown = np.array(old.pop("probabilities")), np.array(new.pop("probabilities"))
        assert old == new, "run python tests/vectors/make_sampling.py"
        assert np.allclose(old_shown[:, 1], new_shown[:, 1], atol=1e-6)


@pytest.mark.parametrize("vector", json.loads(PATH.read_text(encoding="utf-8"))["cases"], ids=lambda case: case["name"])
def test_keeps_what_transformers_keeps(vector):
    logits = make_logits(vector["logits"])
    explorer = SamplingExplorer(logits, ABC, ids=IDS, **vector["settings"])
    bits = np.unpackbits(np.frombuffer(base64.b64decode(vector["kept"]), np.uint8))[: len(logits)]
    assert sorted(explorer.kept_ids) == bits.nonzero()[0].tolist()
    for number, probability in vector["probabilities"]:
        assert float(explorer.probs[number]) == pytest.approx(probability, abs=1e-5)
    assert sum(explorer.kept_probs) == pytest.approx(1)


def test_the_page_computes_what_python_computes():
    cases = [random_case(number) for number in range(60)]
    cases += [(make_logits(recipe), IDS, {**OFF, **changes}, 3, 100) for recipe, changes in CASES.values()]
    for case, page in zip(cases, in_javascript(cases), strict=True):
        logits, ids, settings, seed, draws = case
        explorer = SamplingExplorer(logits, ABC, ids=ids, seed=seed, draws=draws, **settings)
        assert page["kept_ids"] == explorer.kept_ids, settings
        assert np.allclose(page["kept_probs"], explorer.kept_probs, atol=1e-9), settings
        assert page["drawn"] == {str(number): count for number, count in explorer.drawn.items()}, settings
        assert page["removed"] == explorer.removed(), settings
        assert page["mass"] == pytest.approx(explorer.kept_mass(), abs=1e-6)
        kept = np.array(explorer.kept_probs)
        kept = kept[kept > 0]
        assert page["entropy"] == pytest.approx(float(-(kept * np.log2(kept)).sum()), abs=1e-5)


def test_settings_read_back():
    explorer = SamplingExplorer(FOUR, ABC, top_k=3)
    assert explorer.kept_ids == [0, 1, 2]
    assert explorer.kept_probs == pytest.approx([4 / 9, 3 / 9, 2 / 9])
    assert explorer.probs.tolist() == pytest.approx([4 / 9, 3 / 9, 2 / 9, 0])
    assert explorer.kept_mass() == pytest.approx(0.9)
    assert explorer.removed() == {"top_k": 1}
    explorer.temperature = 0
    assert explorer.kept_ids == [0]
    assert explorer.kept_probs == [1.0]
    assert explorer.removed() == {"temperature": 3}
    assert "1 of 4 tokens" in explorer.summary


def test_draws_are_reproducible_and_follow_the_settings():
    explorer = SamplingExplorer(FOUR, ABC, seed=5)
    first = explorer.draw(100)
    assert explorer.draws == 100
    assert explorer.drawn == {number: first.count(number) for number in explorer.drawn}
    assert SamplingExplorer(FOUR, ABC, seed=5).draw(100) == first
    assert SamplingExplorer(FOUR, ABC, seed=6).draw(100) != first
    explorer.top_k = 1
    assert explorer.drawn == {0: 100}
    with pytest.raises(ValueError, match="from 0 to 10000"):
        explorer.draw(20_000)


@pytest.mark.parametrize("module", [sampling_explorer, sampling_outcome, shared_random, vocabulary])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted > 0


def test_random_numbers_differ_between_steps():
    assert not np.array_equal(seeded_uniform(0, 0, 5), seeded_uniform(0, 1, 5))
    assert np.array_equal(seeded_uniform(0, 0, 5), seeded_uniform(0, 0, 9)[:5])


def test_the_model_goes_on_from_an_appended_token(live, tokenizer):
    first = live.logits.clone()
    live.draw(10)
    live.append(live.kept_ids[0])
    assert live.text == "The cat sat" + tokenizer.decode(live.appended)
    assert live.step == 1
    assert live.draws == 0
    assert len(live.tokens) == len(live.ids) == 4
    assert not torch.equal(live.logits, first)
    expected = tiny_llama()(torch.tensor([live.ids])).logits[0, -1]
    assert torch.allclose(live.logits, expected, atol=1e-5)
    live.appended = []
    assert torch.allclose(live.logits, first)
    assert live.text == "The cat sat"


def test_a_new_text_begins_anew(live, tokenizer):
    live.append(5)
    live.text = "Dogs bark"
    assert live.appended == []
    assert live.ids == tokenizer("Dogs bark")["input_ids"]
    assert live.step == 0


def test_a_bad_prompt_is_told_and_the_last_good_view_stays(live):
    before = live.logits
    live.prompt = ""
    assert "empty" in live.error
    assert live.logits is before
    live.prompt = "The cat sat"
    assert live.error == ""


def test_a_text_that_fills_the_context_is_told(tokenizer):
    explorer = SamplingExplorer(model=tiny_llama(context=4), tokenizer=tokenizer, text="The cat sat")
    explorer.append(5)
    explorer.append(6)
    assert "at most 4" in explorer.error
    assert explorer.appended == [5]
    assert len(explorer.ids) == 4


def test_the_repetition_penalty_counts_the_appended_tokens(live):
    live.repetition_penalty = 2.0
    live.append(7)
    punished = live.logits.clone()
    for number in set(live.ids):
        punished[number] *= 0.5 if punished[number] > 0 else 2.0
    assert torch.allclose(live.probs, punished.softmax(-1), atol=1e-6)
    assert 7 in live.ids


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ((), TypeError, "needs logits"),
        ((FOUR,), TypeError, "needs logits"),
        ((FOUR[None], ABC), ValueError, r"shape \(vocab,\)"),
        ((FOUR * math.nan, ABC), ValueError, "NaN"),
        (([1.0, math.inf], ABC), ValueError, r"\+inf"),
        (([-math.inf, -math.inf], ABC), ValueError, "every logit is -inf"),
        (([], ABC), ValueError, "shape"),
    ],
)
def test_bad_logits_are_explained(arguments, error, sentence):
    with pytest.raises(error, match=sentence):
        SamplingExplorer(*arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -1),
        ("temperature", math.nan),
        ("temperature", 0.001),
        ("top_k", -1),
        ("top_p", 0.0),
        ("top_p", 1.5),
        ("min_p", -0.1),
        ("typical_p", 0.0),
        ("repetition_penalty", 0.0),
        ("seed", -1),
        ("draws", 10_001),
    ],
)
def test_a_bad_setting_is_explained(name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        SamplingExplorer(FOUR, ABC, **{name: value})
    explorer = SamplingExplorer(FOUR, ABC)
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=f"{name} must be"):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_bad_texts_are_explained(tokenizer):
    with pytest.raises(TypeError, match="text must be a string"):
        SamplingExplorer(model=tiny_llama(), tokenizer=tokenizer, text=7)
    with pytest.raises(ValueError, match="text is empty"):
        SamplingExplorer(model=tiny_llama(), tokenizer=tokenizer, text="")
    with pytest.raises(ValueError, match="append needs a model"):
        SamplingExplorer(FOUR, ABC).append(1)


def test_every_token_has_a_name(tokenizer):
    names = token_names(tokenizer, 49_160)
    assert names[2644] == " cat"
    assert names[-1] == "<49159>"
    assert len(names) == 49_160
    assert names[2] == "<|im_end|>"
    assert fill_names(["a", "b", "c"], 2) == ["a", "b"]
    packed = pack_names(names)
    assert packed.count(b"\xff") == 49_160
    assert packed.split(b"\xff")[2644].decode() == " cat"


def test_logits_may_be_longer_than_the_tokenizer_knows():
    explorer = SamplingExplorer(torch.tensor([0.0, 0.0, 5.0]), ["a"])
    assert "<2> 98.7%" in explorer.summary


def test_hostile_names_stay_data():
    names = ["</script><script>alert(1)</script>", "\u202e", "\x00", "🎉", "a" * 5000, "\ud83c"]
    explorer = SamplingExplorer(torch.zeros(6), names, ids=[0, 1])
    page = explorer.to_html()
    assert "<script>alert" not in page
    assert explorer.picture().startswith(b"\x89PNG")


def test_picture_and_page_of_a_whole_vocabulary(tokenizer, tmp_path):
    explorer = SamplingExplorer(make_logits({"size": 49_152, "seed": 1, "scale": 3.0}), tokenizer, top_p=0.9)
    assert explorer.to_png(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert len(explorer.logits_data) == 4 * 49_152
    page = explorer.to_html(tmp_path / "a.html").read_text(encoding="utf-8")
    assert len(page) < 1_500_000
    for size in (1, 2):
        assert SamplingExplorer(torch.zeros(size), ABC).picture().startswith(b"\x89PNG")
