"""Errors in the shape that OpenAI's clients understand: {"error": {"message", "type", "param", "code"}}."""

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ApiError(Exception):
    """A refusal with its HTTP status, in one sentence that names what was wrong and what would be right.

    >>> ApiError(429, "Too many requests.", code="rate_limit_exceeded", retry_after=2).headers
    {'Retry-After': '2'}
    """

    def __init__(self, status, message, code=None, param=None, retry_after=None):
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.headers = {} if retry_after is None else {"Retry-After": str(max(1, round(retry_after)))}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


def error_body(status, message, code=None, param=None):
    """The body of an error: its type follows from the status."""
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def install(app):
    """Make every error of a FastAPI app take this shape, those of its own included."""

    @app.exception_handler(ApiError)
    async def refused(request, error):
        return _reply(
            request, error.status, error_body(error.status, error.message, error.code, error.param), error.headers
        )

    @app.exception_handler(RequestValidationError)
    async def malformed(request, error):
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return _reply(request, 400, error_body(400, "The body is not valid JSON.", "invalid_json"))
        where = ".".join(str(part) for part in first["loc"] if part != "body") or None
        # Without the value: it may be long, and it may be private.
        told = "this server does not know this field" if first["type"] == "extra_forbidden" else first["msg"]
        message = f"{where or 'the body'}: {told}"
        return _reply(request, 400, error_body(400, message, "invalid_value", where))

    @app.exception_handler(HTTPException)
    async def no_route(request, error):
        return _reply(request, error.status_code, error_body(error.status_code, str(error.detail)), error.headers)

    @app.exception_handler(Exception)
    async def our_fault(request, error):
        message = "The server failed; its log names the cause by the request's id."
        return _reply(request, 500, error_body(500, message, "internal_error"))


def _reply(request, status, body, headers=None):
    request.scope.setdefault("state", {})["error_code"] = body["error"]["code"]
    return JSONResponse(body, status, headers=headers)
