"""PreferenceLab in Python: votes that are saved and survive, what they say, and its answers to bad input."""

import doctest
import json
import math
import subprocess
import sys
import threading

import llmcourse
import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import (
    preference_file,
    preference_lab,
    preference_lab_picture,
    preference_pairs,
    preference_votes,
)
from llmcourse.preference_lab import PreferenceLab
from llmcourse.preference_pairs import read_pairs
from llmcourse.preference_votes import agreement, cohens_kappa, position_bias, wilson_interval
from vectors.make_preference_lab import PATH, make_vectors
from widget_examples import HOSTILE

PAIRS = [
    {"prompt": f"Question {n}?", "a": f"yes {n}", "b": f"no {n}", "model_a": "x", "model_b": "y", "label": "a"}
    for n in range(4)
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "votes" / "votes.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    "module", [preference_lab, preference_votes, preference_pairs, preference_file, preference_lab_picture]
)
def test_the_examples_of_the_docstrings(module, tmp_path):
    assert doctest.testmod(module, extraglobs={"folder": tmp_path}).failed == 0


def test_the_vectors_are_still_what_python_computes():
    stored, made = json.loads(PATH.read_text(encoding="utf-8")), make_vectors()
    for old, new in zip(stored["cases"], made["cases"], strict=True):
        assert old["battles"] == new["battles"]
        assert old["ratings"] == pytest.approx(new["ratings"], abs=1e-9)


def test_a_vote_is_saved_at_once_and_the_names_are_shown_only_then(path):
    lab = PreferenceLab(PAIRS, path=path, seed=1)
    shown = json.dumps({name: value for name, value in lab.exported_state().items() if not isinstance(value, bytes)})
    assert '"x"' not in shown and '"y"' not in shown
    answers = list(lab.answers)
    lab.vote("left")
    [saved] = lines(path)
    assert [saved["left"]["text"], saved["right"]["text"]] == answers
    assert saved["vote"] == "left"
    assert lab.last["models"] == [saved["left"]["model"], saved["right"]["model"]]
    assert lab.chosen_rejected() == [{"prompt": saved["prompt"], "chosen": answers[0], "rejected": answers[1]}]
    assert isinstance(lab, llmcourse.PreferenceLab)


def test_by_default_votes_lie_in_the_learners_folder(learner_folder):
    lab = PreferenceLab(PAIRS)
    lab.vote("tie")
    assert len(lines(learner_folder / "preferences.jsonl")) == 1
    assert lab.chosen_rejected() == []


def test_sides_are_random_and_labels_turn_with_them(path):
    many = [{"prompt": str(n), "chosen": f"good {n}", "rejected": f"bad {n}"} for n in range(300)]
    lab = PreferenceLab(many, path=path, seed=3)
    left = 0
    for _ in range(60):
        left += lab.answers[0].startswith("good")
        assert lab._pair.label == ("left" if lab.answers[0].startswith("good") else "right")
        lab.vote(lab._pair.label)
    assert 18 <= left <= 42
    assert lab.agreement["percent"] == 100
    assert lab.agreement["kappa"] == pytest.approx(1)


def test_undo_takes_back_this_labs_votes_and_shows_the_pair_again(path):
    lab = PreferenceLab(PAIRS, path=path, seed=2)
    prompts = []
    for vote in ("left", "both bad"):
        prompts.append((lab.prompt, list(lab.answers)))
        lab.vote(vote)
    lab.undo()
    assert (lab.prompt, lab.answers) == prompts[1]
    assert lab.waiting == 3
    lab.undo()
    assert (lab.prompt, lab.answers, lab.undoable) == (*prompts[0], 0)
    assert lines(path) == []
    with pytest.raises(ValueError, match="no vote of this lab"):
        lab.undo()


def test_another_lab_goes_on_where_this_one_stopped(path):
    first = PreferenceLab(PAIRS, path=path)
    asked = {first.prompt}
    first.vote("left")
    second = PreferenceLab(PAIRS, path=path)
    assert second.waiting == 3
    assert second.prompt not in asked
    second.vote("right")
    first.vote("tie")
    assert len(first.votes) == len(lines(path)) == 3
    second.undo()
    assert [vote["vote"] for vote in lines(path)] == ["left", "tie"]


def test_two_labs_at_once_lose_no_vote(path):
    def work(name):
        pairs = [{"prompt": f"{name} {n}", "a": "1", "b": "2"} for n in range(15)]
        lab = PreferenceLab(pairs, path=path)
        for _ in range(15):
            lab.vote("left")

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(path)) == 30


def test_a_killed_kernel_leaves_whole_votes(path):
    code = (
        "import os, sys\nfrom llmcourse.preference_lab import PreferenceLab\n"
        "lab = PreferenceLab([{'prompt': str(n), 'a': 'x' * 9999, 'b': 'y'} for n in range(99)], path=sys.argv[1])\n"
        "for n in range(3):\n    lab.vote('left')\nos._exit(9)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60)
    assert run.returncode == 9
    lab = PreferenceLab(PAIRS, path=path)
    assert len(lab.votes) == 3
    assert lab.note == ""


@pytest.mark.parametrize(
    "line", [b"{broken", b"[]", b"\xff\xfe", b'{"id": "1", "prompt": "p", "vote": "maybe"}', b"null"]
)
def test_a_broken_line_is_kept_aside_and_said(path, line):
    PreferenceLab(PAIRS, path=path).vote("left")
    good = path.read_bytes()
    path.write_bytes(line + b"\n" + good)
    lab = PreferenceLab(PAIRS, path=path)
    assert "1 line was no vote" in lab.note
    assert len(lab.votes) == 1
    assert path.read_bytes() == good
    [aside] = path.parent.glob("*.broken-*")
    assert aside.read_bytes() == line + b"\n"


def test_a_file_locked_by_another_is_told_and_the_pair_stays(path, monkeypatch):
    lab = PreferenceLab(PAIRS, path=path)
    monkeypatch.setattr(preference_file, "_PATIENCE", 0.05)
    before = lab.prompt
    with FileLock(f"{path}.lock"):
        lab.request = {"turn": lab.turn, "kind": "vote", "value": "left"}
    assert "lock" in lab.error
    assert (lab.prompt, lab.votes) == (before, [])
    lab.request = {"turn": lab.turn, "kind": "vote", "value": "left", "number": 2}
    assert (lab.error, len(lab.votes)) == ("", 1)


def test_the_page_votes_once_a_pair(path):
    lab = PreferenceLab(PAIRS, path=path)
    turn = lab.turn
    lab.request = {"turn": turn, "kind": "vote", "value": "left", "number": 1}
    lab.request = {"turn": turn, "kind": "vote", "value": "left", "number": 2}
    assert len(lab.votes) == 1
    lab.request = {"turn": lab.turn, "kind": "undo"}
    assert lab.votes == []
    lab.request = {"turn": lab.turn, "kind": "vote", "value": "maybe"}
    assert "vote must be one of" in lab.error
    lab.request = {"turn": lab.turn, "kind": "nonsense"}
    assert lab.error == ""


def test_models_answer_a_prompt_of_the_learners_own(path):
    lab = PreferenceLab(generate={"loud": str.upper, "quiet": str.lower}, path=path, seed=0)
    assert lab.answers == []
    lab.ask("Hello There")
    assert sorted(lab.answers) == ["HELLO THERE", "hello there"]
    lab.vote("left")
    assert sorted(lab.last["models"]) == ["loud", "quiet"]
    assert [one["battles"] for one in lab.ratings] == [1, 1]
    alone = PreferenceLab(generate=str.title, path=path)
    alone.ask("one model")
    assert alone.answers == ["One Model"] * 2
    alone.vote("tie")
    assert len(alone.all_battles) == 1


def test_a_model_that_fails_is_told_and_the_pair_stays(path):
    def broken(prompt):
        raise RuntimeError("out of memory")

    lab = PreferenceLab(PAIRS, generate={"a": broken, "b": broken}, path=path)
    before = lab.prompt
    lab.request = {"turn": lab.turn, "kind": "ask", "value": "Hi"}
    assert (lab.error, lab.prompt, lab.busy) == ("out of memory", before, False)
    lab.request = {"turn": lab.turn, "kind": "ask", "value": " "}
    assert "prompt is empty" in lab.error


def test_ratings_are_those_of_the_battles(path):
    earlier = [("x", "y", 1)] * 6 + [("x", "y", 0)] * 3
    lab = PreferenceLab(PAIRS, path=path, battles=earlier, seed=0)
    by_name = {one["name"]: one for one in lab.ratings}
    assert by_name["x"]["rating"] - by_name["y"]["rating"] == pytest.approx(400 * math.log10(2))
    assert by_name["x"]["low"] < by_name["x"]["rating"] < by_name["x"]["high"]
    assert np.frombuffer(lab.wins_data, "<f8").tolist() == [0, 6, 3, 0]
    assert np.frombuffer(lab.battles_data, "<i4").reshape(-1, 3).tolist() == [[0, 1, 2]] * 6 + [[0, 1, 0]] * 3
    winner = "left" if lab._pair.models[0] == "x" else "right"
    lab.vote(winner)
    assert {one["name"]: one["score"] for one in lab.ratings} == {"x": 7, "y": 3}


def test_kappa_by_hand():
    # 20 judged by two raters: both yes 9, both no 6, yes-no 2, no-yes 3. Observed .75, chance .55*.6 + .45*.4 = .51.
    first = ["y"] * 9 + ["n"] * 6 + ["y"] * 2 + ["n"] * 3
    second = ["y"] * 9 + ["n"] * 6 + ["n"] * 2 + ["y"] * 3
    assert cohens_kappa(first, second) == pytest.approx((0.75 - 0.51) / 0.49)
    assert cohens_kappa(["a"], ["a"]) is None
    assert cohens_kappa([], []) is None
    assert cohens_kappa(["a", "b"], ["b", "a"]) == pytest.approx(-1)


def test_agreement_counts_labelled_votes_only():
    votes = [
        {"vote": "left", "label": "left"},
        {"vote": "both bad", "label": "tie"},
        {"vote": "right", "label": "left"},
        {"vote": "left", "label": None},
    ]
    told = agreement(votes)
    assert (told["compared"], told["agreed"]) == (3, 2)
    assert told["percent"] == pytest.approx(200 / 3)
    assert told["kappa"] == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))


def test_the_pull_of_a_position():
    told = position_bias([{"vote": "left"}] * 18 + [{"vote": "right"}] * 2 + [{"vote": "tie"}] * 9)
    assert (told["left"], told["right"], told["share"]) == (18, 2, 0.9)
    assert told["low"] > 0.5
    assert position_bias([])["share"] is None
    # Agresti and Coull 1998: the score interval's ends solve (p - share)^2 = z^2 p (1 - p) / n.
    for edge in wilson_interval(7, 30):
        assert (edge - 7 / 30) ** 2 == pytest.approx(1.959964**2 * edge * (1 - edge) / 30)


def test_the_export_is_what_trl_reads(path, tmp_path):
    lab = PreferenceLab([{"prompt": HOSTILE, "a": "1", "b": "2"}], path=path)
    chosen, rejected = lab.answers
    lab.vote("left")
    written = lab.export(tmp_path / "out" / "train.jsonl")
    assert lines(written) == [{"prompt": HOSTILE, "chosen": chosen, "rejected": rejected}]


def test_conversations_of_trl_are_read():
    [pair] = read_pairs(
        [
            {
                "prompt": [{"role": "user", "content": "Hi"}],
                "chosen": [{"role": "assistant", "content": "Hello"}],
                "rejected": [{"role": "assistant", "content": "Yo"}],
            }
        ]
    )
    assert (pair.prompt, pair.left, pair.right, pair.label) == ("Hi", "Hello", "Yo", "left")


@pytest.mark.parametrize(
    ("make", "kind", "match"),
    [
        (lambda p: PreferenceLab(["text"], path=p), ValueError, "pair 0 must be"),
        (lambda p: PreferenceLab([{"prompt": "a"}], path=p), ValueError, "pair 0 must be"),
        (lambda p: PreferenceLab([{"prompt": 1, "a": "", "b": ""}], path=p), ValueError, "must be strings"),
        (lambda p: PreferenceLab([{**PAIRS[0], "label": "c"}], path=p), ValueError, "label must be"),
        (lambda p: PreferenceLab([{**PAIRS[0], "model_a": 3}], path=p), ValueError, "must be names"),
        (lambda p: PreferenceLab(generate=3, path=p), TypeError, "generate must be"),
        (lambda p: PreferenceLab(generate={}, path=p), TypeError, "generate must be"),
        (lambda p: PreferenceLab(battles=[("a", "b")], path=p), ValueError, "a battle must be"),
        (lambda p: PreferenceLab(k=0, path=p), ValueError, "k must be"),
        (lambda p: PreferenceLab(path=p).vote("left"), ValueError, "no pair"),
        (lambda p: PreferenceLab(PAIRS, path=p).vote("A"), ValueError, "vote must be"),
        (lambda p: PreferenceLab(path=p).ask("Hi"), ValueError, "needs models"),
        (lambda p: PreferenceLab(generate=len, path=p).ask("Hi"), ValueError, "as a string"),
    ],
)
def test_bad_arguments_are_named(make, kind, match, path):
    with pytest.raises(kind, match=match):
        make(path)


TEXTS = st.sampled_from(["", "short", HOSTILE, "\ud83c", "$x$", "\x00", "_a"]) | st.text(max_size=20)


@settings(max_examples=15, deadline=None)
@given(
    texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS), max_size=4),
    votes=st.lists(st.sampled_from(["left", "right", "tie", "both bad"]), max_size=4),
)
def test_any_texts_can_be_voted_on(texts, votes, tmp_path_factory):
    pairs = [
        {"prompt": prompt, "a": a, "b": b, "model_a": one or None, "model_b": two or None}
        for prompt, a, b, one, two in texts
    ]
    path = tmp_path_factory.mktemp("lab") / "v.jsonl"
    lab = PreferenceLab(pairs, path=path)
    for vote in votes[: len(pairs)]:
        lab.vote(vote)
    assert lab.summary
    assert lab.picture().startswith(b"\x89PNG")
    assert "</html>" in lab.to_html()
    again = PreferenceLab(pairs, path=path)
    assert again.votes == lab.votes
