"""The routes: models, chat completions, completions, and what operators need: health, readiness, metrics."""

import time
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from . import errors
from .api_keys import KeyStore
from .config import ServerConfig
from .errors import ApiError
from .limits import Admission, KeyLimits
from .metrics import Metrics
from .middleware import BodyLimit, RequestLog
from .request_run import RequestRun
from .schemas import ChatRequest, CompletionRequest, ErrorBody

ERRORS = {"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}}
BEARER = HTTPBearer(auto_error=False, description="Authorization: Bearer sk-course-…")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


def make_app(engine, config=None, keys=None):
    """A FastAPI app over an engine, which it stops when it ends itself.

    config: a ServerConfig. keys: a KeyStore, else that of `config.keys`. `app.state` holds engine, gate, metrics.
    """
    config = config or ServerConfig()
    keys = keys if keys is not None else KeyStore.read(config.keys) if config.keys else KeyStore()

    @asynccontextmanager
    async def lifespan(app):
        yield
        engine.stop()

    app = FastAPI(title="llmcourse serving", lifespan=lifespan, responses=ERRORS)
    state, gate, metrics = app.state, Admission(engine.slots + config.queue), Metrics()
    state.engine, state.config, state.gate, state.metrics = engine, config, gate, metrics
    state.limits = KeyLimits(config.requests_per_minute, config.tokens_per_minute)
    metrics.watch(engine, gate)
    errors.install(app)
    app.add_middleware(BodyLimit, most=config.max_body)
    app.add_middleware(RequestLog, metrics=metrics)  # added last: it stands outermost and sees every refusal
    began = int(time.time())

    def owner(request: Request, given: Bearer):
        """Whose request it is: the key's name, or "anyone" where no key is asked for."""
        if not keys:
            return "anyone"
        name = keys.owner(given.credentials) if given else None
        if name is None:
            raise ApiError(401, "The API key is missing or wrong: Authorization: Bearer KEY.", "invalid_api_key")
        request.scope["state"]["key"] = name
        return name

    def described():
        return {"id": engine.name, "object": "model", "created": began, "owned_by": "llmcourse"}

    @app.get("/v1/models")
    async def models(name: str = Depends(owner)):
        return {"object": "list", "data": [described()]}

    @app.get("/v1/models/{model}")
    async def model(model: str, name: str = Depends(owner)):
        _check_model(engine, model)
        return described()

    @app.post("/v1/chat/completions")
    async def chat(body: ChatRequest, request: Request, name: str = Depends(owner)):
        _check_model(engine, body.model)
        if body.top_logprobs is not None and not body.logprobs:
            raise ApiError(400, "top_logprobs needs logprobs: true.", None, "top_logprobs")
        prompt = engine.chat_prompt([message.plain() for message in body.messages])
        wanted = (body.top_logprobs or 0) if body.logprobs else None
        run = RequestRun(app.state, name, body, [prompt], wanted, body.max_completion_tokens or body.max_tokens)
        return await run.answer(request, chat=True)

    @app.post("/v1/completions")
    async def completions(body: CompletionRequest, request: Request, name: str = Depends(owner)):
        _check_model(engine, body.model)
        given = body.prompt if isinstance(body.prompt, list) else [body.prompt]
        prompts = [given] if isinstance(given[0], int) else [engine.encode(text) for text in given]
        run = RequestRun(app.state, name, body, prompts, body.logprobs, body.max_tokens or 16)
        return await run.answer(request, chat=False)

    @app.get("/healthz")
    async def healthz():
        """Alive: a process that says no here should be started anew."""
        if not engine.state()["alive"]:
            raise ApiError(503, "The engine has stopped.", "engine_stopped")
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz():
        """Ready: a process that says no here should get no new requests, and may finish its old ones."""
        if gate.draining or not engine.state()["alive"]:
            raise ApiError(503, "Not ready for new requests.", "not_ready")
        return {"status": "ready"}

    @app.get("/metrics", response_class=Response)
    async def read_metrics():
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    return app


def _check_model(engine, name):
    if name != engine.name:
        raise ApiError(
            404, f"There is no model {name[:80]!r} here; there is {engine.name!r}.", "model_not_found", "model"
        )
