"""What stands around every request: a limit on its body, an id, one line in the log, one count in the metrics."""

import asyncio
import json
import logging
import re
import time
from uuid import uuid4

from fastapi.responses import JSONResponse

from .errors import error_body

LOG = logging.getLogger("llmcourse.serving")
# What a line may tell of what was noted about a request; "text" is noted only where the configuration asks for it.
LOGGED = (
    "request_id",
    "key",
    "model",
    "error_code",
    "finish",
    "text",
    "prompt_tokens",
    "completion_tokens",
    "first_token_s",
)


class BodyLimit:
    """Read a body of at most `most` bytes within `seconds`, before anything else looks at it."""

    def __init__(self, app, most=1_000_000, seconds=10.0):
        self.app, self.most, self.seconds = app, most, seconds

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return await self.app(scope, receive, send)
        try:
            # Content-Length is only what the client claims: count what comes.
            async with asyncio.timeout(self.seconds):
                body = await self._read(receive)
        except TimeoutError:
            return await _refuse(408, f"The body did not come within {self.seconds:g} s.", scope, receive, send)
        if body is None:
            words = f"The body is larger than the {self.most:,} bytes that this server reads."
            return await _refuse(413, words, scope, receive, send)
        given = False

        async def replay():
            nonlocal given
            if given:
                return await receive()  # what follows a body: the client's disconnect
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)

    async def _read(self, receive):
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return bytes(body)
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.most:
                return None
        return bytes(body)


async def _refuse(status, words, scope, receive, send):
    reply = JSONResponse(error_body(status, words), status, headers={"Connection": "close"})
    await reply(scope, receive, send)


class RequestLog:
    """Give each request an id, and write one line of JSON about it: who, what, how long."""

    def __init__(self, app, metrics):
        self.app, self.metrics = app, metrics

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begin, told = time.perf_counter(), scope.setdefault("state", {})
        asked = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        told["request_id"] = asked if re.fullmatch(r"[\w.-]{1,64}", asked) else uuid4().hex
        status = 0

        async def marked(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", told["request_id"].encode())]
            await send(message)

        try:
            await self.app(scope, receive, marked)
        finally:
            route = getattr(scope.get("route"), "path", "other")  # a path of the client's choice would be no label
            self.metrics.requests.labels(route, str(status)).inc()
            line = {key: told[key] for key in LOGGED if key in told}
            line |= {"route": route, "status": status, "seconds": round(time.perf_counter() - begin, 4)}
            LOG.info(json.dumps(line, ensure_ascii=False))
