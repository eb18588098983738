"""What an engine is: the one interface through which the server asks for tokens, whatever computes them."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Job:
    """One answer to write: the prompt as token ids, and how to draw.

    top_logprobs: None for no log-probabilities, else how many of the likeliest tokens to tell. seed: None draws anew.
    stop: strings that end the text; the server looks for them, an engine need not.
    """

    prompt: list
    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    top_logprobs: int | None = None
    stop: tuple = ()


@dataclass(frozen=True)
class Token:
    """One token of an answer: its text, for a part of a character empty until the last part has come.

    finish: None while there is more; "stop" when the model ended its turn, "length" at the last token allowed.
    spelled: the token's own text; top: (text, log-probability) of the likeliest tokens.
    """

    text: str
    finish: str | None = None
    spelled: str = ""
    logprob: float | None = None
    top: tuple = field(default=())


class EngineStopped(Exception):
    """The engine ended before the answer was whole: shutting down, or failed."""


class Engine(Protocol):
    """Writes answers. All methods may be called from the server's event loop and return at once.

    name: the model's id in the API. slots: answers written at once. context: tokens of prompt and answer together.
    """

    name: str
    slots: int
    context: int

    def encode(self, text):
        """The token ids of a text; special tokens in it are read as plain letters."""

    def chat_prompt(self, messages):
        """The token ids of a conversation with the opening of the assistant's turn."""

    def generate(self, job):
        """An asynchronous iterator of `Token`, the last with `finish`; closing it early frees the slot.

        Raises EngineStopped when the engine ends first.
        """

    def state(self):
        """What it is doing: {"alive": bool, "busy": slots at work, "waiting": jobs without a slot}."""

    def stop(self):
        """End all answers with EngineStopped and free the memory; a second call does nothing."""
