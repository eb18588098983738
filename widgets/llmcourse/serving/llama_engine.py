"""The engine that the course built: its own Llama, a paged cache, a fixed number of slots, one thread that computes.

Each turn of its loop admits waiting jobs, reads one piece of one prompt, and writes one token of every answer that has
begun. The batch has always one row a slot, busy or idle, attention goes row by row, and no row looks at another, so a
request gets the same tokens whatever shares its batch: to the last bit with `int8-steady` weights; in float32 the place
of a row in the batch can move the last digit, and only a tie could turn on it. tests/test_llama_engine.py compares.
"""

import asyncio
import threading
import time
from collections import deque

import torch

from ..scratch.paged_cache import PagedCache, PagedStep, paged_forward
from .engine import EngineStopped, Token
from .scheduler import SlotScheduler
from .text_stream import Detokenizer
from .token_choice import TokenChoice, likeliest

WIDTH = (
    64  # attention reads a multiple of so many places: the order of its sums must not depend on a neighbour's length
)


class LlamaEngine:
    """Serve a `scratch.llama.Llama` with static or continuous batching.

    tokens: a ChatTokens. slots: answers at once. context: tokens a request may take, the model's own unless given.
    pages, page: the cache's pool, enough for all slots at full context unless given. chunk: tokens of a prompt that are
    read at once; longer prompts are read in pieces, so that the answers beside them are not held up.
    steps: turns of the loop so far. history: what became of the last 1,000 jobs, as dictionaries of times (seconds) and
    counts; its "steps" are those from a job's arrival to its end, a clock that no other work on the machine disturbs.
    """

    def __init__(
        self,
        model,
        tokens,
        name="course-llama",
        slots=4,
        context=None,
        policy="continuous",
        page=16,
        pages=None,
        chunk=64,
    ):
        self.model, self.tokens, self.name, self.slots = model, tokens, name, slots
        self.context = min(context or model.config.context, model.config.context)
        self.cache = PagedCache(model.config, pages or slots * -(-self.context // page), page, model.norm.weight.dtype)
        if self.cache.pages * page < self.context:
            raise ValueError(f"pages must hold one request of {self.context} tokens; {self.cache.pages} do not.")
        self.history, self.steps, self.chunk = deque(maxlen=1000), 0, chunk
        self._scheduler, self._changed = SlotScheduler(slots, policy), threading.Condition()
        self._closing, self._failed = False, None
        self._worker = threading.Thread(target=self._work, name="llama-engine", daemon=True)
        self._worker.start()

    def encode(self, text):
        return self.tokens.encode(text)

    def chat_prompt(self, messages):
        return self.tokens.chat_prompt(messages)

    def state(self):
        """Slots at work, jobs that wait, pages that are free."""
        with self._changed:
            busy, waiting = len(self._scheduler.running), len(self._scheduler.waiting)
            return {"alive": self._alive, "busy": busy, "waiting": waiting, "free_pages": self.cache.free}

    async def generate(self, job):
        """Yield the tokens of a job; leaving early cancels it. Raises EngineStopped."""
        run = _Run(job, asyncio.get_running_loop(), self.tokens)
        with self._changed:
            if not self._alive:
                raise EngineStopped(self._failed or "the engine is stopped")
            run.arrived_step = self.steps
            self._scheduler.add(run)
            self._changed.notify()
        try:
            while True:
                token = await run.events.get()
                if isinstance(token, Exception):
                    raise token
                yield token
                if token.finish:
                    return
        finally:
            run.cancelled = True  # the worker looks before each step

    def stop(self):
        """End every answer with EngineStopped, and the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if threading.current_thread() is not self._worker:
            self._worker.join(timeout=60)

    @property
    def _alive(self):
        return not self._closing and self._failed is None

    def _work(self):
        try:
            with torch.inference_mode():
                while self._await_work():
                    self._step()
        except Exception as problem:  # a fault here must reach the clients, who would else wait for ever
            self._failed = f"the engine failed: {type(problem).__name__}"
        with self._changed:
            left = [run for _, run in self._scheduler.running] + list(self._scheduler.waiting)
            for run in left:
                self._release(run)
                run.send(EngineStopped(self._failed or "the server is shutting down"))

    def _await_work(self):
        """Sleep until there is something to do, and admit; False when the engine is to end."""
        with self._changed:
            while not self._closing:
                for run in [run for _, run in self._scheduler.running] + list(self._scheduler.waiting):
                    if run.cancelled:
                        self._release(run)
                for slot, run in self._scheduler.admit(lambda run: self.cache.needed(run.room) <= self.cache.free):
                    run.table, run.slot, run.started = self.cache.take(run.room), slot, time.perf_counter()
                if self._scheduler.running:
                    return True
                self._changed.wait()
            return False

    def _step(self):
        runs = self._scheduler.running
        reading = [run for _, run in runs if run.read < len(run.job.prompt)]
        if reading:
            self._read(min(reading, key=lambda run: run.started))
        writing = [run for _, run in runs if run.read == len(run.job.prompt) and not run.finished and run.written]
        if writing:
            self._write(writing)
        self.steps += 1

    def _read(self, run):
        """Read one piece of a prompt, alone: its shape depends on this prompt only. The last piece gives a token."""
        start, prompt = run.read, run.job.prompt
        piece = torch.tensor([prompt[start : start + self.chunk]])
        end = start + piece.shape[1]
        places = self.cache.places(run.table, -(-end // WIDTH) * WIDTH)
        step = PagedStep(self.cache, places[start:end], places[None])
        logits = paged_forward(self.model, piece, torch.arange(start, end)[None], step)
        run.read = end
        if end == len(prompt):
            self._emit(run, logits[0])

    def _write(self, runs):
        """One token of every answer that has begun; rows of idle slots compute on page 0, and nobody reads them."""
        ids = torch.zeros(self.slots, 1, dtype=torch.long)
        positions = torch.zeros(self.slots, 1, dtype=torch.long)
        width = -(-max(run.length for run in runs) // WIDTH) * WIDTH
        read = torch.zeros(self.slots, width, dtype=torch.long)
        for run in runs:
            ids[run.slot], positions[run.slot] = run.written[-1], run.length - 1
            read[run.slot] = self.cache.places(run.table, width)
        step = PagedStep(self.cache, read.gather(1, positions)[:, 0], read)
        logits = paged_forward(self.model, ids, positions, step)
        for run in runs:
            self._emit(run, logits[run.slot])

    def _emit(self, run, logits):
        token = run.choice.choose(logits.float(), run.written)
        run.first = run.first or time.perf_counter()
        run.written.append(token)
        ended = token in self.model.config.end_ids
        finish = "stop" if ended else "length" if len(run.written) >= run.job.max_tokens else None
        text = "" if ended else run.words.push(token)
        logprob, top = None, ()
        if run.job.top_logprobs is not None:
            logprob, best = likeliest(logits.float(), token, run.job.top_logprobs)
            top = tuple((self.tokens.spelled(each), value) for each, value in best)
        run.finished = finish is not None
        if run.finished:
            text += run.words.flush()
            with self._changed:
                self._release(run)
        run.send(Token(text, finish, self.tokens.spelled(token), logprob, top))

    def _release(self, run):
        """Free slot and pages of a job, once; it goes into the history."""
        self._scheduler.release(run)
        if run.table:
            self.cache.give_back(run.table)
            run.table = []
            self.history.append(run.told() | {"steps": self.steps + 1 - run.arrived_step})


class _Run:
    """A job on its way through the engine."""

    def __init__(self, job, loop, tokens):
        self.job, self.loop, self.events = job, loop, asyncio.Queue()
        self.choice, self.words = TokenChoice(job), Detokenizer(tokens.decode)
        self.read, self.written, self.table, self.slot = 0, [], [], None
        self.arrived, self.started, self.first = time.perf_counter(), None, None
        self.cancelled = self.finished = False

    @property
    def room(self):
        """Tokens to keep room for from the beginning: then an answer never has to be thrown out for want of pages."""
        return len(self.job.prompt) + self.job.max_tokens

    @property
    def length(self):
        return len(self.job.prompt) + len(self.written)

    def send(self, event):
        try:
            self.loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:  # the loop has closed: nobody listens any more
            self.cancelled = True

    def told(self):
        times = {"arrived": self.arrived, "started": self.started, "first": self.first, "done": time.perf_counter()}
        counts = {"slot": self.slot, "prompt": len(self.job.prompt), "output": len(self.written)}
        return counts | times | {"whole": self.finished}
