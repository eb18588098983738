"""The engine for everything else: another OpenAI-compatible server writes, ours keeps keys, limits, queue and metrics.

vLLM, SGLang, TGI and Ollama on a GPU, llama.cpp here: all stream `/v1/completions`. So one engine and an address serve
them all. Leaving a stream early closes the connection, which is how those servers learn to free a slot.
"""

import json
from contextlib import aclosing

import httpx

from .engine import EngineStopped, Token


class UpstreamEngine:
    """Write by asking `address` (such as http://127.0.0.1:8000), a server of the same API.

    tokens: a ChatTokens of the same model, for templates, limits and counting. model: its name there. slots: requests
    sent to it at once; the rest wait here. key: the upstream's own API key. close: called by `stop`, to end what was
    started for it. Text comes back in pieces as the upstream cuts them, one token each.
    """

    def __init__(self, address, tokens, model, name=None, slots=8, context=2048, key=None, close=None):
        self.name, self.slots, self.context = name or model, slots, context
        self._tokens, self._model, self._close = tokens, model, close
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._address, self._busy, self._waiting, self._stopped = address.rstrip("/"), 0, 0, False
        self._slot = None

    def encode(self, text):
        return self._tokens.encode(text)

    def chat_prompt(self, messages):
        return self._tokens.chat_prompt(messages)

    def state(self):
        """Slots at work and jobs that wait for one of ours."""
        return {"alive": not self._stopped, "busy": self._busy, "waiting": self._waiting}

    async def generate(self, job):
        """Yield the tokens of a job. Raises EngineStopped when the upstream refuses or is gone."""
        import asyncio

        if self._stopped:
            raise EngineStopped("the engine is stopped")
        self._slot = self._slot or asyncio.Semaphore(self.slots)
        self._waiting += 1
        try:
            await self._slot.acquire()
        finally:
            self._waiting -= 1
        self._busy += 1
        try:
            async with aclosing(self._stream(job)) as tokens:
                async for token in tokens:
                    yield token
        except httpx.HTTPError as problem:
            raise EngineStopped(f"the upstream server is gone ({type(problem).__name__})") from problem
        finally:
            self._busy -= 1
            self._slot.release()

    def stop(self):
        """Let running answers end with EngineStopped, and close what was started for this engine."""
        if not self._stopped:
            self._stopped = True
            if self._close:
                self._close()

    async def _stream(self, job):
        # No proxy from the environment: an upstream is named by its address.
        async with httpx.AsyncClient(timeout=httpx.Timeout(600, connect=10), trust_env=False) as client:
            url, body = f"{self._address}/v1/completions", self._request(job)
            async with client.stream("POST", url, json=body, headers=self._headers) as reply:
                if reply.status_code != 200:
                    raise EngineStopped(f"the upstream server refused the request (status {reply.status_code})")
                held = None  # one behind, so that the last token carries the reason of the end
                async for choice in _choices(reply):
                    if self._stopped:
                        raise EngineStopped("the server is shutting down")
                    finish, text = choice.get("finish_reason"), choice.get("text", "")
                    if held is not None and (text or not finish):
                        yield held
                        held = None
                    if text or not finish:
                        held = _token(choice)
                    if finish:
                        last = held or Token("")
                        yield Token(last.text, finish, last.spelled, last.logprob, last.top)
                        return
                raise EngineStopped("the upstream server ended the stream early")

    def _request(self, job):
        asked = {
            "model": self._model,
            "prompt": job.prompt,
            "max_tokens": job.max_tokens,
            "temperature": job.temperature,
            "top_p": job.top_p,
            "presence_penalty": job.presence_penalty,
            "frequency_penalty": job.frequency_penalty,
            "stream": True,
        }
        if job.seed is not None:
            asked["seed"] = job.seed
        if job.top_logprobs is not None:
            asked["logprobs"] = max(1, job.top_logprobs)
        return asked


async def _choices(reply):
    """The first choice of each event of a stream; errors in it become EngineStopped."""
    async for line in reply.aiter_lines():
        if line.startswith("data:") and (data := line[5:].strip()) != "[DONE]":
            event = json.loads(data)
            if "error" in event:
                raise EngineStopped(f"the upstream server failed: {str(event['error'])[:200]}")
            if event.get("choices"):
                yield event["choices"][0]


def _token(choice):
    """A Token of one event, whose log-probabilities come in one of two forms: OpenAI's old one or llama.cpp's."""
    text, told = choice.get("text", ""), choice.get("logprobs") or {}
    if told.get("content"):  # llama.cpp
        first = told["content"][0]
        top = tuple((each["token"], each["logprob"]) for each in first.get("top_logprobs", []))
        return Token(text, None, first["token"], first["logprob"], top)
    if told.get("tokens"):  # vLLM and OpenAI
        top = (told.get("top_logprobs") or [{}])[0] or {}
        return Token(text, None, told["tokens"][0], told["token_logprobs"][0], tuple(top.items()))
    return Token(text, None, text)
