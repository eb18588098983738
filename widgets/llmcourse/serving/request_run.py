"""One request from admission to its last byte, whatever happens in between: its places always come back."""

import asyncio
import time
from contextlib import aclosing

from fastapi.responses import JSONResponse, StreamingResponse

from .answering import all_pieces, several
from .engine import EngineStopped, Job
from .errors import ApiError, error_body
from .replies import DONE, Reply, sse, usage_of


class RequestRun:
    """Check a request against context and limits, admit it, answer it as a stream or as a whole.

    state: the app's; name: whose key; prompts: lists of ids; top_logprobs: as in Job; most: tokens of an answer, what
    the context leaves unless given. Raises ApiError.
    """

    def __init__(self, state, name, body, prompts, top_logprobs, most):
        self.state, self.name, self.body, self.begin = state, name, body, time.perf_counter()
        context, copies = state.engine.context, body.n or 1
        jobs = [self._job(prompt, top_logprobs, most or max(1, context - len(prompt))) for prompt in prompts]
        for job in jobs:
            if not job.prompt:
                raise ApiError(400, "The prompt is empty: send at least one token.", None, "prompt")
            if len(job.prompt) + job.max_tokens > context:
                raise ApiError(
                    400,
                    f"This model reads at most {context} tokens; you asked for {len(job.prompt) + job.max_tokens} "
                    f"({len(job.prompt)} in the prompt, {job.max_tokens} in the answer).",
                    "context_length_exceeded",
                )
        self.jobs = [each for job in jobs for each in several(job, copies)]
        self.prompt_tokens, self.written = sum(len(job.prompt) for job in jobs), 0
        self.charged = self.prompt_tokens + sum(job.max_tokens for job in self.jobs)
        self.finishes = []

    async def answer(self, request, chat):
        """The response. Raises ApiError; the places in the line come back when the response has ended."""
        state, told = self.state, request.scope["state"]
        told |= {"model": state.engine.name, "prompt_tokens": self.prompt_tokens}
        self.told = told
        state.limits.charge(self.name, self.charged)
        try:
            state.gate.enter(len(self.jobs))
        except ApiError:
            state.limits.refund(self.name, self.charged)
            raise
        reply = Reply(state.engine.name, chat, self.jobs[0].top_logprobs is not None)
        if self.body.stream:
            return EventStream(self._events(reply), self._end)
        try:
            return await self._whole(request, reply)
        finally:
            self._end()

    async def _whole(self, request, reply):
        collecting = asyncio.create_task(self._collect())
        leaving = asyncio.create_task(_left(request))
        try:
            await asyncio.wait([collecting, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not collecting.done():
                return JSONResponse(error_body(499, "The client has left."), 499)  # nobody reads it but the log
            return JSONResponse(reply.whole(collecting.result(), usage_of(self.prompt_tokens, self.written)))
        except TimeoutError:
            raise ApiError(504, f"No whole answer within {self.state.config.timeout:g} s.", "timeout") from None
        except EngineStopped as problem:
            raise ApiError(503, f"The answer was cut off: {problem}.", "engine_stopped", None, 5) from None
        finally:
            for task in (collecting, leaving):
                task.cancel()
            await asyncio.gather(collecting, leaving, return_exceptions=True)

    async def _collect(self):
        answers = [[] for _ in self.jobs]
        async with aclosing(self._pieces()) as found:
            async for piece in found:
                answers[piece.index].append(piece)
        return answers

    async def _events(self, reply):
        """The events of a stream. After the first byte no status can tell of a failure: an event does."""
        try:
            for opening in reply.openings(len(self.jobs)):
                yield sse(opening)
            async with aclosing(self._pieces()) as found:
                async for piece in found:
                    yield sse(reply.chunk(piece))
            if self.body.with_usage:
                yield sse(reply.usage_chunk(usage_of(self.prompt_tokens, self.written)))
        except TimeoutError:
            yield sse(error_body(504, f"No whole answer within {self.state.config.timeout:g} s.", "timeout"))
        except EngineStopped as problem:
            yield sse(error_body(503, f"The answer was cut off: {problem}.", "engine_stopped"))
        yield DONE

    async def _pieces(self):
        async with aclosing(all_pieces(self.state.engine, self.jobs, self.state.config.timeout)) as found:
            async for piece in found:
                if not self.written:
                    waited = time.perf_counter() - self.begin
                    self.state.metrics.first.observe(waited)
                    self.told["first_token_s"] = round(waited, 4)
                self.written += 1
                if piece.finish:
                    self.finishes.append(piece.finish)
                if self.state.config.log_text:
                    self.told["text"] = self.told.get("text", "") + piece.text
                yield piece

    def _end(self):
        seconds = time.perf_counter() - self.begin
        self.state.gate.leave(len(self.jobs), seconds)
        self.state.limits.refund(self.name, self.charged - self.prompt_tokens - self.written)
        self.state.metrics.whole.observe(seconds)
        self.state.metrics.tokens.labels("prompt").inc(self.prompt_tokens)
        self.state.metrics.tokens.labels("completion").inc(self.written)
        whole = len(self.finishes) == len(self.jobs)
        self.told |= {"completion_tokens": self.written, "finish": ",".join(self.finishes) if whole else "cut off"}

    def _job(self, prompt, top_logprobs, most):
        body = self.body
        return Job(
            prompt,
            most,
            1.0 if body.temperature is None else body.temperature,
            body.top_p or 1.0,
            body.presence_penalty or 0.0,
            body.frequency_penalty or 0.0,
            body.seed,
            top_logprobs,
            body.stops(),
        )


class EventStream(StreamingResponse):
    """A stream of events that always calls `ended`, even when the client left before the first byte."""

    def __init__(self, events, ended):
        super().__init__(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._events, self._ended = events, ended

    async def __call__(self, scope, receive, send):
        try:
            await super().__call__(scope, receive, send)
        finally:
            try:
                await self._events.aclose()
            finally:
                self._ended()


async def _left(request):
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
