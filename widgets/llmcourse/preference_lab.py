"""PreferenceLab: vote blindly on pairs of answers; the votes become training data and ratings of the models."""

import json
import random
import uuid
from datetime import datetime
from pathlib import Path

import numpy as np
import traitlets

from . import preference_file
from .atomic import write_atomically
from .course_widget import CourseWidget
from .preference_file import VOTES
from .preference_pairs import AnswerPair, read_pairs
from .preference_votes import agreement, battles, chosen_rejected, position_bias
from .scratch.ratings import bootstrap, bradley_terry, win_matrix


class PreferenceLab(CourseWidget):
    """Vote on two answers without knowing who wrote which, and see the preferences grow into data and ratings.

    pairs: dictionaries {prompt, a, b} with label, model_a and model_b where known, or {prompt, chosen, rejected}.
    generate: a function prompt -> answer, or {model name: such a function}; then the learner writes prompts, and two
        answers are written to each. path: the JSONL file of the votes; by default `preferences.jsonl` among the
        learner's data. Every vote is saved at once; pairs that were voted on before are not asked again.
    battles: earlier battles (model, model, score) that count in the ratings. k: K of the Elo ratings. seed: of the
        random sides.

    Read back: votes, chosen_rejected(), all_battles, ratings, agreement, position. Bradley-Terry ratings with
    bootstrap intervals as in Chatbot Arena (Chiang et al. 2024, https://arxiv.org/abs/2403.04132).
    Raises ValueError for pairs or battles that are none, OSError when the file cannot be read.

    >>> lab = PreferenceLab([{"prompt": "2 + 2?", "a": "4", "b": "5"}], path=folder / "votes.jsonl")
    >>> lab.vote("left")
    >>> len(lab.votes), len(lab.chosen_rejected())
    (1, 1)
    """

    stem = "preference_lab"

    turn = traitlets.Int(0).tag(sync=True)  # grows with every pair shown; a request names the turn it is about
    prompt = traitlets.Unicode("").tag(sync=True)
    answers = traitlets.List(traitlets.Unicode()).tag(sync=True)  # left and right; empty when no pair is left
    waiting = traitlets.Int(0).tag(sync=True)
    request = traitlets.Dict().tag(sync=True)  # {turn, kind: 'vote' | 'undo' | 'ask', value}
    last = traitlets.Dict().tag(sync=True)  # the last vote with the names revealed
    counts = traitlets.Dict().tag(sync=True)
    agreement = traitlets.Dict().tag(sync=True)
    position = traitlets.Dict().tag(sync=True)
    models = traitlets.List(traitlets.Unicode()).tag(sync=True)
    ratings = traitlets.List(traitlets.Dict()).tag(sync=True)
    battles_data = traitlets.Bytes().tag(sync=True)  # int32 triples: two numbers of models, twice the first's score
    wins_data = traitlets.Bytes().tag(sync=True)  # float64, (models, models)
    k = traitlets.Float(4.0).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    file = traitlets.Unicode("").tag(sync=True)
    undoable = traitlets.Int(0).tag(sync=True)  # votes of this lab that can be taken back
    can_generate = traitlets.Bool(False).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, pairs=(), generate=None, path=None, *, battles=(), seed=None, **traits):
        self._writers = _writers(generate)
        self._earlier, self._dice = [tuple(battle) for battle in battles], random.Random(seed)
        self._path = Path(path) if path is not None else preference_file.default_path()
        self._votes, self.file_note = preference_file.read(self._path)
        self._mine = []  # ids of the votes of this lab: what undo takes back
        super().__init__(can_generate=bool(self._writers), file=_clean(str(self._path)), **traits)
        asked = {_key(vote) for vote in self._votes}
        self._queue = [pair for pair in read_pairs(pairs) if pair.key() not in asked]
        self._tally()
        self._next()
        self.observe(self._answer_request, names="request")

    @property
    def votes(self):
        """All votes in the file: {id, time, prompt, left, right, vote, label} each, the sides as they were shown."""
        return list(self._votes)

    @property
    def all_battles(self):
        """(model, model, score) of the earlier battles and of every vote between named models."""
        return [*self._earlier, *battles(self._votes)]

    def chosen_rejected(self):
        """The decided votes as {prompt, chosen, rejected}, the form of TRL's reward and DPO trainers."""
        return chosen_rejected(self._votes)

    def export(self, path):
        """Save `chosen_rejected()` as JSON lines and return the path. Raises OSError if it cannot be written."""
        return write_atomically(path, "".join(json.dumps(row) + "\n" for row in self.chosen_rejected()).encode())

    def vote(self, vote):
        """Vote on the pair that is shown: 'left', 'right', 'tie' or 'both bad'. Raises ValueError for another word or
        when no pair is left, OSError when the vote cannot be saved; then nothing is lost and the pair stays.
        """
        if vote not in VOTES:
            raise ValueError(f"vote must be one of {', '.join(map(repr, VOTES))}; got {vote!r}.")
        if self._pair is None:
            raise ValueError("there is no pair to vote on: give pairs=… or ask a prompt.")
        pair = self._pair
        record = {
            "id": uuid.uuid4().hex,
            "time": datetime.now().astimezone().isoformat(timespec="seconds"),
            "prompt": pair.prompt,
            "left": {"text": pair.left, "model": pair.models[0]},
            "right": {"text": pair.right, "model": pair.models[1]},
            "vote": vote,
            "label": pair.label,
        }
        self._votes, note = preference_file.change(self._path, lambda votes: [*votes, record])
        self.file_note = note or self.file_note
        self._mine.append((record["id"], pair))
        with self.hold_sync():
            self.last = {
                "vote": vote,
                "models": [_clean(name or "") for name in pair.models],
                "label": pair.label or "",
            }
            self._tally()
            self._next()

    def undo(self):
        """Take back the last vote of this lab; its pair is shown again. Raises ValueError when there is none."""
        if not self._mine:
            raise ValueError("there is no vote of this lab to take back.")
        number, pair = self._mine[-1]
        self._votes, note = preference_file.change(
            self._path, lambda votes: [vote for vote in votes if vote["id"] != number]
        )
        self.file_note = note or self.file_note
        self._mine.pop()
        if self._pair is not None:
            self._queue.insert(0, self._pair)
        with self.hold_sync():
            self.last = {}
            self._tally()
            self._show(pair)

    def ask(self, prompt):
        """Let two models (or one, twice) answer a prompt and show the pair next. Raises ValueError for an empty prompt
        or without `generate`; what a model raises comes through.
        """
        if not self._writers:
            raise ValueError("asking needs models: PreferenceLab(generate={'name': function, …}).")
        if not isinstance(prompt, str) or not prompt.strip():
            raise ValueError("the prompt is empty: write a question for the models.")
        names = self._dice.sample(list(self._writers), 2) if len(self._writers) > 1 else [*self._writers] * 2
        self.busy = True
        try:
            texts = [self._writers[name](prompt) for name in names]
        finally:
            self.busy = False
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("generate must return the answer as a string.")
        if self._pair is not None:
            self._queue.insert(0, self._pair)
        self._show(self._shuffled(AnswerPair(prompt, *texts, tuple(names))))

    def picture(self):
        """PNG bytes: the ratings with their intervals and the counts of the votes."""
        from .preference_lab_picture import preference_lab_picture

        return preference_lab_picture(self.ratings, self.counts)

    @traitlets.validate("k")
    def _in_range(self, proposal):
        if not 0 < proposal["value"] <= 1000:
            raise ValueError(f"k must be above 0 and at most 1000; got {proposal['value']}.")
        return proposal["value"]

    def _next(self):
        self._show(self._shuffled(self._queue.pop(0)) if self._queue else None)

    def _shuffled(self, pair):
        return pair.turned() if self._dice.random() < 0.5 else pair

    def _show(self, pair):
        self._pair = pair
        with self.hold_sync():
            self.prompt = _clean(pair.prompt) if pair else ""
            self.answers = [_clean(pair.left), _clean(pair.right)] if pair else []
            self.waiting = len(self._queue) + (pair is not None)
            self.turn += 1
            self._summarise()

    def _tally(self):
        fought = self.all_battles
        names, wins = win_matrix(fought)
        rated, intervals = bradley_terry(fought), bootstrap(fought)
        games = wins + wins.T
        places = {name: place for place, name in enumerate(names)}
        with self.hold_sync():
            self.undoable = len(self._mine)
            self.counts = {vote: sum(one["vote"] == vote for one in self._votes) for vote in VOTES}
            self.agreement, self.position = agreement(self._votes), position_bias(self._votes)
            self.models = [_clean(name) for name in names]
            self.ratings = [
                {
                    "name": _clean(name),
                    "rating": rated.scores[name],
                    "low": intervals[name][0],
                    "high": intervals[name][1],
                    "battles": float(games[places[name]].sum()),
                    "score": float(wins[places[name]].sum()),
                }
                for name in names
            ]
            triples = [(places[a], places[b], round(2 * score)) for a, b, score in fought]
            self.battles_data = np.array(triples, dtype="<i4").tobytes()
            self.wins_data = wins.astype("<f8").tobytes()
            self.note = " ".join(filter(None, [_clean(rated.note), _clean(self.file_note)]))

    def _summarise(self):
        total, ranked = len(self._votes), sorted(self.ratings, key=lambda one: -one["rating"])
        told = ", ".join(f"{one['name'][:40]} {one['rating']:.0f}" for one in ranked[:5])
        left = f"{self.waiting} pairs wait for a vote" if self.waiting != 1 else "1 pair waits for a vote"
        self.summary = f"{total} votes so far, {left}." + (f" Bradley-Terry ratings: {told}." if told else "")

    def _answer_request(self, change):
        request = change["new"]
        if not request or request.get("turn") != self.turn:  # a second click on a pair that is gone
            return
        act = {"vote": self.vote, "undo": lambda _: self.undo(), "ask": self.ask}.get(request.get("kind"))
        try:
            if act is not None:
                act(request.get("value"))
        except Exception as problem:  # a model may raise anything; the learner reads it in the page
            self.error = _clean(f"{problem}" or type(problem).__name__)
        else:
            self.error = ""


def _writers(generate):
    if generate is None:
        return {}
    writers = {None: generate} if callable(generate) else generate
    if not isinstance(writers, dict) or not writers or not all(callable(one) for one in writers.values()):
        raise TypeError("generate must be a function prompt -> answer, or {model name: such a function}.")
    return writers


def _key(vote):
    return vote["prompt"], frozenset((vote["left"]["text"], vote["right"]["text"]))


def _clean(text):
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent to a page
