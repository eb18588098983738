"""Requests as OpenAI's API defines them: what is asked for and in which range; what is not done is refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=200_000)]
Stop = Annotated[str, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    # An unknown field is an error: one that is silently ignored would be a promise not kept.
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class TextPart(Strict):
    type: Literal["text"]
    text: Text


class Message(Strict):
    role: Literal["system", "developer", "user", "assistant"]
    content: Text | Annotated[list[TextPart], Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(max_length=64)] | None = None

    def plain(self):
        """{"role", "content"} with the content in one text, as a chat template wants it."""
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        return {"role": "system" if self.role == "developer" else self.role, "content": text}


class StreamOptions(Strict):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None  # padding against listeners: accepted, not done


class ResponseFormat(Strict):
    type: Literal["text"]


class Drawing(Strict):
    """What both kinds of request share: how tokens are drawn, and how the answer comes back."""

    model: Annotated[str, Field(max_length=200)]
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    n: Annotated[int, Field(ge=1, le=8)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=100_000)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: Annotated[str, Field(max_length=200)] | None = None

    def stops(self):
        return tuple([self.stop] if isinstance(self.stop, str) else self.stop or [])

    @property
    def with_usage(self):
        return bool(self.stream_options and self.stream_options.include_usage)


class ChatRequest(Drawing):
    """The body of /v1/chat/completions."""

    messages: Annotated[list[Message], Field(min_length=1, max_length=256)]
    max_completion_tokens: Annotated[int, Field(ge=1, le=100_000)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    response_format: ResponseFormat | None = None
    metadata: dict[str, str] | None = None
    store: Literal[False] | None = None


class CompletionRequest(Drawing):
    """The body of /v1/completions: a text, several texts, or the ids of one."""

    prompt: (
        Text
        | Annotated[list[Text], Field(min_length=1, max_length=8)]
        | Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=100_000)]
    )
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None


class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """Every refusal."""

    error: ErrorDetail
